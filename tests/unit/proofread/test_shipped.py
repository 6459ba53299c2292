"""What cohort 7 comes to: every instant, every figure, and the one session that is held back."""

from datetime import UTC, datetime

import pytest

from shared.domain.programme import Attendance, Programme, Role, SessionStatus
from shared.programmes import shipped
from shared.proofread import Finding, load_programme, proofread
from tests.unit.proofread.broken import SHIPPED, TEXT, line_of

TIMES = {
    "mentee-training-1": ("2026-03-27T11:00Z", "2026-03-27T12:00Z"),
    "mentee-training-2": ("2026-04-14T12:00Z", "2026-04-14T13:00Z"),
    "mentor-training-1": ("2026-03-26T09:30Z", "2026-03-26T12:30Z"),
    "mentor-training-2": ("2026-04-13T12:00Z", "2026-04-13T15:00Z"),
    "midway-1": ("2026-07-29T08:00Z", "2026-07-29T09:00Z"),
    "midway-2": ("2026-07-30T13:00Z", "2026-07-30T14:00Z"),
    "evaluation-1": ("2026-11-30T14:00Z", "2026-11-30T15:30Z"),
    "evaluation-2": ("2026-12-14T14:00Z", "2026-12-14T15:30Z"),
    "peer-1": ("2026-06-23T09:00Z", "2026-06-23T10:30Z"),
    "peer-2": ("2026-07-23T09:00Z", "2026-07-23T10:30Z"),
    "peer-3": ("2026-08-20T09:00Z", "2026-08-20T10:30Z"),
    "peer-4": None,
    "peer-5": ("2026-10-16T13:30Z", "2026-10-16T15:00Z"),
    "peer-6": ("2026-11-18T14:00Z", "2026-11-18T15:30Z"),
    "celebration-1": None,
}


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load_programme(SHIPPED)


def test_shipped_programmes_are_found_by_name() -> None:
    assert "llr-rmi-2026-c7.yaml" in [path.name for path in shipped()]


def test_every_shipped_programme_is_named_after_its_id() -> None:
    assert [load_programme(one).id for one in shipped()] == [one.stem for one in shipped()]


def test_the_shipped_file_has_one_finding_the_session_that_ends_before_it_starts() -> None:
    found = proofread(SHIPPED)

    # Days and rooms: see test_days.py.
    assert {f.subject for f in found.of("warning") if not f.subject.startswith("groups.")} == {
        "information pack",
        "privacy notice",
        "accessibility statement",
        "signed by",
        "form link",
    }
    assert tuple(f for f in found.findings if f.severity != "warning") == (
        Finding(
            severity="held back",
            file=SHIPPED.as_posix(),
            line=line_of("{id: peer-4,", TEXT),
            subject="groups.peer-support.peer-4",
            what="Printed as '13.00 - 11.30': it ends (11:30am) before it starts (1pm).",
            mend=(
                "The other 5 sessions last 1 hour 30 minutes, so it may be '1pm to 2:30pm' (if the start is "
                "right) or '10am to 11:30am' (if the end is right, as 3 of the others are). "
                "Find out the right time and write it. Nothing was assumed."
            ),
        ),
    )


def test_every_session_has_its_instants_on_both_sides_of_the_clock_changes(programme: Programme) -> None:
    found = {
        session.id: None
        if session.starts_at is None or session.ends_at is None
        else (session.starts_at.strftime("%Y-%m-%dT%H:%MZ"), session.ends_at.strftime("%Y-%m-%dT%H:%MZ"))
        for group in programme.groups
        for session in group.sessions
    }

    assert found == TIMES
    assert all(
        session.starts_at is None or session.starts_at.tzinfo is UTC
        for group in programme.groups
        for session in group.sessions
    )


def test_the_held_back_session_keeps_its_words_and_both_repairs(programme: Programme) -> None:
    session = programme.session("peer-4")

    assert session is not None
    assert session.status is SessionStatus.INVALID
    assert session.printed == "Monday 21st September 13.00 - 11.30"
    assert "1pm to 2:30pm" in session.held_back
    assert "10am to 11:30am" in session.held_back
    assert not session.takes_place


def test_the_celebration_is_to_be_confirmed_and_no_finding(programme: Programme) -> None:
    session = programme.session("celebration-1")

    assert session is not None
    assert (session.status, session.printed) == (SessionStatus.TO_BE_CONFIRMED, "to be confirmed")


def test_applications_are_taken_from_the_first_to_the_last_second_of_the_days(programme: Programme) -> None:
    assert programme.opens_at == datetime(2026, 2, 2, tzinfo=UTC)
    assert programme.closes_at == datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)


def test_managers_release_nine_hours_and_nine_and_a_half(programme: Programme) -> None:
    mentor, mentee = programme.roles[Role.MENTOR], programme.roles[Role.MENTEE]

    assert (mentor.total_minutes, mentee.total_minutes) == (540, 570)
    assert [(c.id, c.minutes, c.group, c.optional) for c in mentor.commitments] == [
        ("training", 180, "mentor-training", False),
        ("meetings", 360, None, False),
        ("peer-support", 540, "peer-support", True),
    ]
    assert [(c.id, c.minutes, c.group) for c in mentee.commitments] == [
        ("training", 60, "mentee-training"),
        ("meetings", 360, None),
        ("midway-reflections", 60, "midway-reflections"),
        ("evaluation", 90, "evaluation"),
    ]


def test_only_the_leadership_role_is_not_mandatory(programme: Programme) -> None:
    not_mandatory = [item.id for role in programme.roles.values() for item in role.specification if not item.mandatory]

    assert not_mandatory == ["leadership"]
    assert [len(role.specification) for role in programme.roles.values()] == [4, 4]


def test_groups_follow_the_rules_of_attendance(programme: Programme) -> None:
    both, mentor, mentee = (Role.MENTOR, Role.MENTEE), (Role.MENTOR,), (Role.MENTEE,)
    assert {g.id: (g.roles, g.attend, g.required, g.if_not_chosen) for g in programme.groups} == {
        "mentee-training": (mentee, Attendance.ONE_OF, True, "ask"),
        "mentor-training": (mentor, Attendance.ONE_OF, True, "ask"),
        "midway-reflections": (mentee, Attendance.ONE_OF, True, "first"),
        "evaluation": (mentee, Attendance.ONE_OF, True, "first"),
        "peer-support": (mentor, Attendance.ANY_OF, False, "ask"),
        "celebration": (both, Attendance.ALL_OF, False, "ask"),
    }


def test_eligibility_answers_every_area_and_sector(programme: Programme) -> None:
    later = dict.fromkeys(("nhs", "other_healthcare", "social_care", "local_authority", "vcse"), "not this cohort")
    answers: dict[str, dict[str, str]] = {}
    for rule in programme.eligibility:
        answers.setdefault(rule.area, {})[rule.sector] = rule.answer

    assert answers == {
        "llr": dict.fromkeys(later, "eligible"),
        "northamptonshire": later | {"nhs": "eligible", "other_healthcare": "needs a decision"},
        "elsewhere": later,
    }
    assert all(rule.reason for rule in programme.eligibility)


def test_contacts_meetings_and_policies(programme: Programme) -> None:
    assert programme.contacts.form_support == ("lpt.edi@nhs.net", "llr.academy@nhs.net")
    assert programme.contacts.returning_participants == ("lpt.edi@nhs.net",)
    assert programme.meetings is not None
    assert programme.meetings.model_dump() == {"count": 6, "minutes": 60, "months": 6}
    assert programme.approval.model_dump() == {
        "reminder_days": (3, 7),
        "reminder_days_before_closing": 2,
        "grace_days": 7,
        "delegations": 3,
    }
    assert programme.checkins.model_dump() == {
        "nudge_after_days": 5,
        "silent_after_days": 12,
        "silent_in_a_row": 2,
        "still_going_months": 3,
    }
    assert [topic.id for topic in programme.topics] == [
        "race",
        "religion",
        "disability",
        "lgbtq_plus",
        "gender",
    ]
    assert len(programme.notes) == 12


def test_the_form_has_every_question_with_the_keys_of_every_provider(programme: Programme) -> None:
    providers = {"msforms", "typeform", "tally", "jotform", "google", "smartsurvey"}

    assert programme.form_ids.keys() == providers | {"standard"}
    assert programme.form_ids["jotform"] == "260432026007007"
    assert len(programme.questions) == 25
    assert all(question.keys.keys() == providers for question in programme.questions)
    assert [q.field for q in programme.questions if not q.required] == [
        "band",
        "team",
        "cover",
        "about_you",
        "way_of_meeting",
        "place",
        "could_take_two",
        "rather_not_with",
        "access_needs",
        "training_session",
        "training_session",
        "previous_participant",
    ]


def test_options_join_the_words_on_the_form_to_our_values(programme: Programme) -> None:
    questions = {(q.field, q.for_role): q for q in programme.questions}

    def options(field: str, role: Role | None = None) -> list[tuple[str, str]]:
        return [(option.value, option.text) for option in questions[field, role].options]

    assert options("manager_agreed") == [("true", "Yes"), ("false", "Not yet")]
    assert options("previous_participant") == [("true", "Yes"), ("false", "No")]
    assert options("consent") == [("true", "I agree")]
    assert options("training_session", Role.MENTOR) == [
        ("mentor-training-1", "Thursday 26 March 2026, 9:30am to 12:30pm"),
        ("mentor-training-2", "Monday 13 April 2026, 1pm to 4pm"),
    ]
    assert options("training_session", Role.MENTEE) == [
        ("mentee-training-1", "Friday 27 March 2026, 11am to midday"),
        ("mentee-training-2", "Tuesday 14 April 2026, 1pm to 2pm"),
    ]
    assert options("topics")[3] == ("lgbtq_plus", "LGBTQ+")


def test_questions_that_nobody_reads_are_kept_as_they_are_written() -> None:
    text = TEXT.replace("\n  questions:\n", '\n  ignored:\n    - "Do you drive?"\n    - r99\n  questions:\n', 1)
    reading = proofread(text)

    assert len(reading.findings) == len(proofread(TEXT).findings)
    assert reading.programme is not None
    assert reading.programme.ignored_questions == ("Do you drive?", "r99")
