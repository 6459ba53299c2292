"""Figures of a cohort: everybody is counted once, every loss has a reason, every wait has somebody's name and days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from types import MappingProxyType

import pytest

from shared.domain import cohort_figures as figures
from shared.domain import ending
from shared.domain.application import Answer, Application, LineManager, ManagerRequest, Person, Status, Suggestion, Wait
from shared.domain.approval import ask_again
from shared.domain.cohort_figures import By, Cohort, Meeting, Outcome, Step, Waiting, Whom
from shared.domain.cohort_model import Seat
from shared.domain.disclosure import OTHERS, Told, attack, protect
from shared.domain.enrolment import Booking, BookingStatus, bookings
from shared.domain.leaving import replaced, withdrawn
from shared.domain.matching.rules import Organisation, Organisations
from shared.domain.pairs import TO_COME, CheckIn, CheckInStatus, Pair, PairStatus, PartnerAnswer, expected_checkins
from shared.domain.programme import Programme, Role
from shared.domain.time_passing import lapsed
from tests.factories import CLOSES, with_model
from tests.world import NINE, PROGRAMME, cohort_7

C7 = cohort_7()
DURING = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SUMMER = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
AFTER = datetime(2027, 6, 1, 12, 0, tzinfo=UTC)
PRIYA = LineManager("Priya Shah", "priya.shah@example.nhs.uk")


def person(
    reference: str,
    role: Role | None = Role.MENTOR,
    status: Status = Status.AWAITING_MANAGER,
    *,
    at: datetime = NINE,
    organisation: str = "Example Trust",
    band: str = "5",
    **changes: object,
) -> Application:
    """An application whose manager was asked at once, and answered a day later if the status says so."""
    answer = {Status.APPROVED: Answer.APPROVE, Status.DECLINED: Answer.DECLINE}.get(status)
    asked = ManagerRequest(1, PRIYA, at, answer=answer, answered_at=at + timedelta(days=1) if answer else None)
    never_asked = {Status.NEEDS_CORRECTION, Status.NEEDS_DECISION, Status.LATE, Status.NOT_THIS_COHORT}
    application = Application(
        programme=PROGRAMME,
        reference=reference,
        role=role,
        person=Person(f"Name {reference}", f"{reference}@example.nhs.uk", "Nurse", band, organisation, "nhs", "llr"),
        manager=PRIYA,
        status=status,
        received_at=at,
        counts_from=at,
        requests=() if status in never_asked else (asked,),
    )
    return replace(application, **changes)  # type: ignore[arg-type] # fields of whichever kind a test wants


def cohort(
    *applications: Application,
    now: datetime = DURING,
    pairs: Sequence[Pair] = (),
    checkins: Sequence[CheckIn] = (),
    booked: Sequence[Booking] = (),
    programme: Programme = C7,
) -> Cohort:
    made = [b for a in applications for b in bookings(programme, a)]
    return figures.cohort(
        programme,
        closes_at=CLOSES,
        now=now,
        applications=applications,
        bookings=[*made, *booked],
        pairs=pairs,
        checkins=checkins,
    )


def pair(mentor: str, mentee: str, status: PairStatus = PairStatus.CONFIRMED) -> Pair:
    return Pair(
        PROGRAMME, f"{mentor}-{mentee}", mentor, mentee, date(2026, 4, 20), status, datetime(2026, 4, 1, tzinfo=UTC)
    )


def met(one: Pair, *meetings: int) -> list[CheckIn]:
    """The check-ins of a pair; its mentor says that these meetings were held."""
    return [
        replace(c, status=CheckInStatus.ANSWERED, met=True, met_on=c.due_at.date())
        if c.meeting in meetings and c.seat is Seat.MENTOR
        else c
        for c in expected_checkins(C7, one, NINE)
    ]


def told(cohort_: Cohort, by: By) -> dict[str, int]:
    return {count.what: count.total for count in figures.counts(cohort_, by) if count.total}


# ---- counts


def test_tests_replaced_and_erased_applications_are_nobody() -> None:
    everybody = cohort(
        person("A"),
        person("B", test=True),
        replaced(person("C"), "A", now=DURING),
        person("D", status=Status.ERASED),
    )

    assert [a.reference for a in everybody.applications] == ["A"]
    assert told(everybody, By.STATUS) == {"Awaiting manager": 1}


def test_counts_stand_in_words_with_those_that_are_nobody() -> None:
    everybody = cohort(person("A"), person("B", Role.MENTEE), person("C", None, Status.NEEDS_CORRECTION))

    assert [(c.what, c.total) for c in figures.counts(everybody, By.ROLE)] == [
        ("Reverse mentor", 1),
        ("Reverse mentee", 1),
        ("Not given", 1),
    ]
    assert [c.what for c in figures.counts(everybody, By.STATUS)] == [s.value for s in Status if s is not Status.ERASED]
    assert [(c.what, c.total) for c in figures.counts(everybody, By.AREA)] == [
        ("Leicester, Leicestershire and Rutland", 3),
        ("Northamptonshire", 0),
        ("Somewhere else", 0),
    ]


def test_an_answer_that_is_no_option_any_more_is_counted_as_it_stands() -> None:
    gone = replace(person("A"), person=replace(person("A").person, sector="hospice", area=""))

    assert told(cohort(gone), By.SECTOR) == {"hospice": 1}
    assert told(cohort(gone), By.AREA) == {"Not given": 1}


@pytest.mark.parametrize(
    "spellings",
    [
        ("Leicester's Hospitals", "leicester’s hospitals", "LEICESTER'S  HOSPITALS."),
        ("Health & Care Trust", "Health and Care Trust", "The Health and Care Trust"),
        ("Turning Point", "turning point ", "Turning-Point"),
        ("St. John's", "St Johns", "st john's"),
    ],
)
def test_spellings_of_one_organisation_are_one(spellings: tuple[str, ...]) -> None:
    typed = [*spellings, spellings[0]]
    everybody = cohort(*(person(f"R{n}", organisation=text) for n, text in enumerate(typed)))

    assert told(everybody, By.ORGANISATION) == {spellings[0]: 4}


def test_organisations_that_differ_in_more_than_spelling_stay_apart() -> None:
    everybody = cohort(*(person(f"R{n}", organisation=t) for n, t in enumerate(["County Council", "City Council", ""])))

    assert told(everybody, By.ORGANISATION) == {"City Council": 1, "County Council": 1, "Not given": 1}


@pytest.mark.parametrize(
    ("typed", "level"),
    [
        ("5", "Band 5"),
        ("band 5", "Band 5"),
        ("AfC Band 8A", "Band 8a"),
        ("8 a", "Band 8a"),
        ("Agenda for Change band 9", "Band 9"),
        ("Grade 7", "Band 7"),
        ("8", "Band 8"),
        ("10", "10"),
        ("5-6", "5-6"),
        ("Chief Executive", "Chief Executive"),
        (" ", "Not given"),
    ],
)
def test_a_band_is_one_level_however_it_is_typed(typed: str, level: str) -> None:
    assert figures.level(typed) == level


def test_months_and_weeks_are_those_of_uk_clocks_without_a_gap() -> None:
    everybody = cohort(
        person("A", at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC)),
        # Half past midnight on 1 June in the UK.
        person("B", at=datetime(2026, 5, 31, 23, 30, tzinfo=UTC)),
        now=SUMMER,
    )

    months = [(c.what, c.total, c.first_day) for c in figures.counts(everybody, By.MONTH)]
    assert months[0] == ("January 2026", 1, date(2026, 1, 1))
    assert months[-1] == ("June 2026", 1, date(2026, 6, 1))
    assert [total for _, total, _ in months] == [1, 0, 0, 0, 0, 1]
    weeks = figures.counts(everybody, By.WEEK)
    assert (weeks[0].first_day, weeks[-1].first_day, len(weeks)) == (date(2026, 1, 26), date(2026, 6, 1), 19)
    assert figures.counts(cohort(), By.WEEK) == ()


def test_two_roles_with_one_title_are_told_apart() -> None:
    alike = {role: described.model_copy(update={"title": "Partner"}) for role, described in C7.roles.items()}
    everybody = cohort(
        person("A"),
        person("B", Role.MENTEE),
        programme=with_model(C7, roles=alike),
    )

    assert told(everybody, By.ROLE) == {"Partner (mentor)": 1, "Partner (mentee)": 1}


def test_places_of_a_session_are_counted_by_what_they_are() -> None:
    limited = {"mentor-training-1": C7.session("mentor-training-1").model_copy(update={"capacity": 4})}  # type: ignore[union-attr] # it is in the file
    programme = C7.with_sessions(limited)
    states = [
        (BookingStatus.BOOKED, "", True),
        (BookingStatus.BOOKED, "declined", False),
        (BookingStatus.OFFERED, "", False),
        (BookingStatus.WAITING, "", False),
        (BookingStatus.CANCELLED, "", False),
    ]
    people = [person(f"R{n}", status=Status.APPROVED) for n in range(len(states))]
    booked = [
        Booking(
            PROGRAMME, "mentor-training-1", f"R{n}", f"Name R{n}", "", "required", status, response=says, confirmed=sure
        )
        for n, (status, says, sure) in enumerate(states)
    ]
    one = next(
        s
        for s in figures.sessions(cohort(*people, booked=booked, programme=programme))
        if s.session.id == "mentor-training-1"
    )

    assert (len(one.booked), one.kept, one.free, one.waiting, one.declined, one.confirmed) == (2, 1, 1, 1, 1, 1)
    assert told(cohort(*people, booked=booked, programme=programme), By.SESSION) == {
        "Training for mentors, Thursday 26 March 2026, 9:30am": 2
    }


# ---- the way


def outcome(application: Application, *, now: datetime = DURING, **more: object) -> tuple[Step, Outcome] | str:
    way = figures.funnel(cohort(application, now=now, **more))  # type: ignore[arg-type] # as of cohort()
    if way.losses:
        return way.losses[0].after, way.losses[0].why
    return "completed" if way.completed else "under way"


@pytest.mark.parametrize(
    ("application", "expected"),
    [
        (person("A"), "under way"),
        (person("A", status=Status.NOT_THIS_COHORT), (Step.APPLIED, Outcome.NOT_THIS_COHORT)),
        (person("A", status=Status.DECLINED), (Step.ASKED, Outcome.DECLINED)),
        (lapsed(person("A"), C7, now=DURING), (Step.ASKED, Outcome.NO_ANSWER)),
        (lapsed(replace(person("A"), waits_for_manager_name=True), C7, now=DURING), (Step.ASKED, Outcome.NO_MANAGER)),
        (
            lapsed(replace(person("A"), requests=(ManagerRequest(1, PRIYA, NINE, bounced_at=NINE),)), C7, now=DURING),
            (Step.ASKED, Outcome.UNREACHABLE),
        ),
        (withdrawn(person("A"), now=DURING), (Step.ASKED, Outcome.WITHDRAWN)),
        (withdrawn(person("A", status=Status.APPROVED), now=DURING), (Step.APPROVED, Outcome.WITHDRAWN)),
        (person("A", status=Status.LATE), "under way"),
        (person("A", status=Status.APPROVED), "under way"),
    ],
)
def test_a_loss_has_the_step_and_the_reason(application: Application, expected: object) -> None:
    assert outcome(application) == expected


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (Status.LATE, Outcome.LATE),
        (Status.NEEDS_DECISION, Outcome.NEVER_DECIDED),
        (Status.NEEDS_CORRECTION, Outcome.NEVER_CORRECTED),
        (Status.AWAITING_MANAGER, Outcome.NO_ANSWER),
        (Status.APPROVED, Outcome.NO_PARTNER),
    ],
)
def test_after_the_end_nobody_is_under_way(status: Status, why: Outcome) -> None:
    found = outcome(person("A", status=status), now=AFTER)

    assert isinstance(found, tuple)
    assert found[1] is why


def test_a_pair_goes_through_its_meetings() -> None:
    mentor, mentee = person("A", status=Status.APPROVED), person("B", Role.MENTEE, Status.APPROVED)
    one = pair("A", "B")

    def steps(*meetings: int) -> dict[Step, int]:
        way = figures.funnel(cohort(mentor, mentee, now=SUMMER, pairs=[one], checkins=met(one, *meetings)))
        return {count.step: count.total for count in way.steps}

    after_three = steps(1, 2, 3)
    assert [after_three[s] for s in (Step.PAIRED, Step.FIRST_MEETING, Step.HALF_WAY, Step.ALL_MEETINGS)] == [2, 2, 2, 0]
    assert steps(4)[Step.FIRST_MEETING] == 2
    assert steps(4)[Step.HALF_WAY] == 0
    assert steps(*range(1, 7))[Step.ALL_MEETINGS] == 2


def test_who_held_all_meetings_has_completed_once_there_is_nothing_left_of_the_role() -> None:
    """Mentors have no evaluation session; mentees have one in November and one in December."""
    one = pair("A", "B")
    mentor, mentee = person("A", status=Status.APPROVED), person("B", Role.MENTEE, Status.APPROVED)
    checkins = met(one, *range(1, 7))

    summer = figures.funnel(cohort(mentor, mentee, now=SUMMER, pairs=[one], checkins=checkins))
    winter = figures.funnel(
        cohort(mentor, mentee, now=datetime(2026, 12, 1, tzinfo=UTC), pairs=[one], checkins=checkins)
    )

    assert (summer.completed, summer.under_way) == (1, 1)
    assert (winter.completed, winter.under_way) == (2, 0)


def test_a_step_that_a_role_has_not_is_not_0() -> None:
    way = figures.funnel(cohort(person("A"), person("B", Role.MENTEE), person("C", None, Status.NEEDS_CORRECTION)))
    by_step = {count.step: count.by_role for count in way.steps}

    assert by_step[Step.APPLIED] == {Role.MENTOR: 1, Role.MENTEE: 1, None: 1}
    assert by_step[Step.TRAINED] == {Role.MENTOR: 0, Role.MENTEE: 0}
    assert by_step[Step.EVALUATED] == {Role.MENTEE: 0}


@pytest.mark.parametrize(("noted", "response", "trained"), [(True, "declined", 1), (False, "accepted", 0)])
def test_what_was_noted_of_a_training_goes_before_what_was_answered(noted: bool, response: str, trained: int) -> None:
    one = person("A", status=Status.APPROVED, chosen=MappingProxyType({"mentor-training": ("mentor-training-1",)}))
    (place,) = (b for b in bookings(C7, one) if b.session == "mentor-training-1")
    place = replace(place, attended=noted, response=response)
    everybody = figures.cohort(C7, closes_at=CLOSES, now=SUMMER, applications=[one], bookings=[place])

    assert {step.step: step.total for step in figures.funnel(everybody).steps}[Step.TRAINED] == trained
    assert ending.was_trained(C7, one, [place], SUMMER) is bool(trained)
    (session,) = (s for s in figures.sessions(everybody) if s.session.id == "mentor-training-1")
    assert (session.came, session.stayed_away) == ((1, 0) if noted else (0, 1))


def test_training_counts_once_it_is_over_and_not_for_who_declined() -> None:
    chosen = MappingProxyType({"mentor-training": ("mentor-training-1",)})
    here, away = (person(r, status=Status.APPROVED, chosen=chosen) for r in "AB")
    rows = [*bookings(C7, here), *(replace(b, response="declined") for b in bookings(C7, away))]

    def trained(now: datetime) -> int:
        everybody = figures.cohort(C7, closes_at=CLOSES, now=now, applications=[here, away], bookings=rows)
        return next(count.total for count in figures.funnel(everybody).steps if count.step is Step.TRAINED)

    assert (trained(datetime(2026, 3, 26, 12, 29, tzinfo=UTC)), trained(datetime(2026, 3, 26, 12, 30, tzinfo=UTC))) == (
        0,
        1,
    )


@pytest.mark.parametrize("seed", range(12))
def test_nobody_is_lost_twice_or_forgotten(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- a seed that replays
    statuses = [s for s in Status if s is not Status.ERASED]
    people = [
        person(f"R{n}", random.choice([*C7.roles, None]), random.choice(statuses), band=random.choice(["5", "8a", ""]))
        for n in range(60)
    ]
    mentors, mentees = ([p for p in people if p.role is role] for role in C7.roles)
    pairs = [
        pair(a.reference, b.reference, random.choice(list(PairStatus))) for a, b in zip(mentors, mentees, strict=False)
    ]
    checkins = [c for p in pairs for c in met(p, *random.sample(range(1, 7), 3))]

    for now in (DURING, SUMMER, AFTER):
        everybody = cohort(*people, now=now, pairs=pairs, checkins=checkins)
        way = figures.funnel(everybody)

        assert way.steps[0].total == way.under_way + way.completed + sum(loss.total for loss in way.losses) == 60
        assert (way.under_way == 0) == (now is AFTER)
        for by in By:
            if by is not By.SESSION:
                assert sum(count.total for count in figures.counts(everybody, by)) == 60
        # Whoever is under way before the end waits for somebody or is in a pair.
        if now is not AFTER:
            waiting = {w.reference for w in figures.waits(everybody)}
            spoken_for = {PairStatus.CONFIRMED, PairStatus.OFFERED, *TO_COME}
            paired = {r for p in pairs if p.status in spoken_for for r in (p.mentor, p.mentee)}
            opened = {Status.AWAITING_MANAGER, Status.LATE, Status.NEEDS_CORRECTION, Status.NEEDS_DECISION}
            assert {a.reference for a in people if a.status in opened} <= waiting
            assert {a.reference for a in people if a.status is Status.APPROVED} <= waiting | paired


# ---- who waits for whom


def only(application: Application, *, now: datetime = DURING) -> Waiting:
    (wait,) = figures.waits(cohort(application, now=now))
    return wait


def test_a_manager_is_waited_for_since_the_first_mail_and_until_the_deadline() -> None:
    again = ask_again(ask_again(person("A"), now=NINE + timedelta(days=7)), now=NINE + timedelta(days=14))
    wait = only(again)

    assert (wait.whom, wait.name, wait.reference, wait.command) == (Whom.MANAGER, "Priya Shah", "A", "resend approval")
    assert (wait.since, wait.days) == (NINE, 20)
    assert wait.until == datetime(2026, 3, 19, 23, 59, 59, tzinfo=UTC)


def test_days_are_those_of_the_calendar() -> None:
    assert only(person("A", at=datetime(2026, 3, 1, 23, 50, tzinfo=UTC))).days == 1


BOUNCED = (ManagerRequest(1, PRIYA, NINE, bounced_at=NINE + timedelta(days=2)),)
PASSED_ON = (ManagerRequest(1, PRIYA, NINE, answer=Answer.NOT_MY_REPORT, answered_at=NINE + timedelta(days=3)),)
REPLY = Suggestion(Answer.APPROVE, 1, NINE + timedelta(days=4))


@pytest.mark.parametrize(
    ("application", "whom", "command", "days"),
    [
        (person("A", requests=BOUNCED), Whom.PERSON, "", 18),
        (person("A", requests=PASSED_ON, waits_for_manager_name=True), Whom.PERSON, "", 17),
        (person("A", suggestion=REPLY), Whom.TEAM, "accept reply", 16),
        (person("A", status=Status.NEEDS_DECISION), Whom.TEAM, "admit", 20),
        (person("A", status=Status.LATE), Whom.TEAM, "approve late", 20),
        (person("A", status=Status.NEEDS_CORRECTION), Whom.PERSON, "", 20),
        (person("A", status=Status.NEEDS_CORRECTION, person=Person()), Whom.TEAM, "", 20),
        (person("A", status=Status.WITHDRAWN, erasure_asked_at=DURING), Whom.TEAM, "erase", 0),
    ],
)
def test_whose_turn_it_is_and_since_when(application: Application, whom: Whom, command: str, days: int) -> None:
    wait = only(application)

    assert (wait.whom, wait.command, wait.days) == (whom, command, days)


def test_approved_people_wait_for_a_date_a_place_and_a_partner() -> None:
    until = DURING + timedelta(days=2)
    approved = person(
        "A",
        status=Status.APPROVED,
        waits=(
            Wait("peer-1", NINE),
            Wait("peer-2", NINE, offered_at=DURING, offered_until=until),
            Wait("peer-3", NINE, over_at=DURING),
        ),
    )

    found = [(w.whom, w.what.partition(",")[0], w.until) for w in figures.waits(cohort(approved))]
    assert found == [
        (Whom.PERSON, "Choose a date: Training for mentors", None),
        (Whom.PERSON, "Take or leave the place offered in Peer support meetings for mentors", until),
        (Whom.PLACE, "On the waiting list of Peer support meetings for mentors", None),
        (Whom.PARTNER, "Approved", None),
    ]


def test_where_every_date_is_over_it_is_the_teams_to_give_another() -> None:
    late = person("A", status=Status.APPROVED, received_at=datetime(2026, 5, 4, 9, 0, tzinfo=UTC))

    found = [(w.whom, w.what) for w in figures.waits(cohort(late)) if "Training" in w.what]

    assert found == [(Whom.TEAM, "Give a date in Sessions: Training for mentors")]


def test_the_team_waits_to_publish_and_people_who_are_offered_a_partner_wait_for_none() -> None:
    chosen = MappingProxyType({"mentor-training": ("mentor-training-1",), "mentee-training": ("mentee-training-1",)})
    people = [person(f"A{n}", status=Status.APPROVED, chosen=chosen) for n in range(4)]
    people += [person(f"B{n}", Role.MENTEE, Status.APPROVED, chosen=chosen) for n in range(3)]
    until = SUMMER + timedelta(days=5)
    offered = replace(
        pair("A0", "B0", PairStatus.OFFERED), offered_at=SUMMER, answer_by=until, mentor_says=PartnerAnswer.YES
    )
    talks = replace(pair("A1", "B1", PairStatus.OFFERED), offered_at=SUMMER, mentee_says=PartnerAnswer.TALK)
    draft = pair("A2", "B2", PairStatus.DRAFT)

    def found(now: datetime) -> list[tuple[Whom, str, str, datetime | None]]:
        waits = figures.waits(cohort(*people, now=now, pairs=[offered, talks, draft]))
        return [(w.whom, w.reference, w.command, w.until) for w in waits]

    assert found(SUMMER) == [
        (Whom.TEAM, "", "", None),
        (Whom.TEAM, "", "publish pairs", None),
        (Whom.PERSON, "A1", "", None),
        (Whom.PERSON, "B0", "", until),
        (Whom.PARTNER, "A3", "draw pairs", None),
    ]
    assert found(AFTER) == []


def test_who_was_deleted_is_in_no_figure_and_said_to_be_missing() -> None:
    everybody = cohort(person("A"), person("B", status=Status.ERASED), person("C", status=Status.ERASED, test=True))

    assert figures.picture(everybody)[-1] == "Not counted any more, since their data was deleted: 1."
    assert figures.not_counted(cohort(person("A"))) == ()


def test_employers_on_the_programmes_list_count_under_its_name_however_they_are_typed() -> None:
    uhl = Organisation(id="uhl", names=("University Hospitals of Leicester NHS Trust", "UHL"))
    annexe = Organisation(id="annexe", names=("The Annexe",), same_as="uhl")
    listed = C7.model_copy(update={"organisations": Organisations(listed=(uhl, annexe))})
    typed = ("UHL", "uhl ", "University hospitals of Leicester NHS Trust", "The Annexe", "St. Mary's", "St Mary's")
    people = [person(f"p{n}", organisation=name) for n, name in enumerate(typed)]

    assert told(cohort(*people, programme=listed), By.ORGANISATION) == {
        "University Hospitals of Leicester NHS Trust": 4,
        "St Mary's": 2,
    }


def test_who_was_told_that_there_is_no_partner_waits_for_none() -> None:
    chosen = MappingProxyType({"mentor-training": ("mentor-training-1",)})
    told_so = person("A", status=Status.APPROVED, chosen=chosen, no_partner_at=DURING)

    assert figures.waits(cohort(told_so)) == ()


def test_nobody_is_waited_for_once_the_programme_is_over_but_who_would_like_to_talk() -> None:
    two = [person("A", status=Status.APPROVED), person("B", Role.MENTEE, Status.APPROVED)]
    quiet = [replace(c, status=CheckInStatus.SILENT) for c in met(pair("A", "B"))]
    talks = [replace(quiet[0], status=CheckInStatus.ANSWERED, wants_to_talk=True), *quiet[1:]]

    def whom(now: datetime, checkins: Sequence[CheckIn]) -> set[Whom]:
        return {w.whom for w in figures.waits(cohort(*two, now=now, pairs=[pair("A", "B")], checkins=checkins))}

    assert whom(SUMMER, quiet) == {Whom.PERSON}
    assert whom(AFTER, quiet) == set()
    assert whom(AFTER, talks) == {Whom.TEAM}


def test_who_came_is_to_be_noted_from_the_end_of_a_session_until_it_is_or_four_weeks_later() -> None:
    chosen = MappingProxyType({"mentor-training": ("mentor-training-1",)})
    ends = datetime(2026, 3, 26, 12, 30, tzinfo=UTC)
    two = [person(r, status=Status.APPROVED, chosen=chosen) for r in "AB"]

    def ids(now: datetime, *noted: bool) -> list[str]:
        made = [b for a in two for b in bookings(C7, a)]
        marked = [replace(b, attended=came) for b, came in zip(made, noted, strict=False)]
        read = figures.cohort(C7, closes_at=CLOSES, now=now, applications=two, bookings=[*marked, *made[len(marked) :]])
        return [one.session.id for one in figures.to_note(read)]

    assert ids(ends - timedelta(minutes=1)) == []
    assert ids(ends) == ids(ends + timedelta(days=28)) == ["mentor-training-1"]
    assert ids(ends, False) == ["mentor-training-1"], "of the other one it is not noted"
    assert ids(ends, False, True) == []
    assert ids(ends + timedelta(days=29)) == []


@pytest.mark.parametrize("status", [Status.DECLINED, Status.LAPSED, Status.WITHDRAWN, Status.NOT_THIS_COHORT])
def test_nobody_waits_for_an_application_that_has_ended(status: Status) -> None:
    assert figures.waits(cohort(person("A", status=status))) == ()


def test_the_team_hears_of_silence_of_who_left_and_without_a_name_of_who_wants_to_talk() -> None:
    chosen = MappingProxyType({"mentor-training": ("mentor-training-1",)})
    choice = MappingProxyType({"mentee-training": ("mentee-training-1",)})
    mentors = [person(r, status=Status.APPROVED, chosen=chosen) for r in ("A1", "A2")]
    mentees = [
        person("B1", Role.MENTEE, Status.APPROVED, chosen=choice),
        withdrawn(person("B2", Role.MENTEE, Status.APPROVED), now=DURING),
    ]
    first, second = pair("A1", "B1"), pair("A2", "B2")
    silent = [
        replace(c, status=CheckInStatus.SILENT) if c.meeting <= 2 and c.seat is Seat.MENTEE else c
        for c in met(first, 1, 2)
    ]
    wants = [replace(c, wants_to_talk=c.meeting == 1 and c.seat is Seat.MENTOR) for c in silent]

    found = figures.waits(cohort(*mentors, *mentees, now=SUMMER, pairs=[first, second], checkins=wants))

    assert [(w.whom, w.name, w.reference, w.what.partition(":")[0]) for w in found] == [
        (Whom.TEAM, "", "B2", "Pair A2-B2"),
        (Whom.TEAM, "", "", "Somebody would like to talk"),
        (Whom.PERSON, "Name B1", "B1", "Pair A1-B1"),
    ]


# ---- pairs


def test_a_pair_has_a_word_for_each_meeting() -> None:
    one = pair("A", "B")
    checkins = met(one, 1)
    no_answer = [replace(c, status=CheckInStatus.SILENT) if c.meeting == 2 else c for c in checkins]
    said_no = [
        replace(c, status=CheckInStatus.ANSWERED, met=False) if c.meeting == 3 and c.seat is Seat.MENTEE else c
        for c in no_answer
    ]
    (found,) = figures.pairs(cohort(now=datetime(2026, 8, 21, tzinfo=UTC), pairs=[one], checkins=said_no))

    assert found.meetings == (
        Meeting.MET,
        Meeting.NO_ANSWER,
        Meeting.NOT_MET,
        Meeting.ASKED,
        Meeting.TO_COME,
        Meeting.TO_COME,
    )
    assert (found.met, found.last_met, found.silent_for) == (1, date(2026, 5, 20), 1)


def test_a_proposal_has_no_meetings() -> None:
    (found,) = figures.pairs(cohort(pairs=[pair("A", "B", PairStatus.PROPOSED)]))

    assert (found.meetings, found.silent_for) == ((), 0)


# ---- what may leave the team


def test_what_is_told_to_the_public_crosses_nothing_and_stands_the_attack() -> None:
    random = Random(5)  # noqa: S311 -- a seed that replays
    people = [
        person(
            f"R{n}",
            random.choice([*C7.roles, None]),
            Status.APPROVED,
            organisation=random.choice(["Big Trust"] * 8 + ["Council", "Hospice", "Charity"]),
            band=random.choice(["4", "5", "Band 5", "7", "8a"]),
        )
        for n in range(90)
    ]
    mentors, mentees = ([p for p in people if p.role is role] for role in C7.roles)
    pairs = [pair(a.reference, b.reference) for a, b in zip(mentors, mentees, strict=False)]

    pack = protect(figures.breakdowns(cohort(*people, pairs=pairs)), day=date(2026, 5, 1))

    assert attack([pack]) == ()
    told_ = {(t.title, label): number for t in pack.tables for label, number in t.cells}
    assert told_["Applications by area", "Northamptonshire"] == 0
    assert ("Applications by organisation", OTHERS) in told_
    assert all(t.told is Told.ALL for t in pack.tables if t.of[0].endswith("applications"))
