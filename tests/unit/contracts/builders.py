"""A small programme in the shape of a cohort, built here so that these tests need no programme file."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from shared.domain.cohort_model import CohortModel, RoleDescription
from shared.domain.programme import (
    Attendance,
    Contacts,
    EligibilityRule,
    Option,
    Programme,
    Question,
    Role,
    Session,
    SessionGroup,
    SessionStatus,
    Topic,
)

PAYLOADS = Path(__file__).parents[2] / "payloads"
FORM = "v4j5cvGGr0GRqy180BHbR0lMUjIwMjYtQzc"
KEYS = {
    "full_name": "r0bba6ec7792ad6acc0ad82f2a45192a3",
    "email": "r50cdbea32d54f198d2406d668d985461",
    "role": "rcba2097ca9a12408974e00502f2be858",
    "job_title": "r7d2f691bc8b17b621295a59a327b2414",
    "band": "r3796d48fc96b39e95eefc170288a878d",
    "organisation": "r8e6fa97e9ac1367d12d1a9696c1c5d49",
    "sector": "r52a7924de446f6eb3621c094da45c561",
    "area": "r28e36781cb6c6bb2afc3f423af428037",
    "manager_name": "rf1b30ff056ddbef15a1ab40d7f217086",
    "manager_email": "rb9f858fa1e0c16cfead7e8103f9b32e6",
    "manager_agreed": "raeb1438dafd8ca37a68f43c5776ef046",
    "topics": "r74a139eb561373046eaccdd2a4f6c8bf",
    "about_you": "r6dd790a949b783ea787e9df79dab5e7a",
    "access_needs": "rfb45b8f59556912bbe5dbe900822f563",
    "mentor_training": "rf21eb1fe8700a5800d09fb96b0464916",
    "mentee_training": "r0ac93c49e6922f2e8de94b2e50af8ccb",
    "previous_participant": "rb3a57337f4729bd03d47b4bbae960727",
    "commitment": "r652a41affa38d9346dd47cf575090c42",
    "consent": "r96ad12b2e2f931a3758b0c7227083996",
}
MENTOR_DATES = ("Thursday 26 March 2026, 9:30am to 12:30pm", "Monday 13 April 2026, 1pm to 4pm")
MENTEE_DATES = ("Friday 27 March 2026, 11am to midday", "Tuesday 14 April 2026, 1pm to 2pm")


def a_session(id_: str, start: datetime | None, hours: int = 1, *, cancelled: bool = False) -> Session:
    return Session(
        id=id_,
        starts_at=start,
        ends_at=start.replace(hour=start.hour + hours) if start else None,
        status=SessionStatus.CANCELLED if cancelled else SessionStatus.PROVISIONAL,
    )


def a_group(id_: str, role: Role, *sessions: Session, required: bool = True) -> SessionGroup:
    return SessionGroup(
        id=id_, title=id_, roles=(role,), attend=Attendance.ONE_OF, required=required, sessions=sessions
    )


def a_question(
    name: str,
    title: str,
    type_: Literal["text", "long text", "email", "choice", "multi", "yes or no"] = "text",
    *options: tuple[str, str],
    required: bool = True,
    for_role: Role | None = None,
) -> Question:
    return Question(
        field="training_session" if name.endswith("_training") else name,
        title=title,
        type=type_,
        required=required,
        options=tuple(Option(value=value, text=text) for value, text in options),
        for_role=for_role,
        keys={"msforms": KEYS[name]},
    )


def a_programme(**changes: Any) -> Programme:
    """Two roles, two training dates each, one cancelled; the form of ``tests/payloads``."""
    groups = (
        a_group(
            "mentor-training",
            Role.MENTOR,
            a_session("mentor-training-1", datetime(2026, 3, 26, 9, 30, tzinfo=UTC), 3),
            a_session("mentor-training-2", datetime(2026, 4, 13, 12, tzinfo=UTC), 3),
        ),
        a_group(
            "mentee-training",
            Role.MENTEE,
            a_session("mentee-training-1", datetime(2026, 3, 27, 11, tzinfo=UTC)),
            a_session("mentee-training-2", datetime(2026, 4, 14, 12, tzinfo=UTC)),
            a_session("mentee-training-3", datetime(2026, 4, 15, 12, tzinfo=UTC), cancelled=True),
        ),
        a_group("reflections", Role.MENTEE, a_session("midway-1", datetime(2026, 7, 1, 12, tzinfo=UTC))),
        a_group(
            "peer-support",
            Role.MENTOR,
            a_session("peer-support-1", datetime(2026, 5, 20, 12, tzinfo=UTC)),
            required=False,
        ),
    )
    values: dict[str, Any] = {
        "id": "llr-rmi-2026-c7",
        "name": "Reverse Mentoring for Inclusion",
        "host": "A made-up trust",
        "cohort": 7,
        "model": CohortModel(
            roles={
                role: RoleDescription(title=f"Reverse {role}", specification=(), commitments=(), total_minutes=540)
                for role in (Role.MENTOR, Role.MENTEE)
            }
        ),
        "contacts": Contacts(form_support=("help@programme.example",)),
        "opens_at": None,
        "closes_at": None,
        "topics": tuple(
            Topic(id=id_, name=name)
            for id_, name in [("race", "Race"), ("disability", "Disability"), ("lgbtq_plus", "LGBTQ+")]
        ),
        "eligibility": (
            EligibilityRule(area="llr", sector="nhs", answer="eligible"),
            EligibilityRule(area="northamptonshire", sector="vcse", answer="not this cohort", reason="Next year."),
            EligibilityRule(area="elsewhere", sector="nhs", answer="needs a decision"),
        ),
        "groups": groups,
        "questions": _questions(),
        "form_ids": {"msforms": FORM, "standard": "canonical-c7"},
    }
    return Programme(**(values | changes))


def _questions() -> tuple[Question, ...]:
    return (
        a_question("full_name", "Your full name"),
        a_question("email", "Your work email address", "email"),
        a_question(
            "role",
            "I would like to be a...",
            "choice",
            ("mentor", "Reverse mentor"),
            ("mentee", "Reverse mentee"),
        ),
        a_question("job_title", "Your job title"),
        a_question("band", "Your band", required=False),
        a_question("organisation", "The organisation you work for"),
        a_question(
            "sector",
            "Type of organisation",
            "choice",
            ("nhs", "NHS"),
            ("local_authority", "Local authority"),
            ("vcse", "Voluntary, community and social enterprise (VCSE)"),
        ),
        a_question(
            "area",
            "Where do you work?",
            "choice",
            ("llr", "Leicester, Leicestershire and Rutland"),
            ("northamptonshire", "Northamptonshire"),
            ("elsewhere", "Somewhere else"),
        ),
        a_question("manager_name", "Your line manager's full name"),
        a_question("manager_email", "Your line manager's work email address", "email"),
        a_question(
            "manager_agreed",
            "I have agreed with my line manager",
            "yes or no",
            ("yes", "Yes"),
            ("no", "Not yet"),
        ),
        a_question(
            "topics",
            "Which topics would you like to share or learn about?",
            "multi",
            ("race", "Race"),
            ("disability", "Disability"),
            ("lgbtq_plus", "LGBTQ+"),
        ),
        a_question("about_you", "Why would you like to take part?", "long text", required=False),
        a_question("access_needs", "Do you have any access needs?", "long text", required=False),
        a_question(
            "mentor_training",
            "Reverse mentors: which training date do you prefer?",
            "choice",
            ("mentor-training-1", MENTOR_DATES[0]),
            ("mentor-training-2", MENTOR_DATES[1]),
            required=False,
            for_role=Role.MENTOR,
        ),
        a_question(
            "mentee_training",
            "Reverse mentees: which training date do you prefer?",
            "choice",
            ("mentee-training-1", MENTEE_DATES[0]),
            ("mentee-training-2", MENTEE_DATES[1]),
            required=False,
            for_role=Role.MENTEE,
        ),
        a_question(
            "previous_participant",
            "Have you taken part in an earlier cohort?",
            "yes or no",
            ("yes", "Yes"),
            ("no", "No"),
            required=False,
        ),
        a_question(
            "commitment",
            "I confirm that I...",
            "multi",
            ("training", "will attend the training"),
            ("meetings", "will attend all six meetings"),
            ("principles", "will apply the principles of reverse mentoring"),
        ),
        a_question("consent", "I agree that my answers may be used", "choice", ("yes", "I agree")),
    )


def raw_answers(**changes: object) -> dict[str, object]:
    """A mentor's complete answers by canonical field; None leaves one out."""
    answers: dict[str, object] = {
        "full_name": "Amara Okoye-Lindqvist",
        "email": "Amara.Okoye@Trust.Example",
        "role": "mentor",
        "job_title": "Ward clerk",
        "band": "3",
        "organisation": "Soar Valley Community Trust",
        "sector": "nhs",
        "area": "llr",
        "manager_name": "Tobias Fenwick",
        "manager_email": "tobias.fenwick@trust.example",
        "manager_agreed": True,
        "topics": ["race", "disability"],
        "about_you": "First line.\nSecond line.",
        "access_needs": "",
        "training_session": "mentor-training-1",
        "previous_participant": False,
        "commitment": ["training", "meetings", "principles"],
        "consent": True,
    } | changes
    return {field: value for field, value in answers.items() if value is not None}


def payload(path: str) -> bytes:
    return (PAYLOADS / path).read_bytes()


def sent_by_forms(changes: dict[str, object] | None = None, **around: object) -> bytes:
    """The flow's body of ``get_response_details.json`` with some answers replaced, by canonical name."""
    body = json.loads(payload("msforms/get_response_details.json"))
    body["response"] |= {KEYS.get(name, name): value for name, value in (changes or {}).items()}
    return json.dumps(body | around).encode()
