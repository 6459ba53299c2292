"""Values for templates: those that services make where they can be asked, else dicts with the same keys."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from shared.domain.answers import Problem
from shared.domain.application import Answer, Application, LineManager, ManagerRequest, Person, Status, Wait
from shared.domain.closing import ProgrammeRow, first_row
from shared.domain.earlier import FIELDS as STORED
from shared.domain.owed import Kind
from shared.domain.pairs import CheckIn, Pair, PairStatus
from shared.domain.programme import Attendance, Programme, Role
from shared.domain.release import when
from shared.proofread import load_programme
from shared.services.approval import DecisionPage
from shared.services.checkins import CheckInView
from shared.services.lanes import Lanes
from shared.services.letters import Letters, ManagerView, manager_view, offer_values
from shared.services.own_data import OwnData, Section
from shared.services.participation import GroupChoice, OwnPage, SessionChoice
from shared.services.programmes import Current
from shared.services.returning import ReturningPage, asked
from shared.services.tokens import Tokens

NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
MAILBOX = "mentoring@example.org"
BASE = "https://mentoring.example.org"
DECISION_LINK = f"{BASE}/decisions/{'d' * 43}"

PLAIN = "Priya Shah"
SCRIPT = "O'Brien & <script>alert(1)</script>"
RTL = "فاطمة الزهراء"
LONG = "Wilhelmina " * 18 + "Ng"
UNBROKEN = "W" * 200
HEADER = "Ann\r\nBcc: everyone@example.org\u2028\x00Lee"
BRACES = "{{ 7 * 7 }}{% if %}"
ODD_NAMES = (PLAIN, SCRIPT, RTL, LONG, UNBROKEN, HEADER, BRACES)

TO_ADMINISTRATORS = frozenset({Kind.CLOSING_SUMMARY, Kind.DIGEST, Kind.PARKED})
TO_MANAGERS = frozenset({Kind.APPROVAL_REQUEST, Kind.APPROVAL_REMINDER, Kind.RELEASE_NOT_NEEDED})
TO_PAIRS = frozenset({Kind.INTRODUCTION, Kind.CHECK_IN, Kind.CHECK_IN_NUDGE})
# A person of an earlier cohort has no application yet, so neither reference nor own page.
TO_EARLIER = frozenset({Kind.RETURNING})
TO_APPLICANTS = frozenset(Kind) - TO_ADMINISTRATORS - TO_MANAGERS - TO_PAIRS - TO_EARLIER - {Kind.CALENDAR}
ABOUT_A_PLACE = frozenset({Kind.PLACE_OFFERED, Kind.OFFER_ENDED})

_STATUS = {
    Kind.NEEDS_CORRECTION: Status.NEEDS_CORRECTION,
    Kind.NEEDS_DECISION: Status.NEEDS_DECISION,
    Kind.NOT_THIS_COHORT: Status.NOT_THIS_COHORT,
    Kind.LATE: Status.LATE,
    Kind.APPROVED: Status.APPROVED,
    Kind.DECLINED: Status.DECLINED,
    Kind.LAPSED: Status.LAPSED,
    Kind.WITHDRAWN: Status.WITHDRAWN,
    Kind.PLACE_OFFERED: Status.APPROVED,
    Kind.OFFER_ENDED: Status.APPROVED,
}


@cache
def the_programme() -> Programme:
    return load_programme(Path(__file__).parents[3] / "shared/programmes/llr-rmi-2026-c7.yaml")


def current() -> Current:
    row: ProgrammeRow = first_row(the_programme(), NOW)
    return Current(the_programme(), row, row)


def an_application(name: str = PLAIN, *, status: Status = Status.AWAITING_MANAGER, **changes: Any) -> Application:
    manager = LineManager(name if name != PLAIN else "Anita Khan", "anita.khan@example.org")
    request = ManagerRequest(1, manager, NOW, answer=Answer.DECLINE, reason=name, answered_at=NOW)
    application = Application(
        programme=the_programme().id,
        reference="K4Q-M7X-2P9-T",
        role=Role.MENTOR,
        person=Person(name, "priya.shah@example.org", name, "6", name, "nhs", "llr"),
        manager=manager,
        status=status,
        received_at=NOW,
        counts_from=NOW,
        chosen=MappingProxyType({"mentor-training": ("mentor-training-1",)}),
        requests=(request,),
        problems=(Problem("manager_email", "Your line manager's work email address", "Enter an address with an @."),)
        if status is Status.NEEDS_CORRECTION
        else (),
    )
    return replace(application, **changes)


def letters() -> Letters:
    """Letters that can make values; composing needs ports that templates have no use for."""
    nothing = cast("Any", None)
    return Letters(
        programmes=nothing,
        applications=nothing,
        messages=nothing,
        checkins=nothing,
        pairs=nothing,
        reports=nothing,
        earlier=nothing,
        renderer=nothing,
        tokens=Tokens(key="a key for tests only", base_url=BASE),
        admin_email="equality@example.org",
        lanes=Lanes(MAILBOX),
        clock=nothing,
    )


def applicant_values(application: Application) -> dict[str, Any]:
    return {**letters()._applicant_values(current(), application), "mailbox": MAILBOX}


def a_view(name: str = PLAIN, *, role: Role = Role.MENTOR) -> ManagerView:
    application = an_application(name, role=role, chosen={})
    return manager_view(
        the_programme(), application, the_programme().closes_at, name=application.manager.name, link=DECISION_LINK
    )


def manager_values(name: str = PLAIN, *, was_approved: bool = False, role: Role = Role.MENTOR) -> dict[str, Any]:
    return {"view": a_view(name, role=role), "was_approved": was_approved, "mailbox": MAILBOX}


def a_check_in(**changes: Any) -> CheckIn:
    checkin = CheckIn(
        the_programme().id, "pair-1", 2, Role.MENTOR, "K4Q-M7X-2P9-T", datetime(2026, 6, 16, 8, tzinfo=UTC)
    )
    return replace(checkin, **changes)


def pair_values(name: str = PLAIN, checkin: CheckIn | None = None) -> dict[str, Any]:
    pair = Pair(the_programme().id, "pair-1", "K4Q-M7X-2P9-T", "A1B-C2D-3E4-F", date(2026, 4, 16), PairStatus.CONFIRMED)
    mentor = an_application(name, status=Status.APPROVED)
    mentee = an_application(name, status=Status.APPROVED, role=Role.MENTEE)
    return {**letters()._pair_values(the_programme(), pair, mentor, mentee, checkin), "mailbox": MAILBOX}


def administrator_values(kind: Kind, name: str = PLAIN) -> dict[str, Any]:
    programme = the_programme().name
    lines = [
        f"K4Q-M7X-2P9-T, {name}, mentor (Needs a decision). Healthcare outside the NHS.",
        "and 3 more, in the tables",
    ]
    match kind:
        case Kind.CLOSING_SUMMARY:
            values: dict[str, Any] = {
                "programme": programme,
                "closed": "11:59pm on Thursday 12 March 2026",
                "grace_days": 7,
                "total": 45,
                "by_status": [("Awaiting manager", 12), ("Approved", 33)],
                "by_role": [("mentee, approved", 14), ("mentor, approved", 19)],
            }
        case Kind.DIGEST:
            sections = [("Applications that need a decision", lines), ("Pairs that have gone quiet", lines[1:])]
            values = {"programme": programme, "sections": sections}
        case _:
            values = {"programme": programme, "items": lines}
    return {**values, "mailbox": MAILBOX}


def calendar_values(*, required: bool = True, provisional: bool = True) -> dict[str, Any]:
    return {
        "programme": the_programme().name,
        "title": "Training for mentors",
        "required": required,
        "provisional": provisional,
        "contacts": the_programme().contacts.form_support,
        "mailbox": MAILBOX,
    }


def earlier_values(name: str = PLAIN) -> dict[str, Any]:
    return {
        "name": name,
        "programme": the_programme().name,
        "host": the_programme().host,
        "cohort": name if name != PLAIN else "cohort 6",
        "closes": "11:59pm on Thursday 12 March 2026",
        "link": f"{BASE}/welcome-back/{'w' * 43}",
        "days": 14,
        "contacts": the_programme().contacts.returning_participants,
        "mailbox": MAILBOX,
    }


def place_values(name: str = PLAIN) -> dict[str, Any]:
    until = NOW + timedelta(hours=48)
    wait = Wait("mentor-training-2", NOW, offered_at=NOW, offered_until=until)
    application = an_application(name, status=Status.APPROVED, waits=(wait,))
    return {**applicant_values(application), **offer_values(the_programme(), application, wait.session)}


def mail_values(kind: Kind, name: str = PLAIN) -> Mapping[str, Any]:
    """Ordinary values of a kind of mail, with this name wherever a person could have typed it."""
    if kind in TO_MANAGERS:
        return manager_values(name)
    if kind in TO_PAIRS:
        return pair_values(name, None if kind is Kind.INTRODUCTION else a_check_in())
    if kind in TO_ADMINISTRATORS:
        return administrator_values(kind, name)
    if kind is Kind.CALENDAR:
        return calendar_values()
    if kind in TO_EARLIER:
        return earlier_values(name)
    if kind in ABOUT_A_PLACE:
        return place_values(name)
    return applicant_values(an_application(name, status=_STATUS.get(kind, Status.AWAITING_MANAGER)))


def a_decision_page(state: str = "open", *, name: str = PLAIN, **changes: Any) -> DecisionPage:
    page = DecisionPage(a_view(name), state, revision=0, answer=None, reason="", can_correct=False)
    return replace(page, **changes)


def own_groups() -> tuple[GroupChoice, ...]:
    programme = the_programme()
    groups = [g for g in programme.groups if Role.MENTOR in g.roles]
    return tuple(
        GroupChoice(
            g.id,
            g.title,
            g.required,
            g.attend is not Attendance.ONE_OF,
            g.attend is Attendance.ALL_OF,
            tuple(
                SessionChoice(
                    s.id,
                    when(programme, s),
                    s.place or "place to be confirmed",
                    s.id in {"mentor-training-1", "peer-2"},
                    "" if s.takes_place else "no date at the moment",
                )
                for s in g.sessions
            ),
        )
        for g in groups
    )


def an_own_page(status: Status = Status.APPROVED, *, name: str = PLAIN, **changes: Any) -> OwnPage:
    page = OwnPage(
        programme=the_programme().name,
        name=name,
        reference="K4Q-M7X-2P9-T",
        role="Reverse mentor",
        status=status,
        next_step="Your place is confirmed. Your training session and later dates are below.",
        reason="",
        manager="Anita Khan" if name == PLAIN else name,
        problems=(),
        groups=own_groups(),
        can_withdraw=True,
        can_name_manager=status is Status.AWAITING_MANAGER,
        must_name_manager=False,
        contacts=the_programme().contacts.form_support,
        details=MappingProxyType({"full_name": name, "job_title": "Nurse", "band": "6"}),
        required_details=frozenset({"full_name", "job_title"}),
        can_correct=status not in {Status.NEEDS_CORRECTION, Status.WITHDRAWN},
        email="priya.shah@example.org",
    )
    return replace(page, **changes)


def own_data(name: str = PLAIN) -> OwnData:
    entries = ((("Full name", name), ("About you", name)),)
    sections = (Section("Your application", entries), Section("Your sessions", entries * 2))
    contacts = the_programme().contacts.form_support
    return OwnData(the_programme().name, "9:30am on Tuesday 10 February 2026", sections, contacts)


def a_returning_page(*, name: str = PLAIN, **changes: Any) -> ReturningPage:
    programme = the_programme()
    stored = dict.fromkeys(("full_name", "job_title", "organisation"), name) | {"sector": "nhs"}
    stored = {**dict.fromkeys(STORED, ""), **stored}
    questions = tuple(
        asked(programme, q, stored, {}) for q in programme.questions if q.field not in {"email", "previous_participant"}
    )
    contacts = programme.contacts.returning_participants
    page = ReturningPage(programme.name, name, "priya.shah@example.org", "cohort 6", questions, contacts)
    return replace(page, **changes)


def a_check_in_view(*, name: str = PLAIN, over: bool = False, **changes: Any) -> CheckInView:
    partner = "Margaret Okafor" if name == PLAIN else name
    contacts = the_programme().contacts.form_support
    return CheckInView(the_programme().name, name, partner, 2, 6, a_check_in(**changes), contacts, over)
