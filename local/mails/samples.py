"""Sample values for every kind of mail: the tests render them, and ``make mails`` shows them to people.

What services put together is put together by them here too; the rest has the same keys as there.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from shared.domain.answers import Problem
from shared.domain.application import Answer, Application, LineManager, ManagerRequest, Person, Status, Wait
from shared.domain.closing import first_row
from shared.domain.cohort_model import Seat
from shared.domain.interest import KEPT_MONTHS
from shared.domain.owed import Kind
from shared.domain.pairs import CheckIn, Pair, PairStatus
from shared.domain.programme import Programme, Role
from shared.domain.released import ChangedDates
from shared.domain.text import theirs
from shared.programmes import shipped
from shared.proofread import load_programme
from shared.services.applications.mails import applicant_values, cancellation_values, offer_values, reminder_values
from shared.services.applications.manager_view import ManagerView, manager_view
from shared.services.base.links import evaluation_page
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.services.mail.calendar import MAY_CHANGE
from shared.services.pairs.mails import pair_values

PROGRAMME = "llr-rmi-2026-c7"
NOW = datetime(2026, 2, 10, 9, 30, tzinfo=UTC)
MAILBOX = "mentoring@example.org"
TABLES = "https://tables.example.org"
FILES = "https://portal.example.org/#view/ContainerMenuBlade/~/overview/path/reports"
BASE = "https://mentoring.example.org"
DECISION_LINK = f"{BASE}/decisions/{'d' * 43}"
_TOKENS = Tokens(key="a key for samples only", base_url=BASE)

PLAIN = "Priya Shah"
SCRIPT = "O'Brien & <script>alert(1)</script>"
RTL = "فاطمة الزهراء"
OVERRIDE = "Ann \u202egnitsujda\u202c \u2066Lee"
EMOJI = "Zoë 👩🏽‍🦽🏳️‍🌈 d’Arcy-“Lee”"
LONG = "Wilhelmina " * 18 + "Ng"
UNBROKEN = "W" * 200
HEADER = "Ann\r\nBcc: everyone@example.org\u2028\x00Lee"
BRACES = "{{ 7 * 7 }}{% if %}"
LINK = "http://evil.example/a?b=c and evil.example, www.evil.example"
MARKDOWN = "[Lee](https://evil.example) <https://evil.example> mailto:lee@evil.example"
ODD_NAMES = (PLAIN, SCRIPT, RTL, OVERRIDE, EMOJI, LONG, UNBROKEN, HEADER, BRACES, LINK, MARKDOWN)

TO_ADMINISTRATORS = frozenset(
    {
        Kind.PAIRS_DRAFTED,
        Kind.CLOSING_SUMMARY,
        Kind.DIGEST,
        Kind.PARKED,
        Kind.FORM_CHANGED,
        Kind.HELD_BACK,
        Kind.RETENTION,
    }
)
TO_MANAGERS = frozenset({Kind.APPROVAL_REQUEST, Kind.APPROVAL_REMINDER, Kind.RELEASE_NOT_NEEDED})
# They have agreed, and only the dates are others.
TO_WHO_RELEASED = frozenset({Kind.RELEASE_CHANGED})
TO_PAIRS = frozenset(
    {
        Kind.PARTNER_OFFERED,
        Kind.NOT_GOING_AHEAD,
        Kind.INTRODUCTION,
        Kind.PARTNER_LEFT,
        Kind.PARTNER_ADDRESS,
        Kind.PAIR_ENDED,
        Kind.MEETINGS_DONE,
        Kind.CHECK_IN,
        Kind.CHECK_IN_NUDGE,
    }
)
ABOUT_A_MEETING = frozenset({Kind.CHECK_IN, Kind.CHECK_IN_NUDGE})
# A person of an earlier cohort has no application yet, so neither reference nor own page.
TO_EARLIER = frozenset({Kind.RETURNING})
# Perhaps a stranger's mailbox, or nobody's any more: no reference, and no link to an own page.
TO_ANOTHER_ADDRESS = frozenset({Kind.CONFIRM_ADDRESS, Kind.ADDRESS_LEFT})
TO_INTERESTED = frozenset({Kind.INTEREST_NOTED, Kind.COHORT_OPENS})
TO_APPLICANTS = frozenset(Kind).difference(
    TO_ADMINISTRATORS,
    TO_MANAGERS,
    TO_WHO_RELEASED,
    TO_PAIRS,
    TO_EARLIER,
    TO_ANOTHER_ADDRESS,
    TO_INTERESTED,
    {Kind.CALENDAR},
)
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
    """The programme that the samples are about."""
    return load_programme(next(path for path in shipped() if path.stem == PROGRAMME))


def current() -> Current:
    """The programme as it stands at the samples' moment."""
    row = first_row(the_programme(), NOW)
    return Current(the_programme(), row, row, the_programme())


def everywhere() -> dict[str, Any]:
    """What every mail can say."""
    return {"mailbox": MAILBOX, "imprint": the_programme().imprint}


def typed(name: str, ordinary: str) -> str:
    """What somebody typed: something ordinary, or the odd text that is being tried out."""
    return ordinary if name == PLAIN else name


def an_application(name: str = PLAIN, *, status: Status = Status.AWAITING_MANAGER, **changes: Any) -> Application:  # noqa: ANN401 -- fields of an Application
    """An application; an odd name stands in every text that people type."""
    manager = LineManager(typed(name, "Anita Khan"), "anita.khan@example.org")
    reason = typed(name, "We cannot spare anybody before the summer.")
    request = ManagerRequest(1, manager, NOW, answer=Answer.DECLINE, reason=reason, answered_at=NOW)
    job, employer = typed(name, "Staff nurse"), typed(name, "Example Partnership NHS Trust")
    application = Application(
        programme=the_programme().id,
        reference="K4Q-M7X-2P9-T",
        role=the_programme().model.role_at(Seat.MENTOR),
        person=Person(name, "priya.shah@example.org", job, "6", employer, "nhs", "llr"),
        manager=manager,
        status=status,
        received_at=NOW,
        counts_from=NOW,
        chosen=MappingProxyType({"mentor-training": ("mentor-training-1",)}),
        requests=(request,),
        problems=(
            Problem("manager_email", "What is your line manager's work email address?", "Enter an address with an @."),
        )
        if status is Status.NEEDS_CORRECTION
        else (),
    )
    return replace(application, **changes)


def to_applicant(application: Application) -> dict[str, Any]:
    """Values of a mail to an applicant."""
    return {**applicant_values(current(), application, _TOKENS), **everywhere()}


def a_view(name: str = PLAIN, *, role: Role | None = None) -> ManagerView:
    """What a line manager sees of an application."""
    application = an_application(name, role=role or the_programme().model.role_at(Seat.MENTOR), chosen={})
    return manager_view(
        the_programme(), application, the_programme().closes_at, application.requests[-1], link=DECISION_LINK, now=NOW
    )


def to_manager(name: str = PLAIN, *, was_approved: bool = False, role: Role | None = None) -> dict[str, Any]:
    """Values of a mail to a line manager."""
    return {"view": a_view(name, role=role), "beside": [], "was_approved": was_approved, **everywhere()}


def a_check_in(**changes: Any) -> CheckIn:  # noqa: ANN401 -- fields of a CheckIn
    """A check-in about the second meeting."""
    checkin = CheckIn(
        the_programme().id, "pair-1", 2, Seat.MENTOR, "K4Q-M7X-2P9-T", datetime(2026, 6, 16, 8, tzinfo=UTC)
    )
    return replace(checkin, **changes)


def to_pair(name: str = PLAIN, checkin: CheckIn | None = None, *, offered: bool = False) -> dict[str, Any]:
    """Values of a mail to one of a pair."""
    status = PairStatus.OFFERED if offered else PairStatus.CONFIRMED
    pair = Pair(the_programme().id, "pair-1", "K4Q-M7X-2P9-T", "A1B-C2D-3E4-F", date(2026, 4, 16), status)
    pair = replace(pair, answer_by=datetime(2026, 4, 10, 22, 59, 59, tzinfo=UTC)) if offered else pair
    mentor = an_application(name, status=Status.APPROVED)
    partner = Person(
        typed(name, "Margaret Okafor"),
        "margaret.okafor@example.org",
        typed(name, "Director of Operations"),
        "9",
        typed(name, "Example Partnership NHS Trust"),
    )
    mentee = an_application(
        name, status=Status.APPROVED, role=the_programme().model.role_at(Seat.MENTEE), person=partner
    )
    return {**pair_values(the_programme(), pair, mentor, mentee, checkin, _TOKENS), **everywhere()}


def to_administrators(kind: Kind, name: str = PLAIN) -> dict[str, Any]:
    """Values of a mail to administrators."""
    programme = the_programme().name
    match kind:
        case Kind.CLOSING_SUMMARY:
            values: dict[str, Any] = {
                "programme": programme,
                "closed": "11:59pm on Thursday 12 March 2026",
                "grace_days": 7,
                "total": 45,
                "by_status": [("Awaiting manager", 12), ("Approved", 33)],
                "by_role": [(f"{about.title}, approved", 14) for about in the_programme().roles.values()],
                "tests": 2,
            }
        case Kind.DIGEST:
            role = next(iter(the_programme().roles))
            to_decide = f"K4Q-M7X-2P9-T, {name}, {role} (Needs a decision). Healthcare outside the NHS."
            quiet = f"Pair pair-07: {name}, {role}, K4Q-M7X-2P9-T: no answer to the last 2 check-ins."
            values = {
                "programme": programme,
                "news": [("Applications that need a decision", [to_decide, "and 3 more, in the tables"])],
                "still_open": [("Pairs that have gone quiet", [quiet])],
                "left": 0,
                "picture": ("Applied: 45 (Reverse mentor 24, Reverse mentee 21).", "Withdrew: 2."),
            }
        case Kind.PAIRS_DRAFTED:
            values = {"programme": programme, "id": the_programme().id, "drafted": 18, "to_publish": 20}
            values |= {"without": 3, "broken": 1}
        case Kind.FORM_CHANGED:
            asked = typed(name, "Your pronouns")
            line = f"Microsoft Forms: The form asks ‘{asked}’, which the programme file does not know."
            values = {"programme": programme, "items": [line]}
        case Kind.HELD_BACK:
            values = {"programme": programme, "items": [f"K4Q-M7X-2P9-T, {name}: It was filled in within seconds."]}
        case Kind.RETENTION:
            due = "applications of people who do not take part: 40 people, from Tuesday 8 September 2026"
            values = {"programme": programme, "id": the_programme().id, "items": [due], "kept_until": ""}
        case _:
            why = typed(name, "the question about the role was not found in it")
            values = {"programme": programme, "items": [f"3f2a9c81b0d4, from msforms: {why}"]}
    return {**values, **everywhere(), "tables": TABLES, "files": FILES, "id": "llr-rmi-2026-c7"}


def to_interested(name: str = PLAIN) -> dict[str, Any]:
    """What a mail to somebody on the list of the next cohort says."""
    return {
        "name": theirs(name),
        "programme": the_programme().name,
        "host": the_programme().host,
        "months": KEPT_MONTHS,
        "closes": "11:59pm on Thursday 12 March 2026",
        "form": f"{BASE}/apply/{the_programme().id}",
        "leave": f"{BASE}/leave/6Ecq6FlYbb5-c75Z77xcWR0VHgnsTsMlbUSGEGpvpnM",
        "contacts": the_programme().contacts.form_support,
        **everywhere(),
    }


def calendar_event(*, required: bool = True, provisional: bool = True) -> dict[str, Any]:
    """Values of a calendar event."""
    return {
        "programme": the_programme().name,
        "host": the_programme().host,
        "title": "Training for mentors",
        "required": required,
        "may_change": MAY_CHANGE if provisional else "",
        "contacts": the_programme().contacts.form_support,
        **everywhere(),
    }


def to_earlier(name: str = PLAIN) -> dict[str, Any]:
    """Values of the mail to somebody who took part before."""
    return {
        "name": name,
        "programme": the_programme().name,
        "host": the_programme().host,
        "cohort": typed(name, "cohort 6"),
        "closes": "11:59pm on Thursday 12 March 2026",
        "closed": False,
        "link": f"{BASE}/welcome-back/{'w' * 43}",
        "days": 14,
        "contacts": the_programme().contacts.returning_participants,
        **everywhere(),
    }


def about_a_place(name: str = PLAIN) -> dict[str, Any]:
    """Values of a mail about a place that came free."""
    until = NOW + timedelta(hours=48)
    wait = Wait("mentor-training-2", NOW, offered_at=NOW, offered_until=until)
    application = an_application(name, status=Status.APPROVED, waits=(wait,))
    return {**to_applicant(application), **offer_values(the_programme(), application, wait.session)}


def _of_its_own(kind: Kind, name: str) -> dict[str, Any] | None:
    """Values of a mail that says something no other of its reader's says; None of one that does not."""
    mine = to_applicant(an_application(name, status=Status.APPROVED))
    match kind:
        case Kind.RELEASE_CHANGED:
            before, now = "Thursday 26 March 2026, 9:30am to 12:30pm", "Monday 13 April 2026, 1pm to 4pm"
            changed = ChangedDates("Training for mentors", (before,), (now,))
            return {**to_manager(name, was_approved=True), "changes": [changed]}
        case Kind.MEETINGS_DONE:
            return {**to_pair(name), "sessions": ["Celebration event: date to be confirmed"]}
        case Kind.SESSION_TOMORROW:
            return {**mine, **reminder_values(the_programme(), "mentor-training mentor-training-1")}
        case Kind.SESSION_CANCELLED:
            return {**mine, **cancellation_values(the_programme(), "mentor-training-1", NOW)}
        case Kind.THANKS:
            return {**mine, "end_link": f"{mine['link']}?step=end", "certificates": True}
        case Kind.EVALUATION:
            link = _TOKENS.url(evaluation_page(an_application(name, status=Status.APPROVED), "midway"))
            return {**mine, "wave": "Half way", "evaluation_link": link}
        case Kind.ADDRESS_LEFT:
            return {each: mine[each] for each in ("name", "programme", "host", "contacts", "mailbox")}
        case _:
            return None


def sample(kind: Kind, name: str = PLAIN) -> Mapping[str, Any]:
    """Ordinary values of a kind of mail, with this name wherever a person could have typed it."""
    if (own := _of_its_own(kind, name)) is not None:
        return own
    if kind in TO_MANAGERS:
        another = replace(a_view(name), link=f"{BASE}/decisions/{'e' * 43}")
        others = [another] if kind is Kind.APPROVAL_REMINDER else []
        return {**to_manager(name), "beside": others}
    if kind in TO_PAIRS:
        return to_pair(name, a_check_in() if kind in ABOUT_A_MEETING else None, offered=kind is Kind.PARTNER_OFFERED)
    if kind in TO_ADMINISTRATORS:
        return to_administrators(kind, name)
    if kind is Kind.CALENDAR:
        return calendar_event()
    if kind in TO_EARLIER:
        return to_earlier(name)
    if kind in TO_INTERESTED:
        return to_interested(name)
    if kind in ABOUT_A_PLACE:
        return about_a_place(name)
    values = to_applicant(an_application(name, status=_STATUS.get(kind, Status.AWAITING_MANAGER)))
    return {**values, "reminded": True} if kind is Kind.LAPSED else values
