"""Each finding is made where it is planted, and nowhere in a year in which all is well."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.rehearsal.cast import Manager, Manner, Person
from local.rehearsal.findings import RULES, find
from local.rehearsal.plan import Plan
from local.rehearsal.story import Held, Story, Told
from shared.domain.owed import Kind
from shared.domain.programme import Role
from tests.factories import with_session
from tests.world import answers, cohort_7

TEAM, ANN, BOB = "team@example.nhs.uk", "ann@example.nhs.uk", "bob@example.nhs.uk"
MANAGER = "manager@example.nhs.uk"
# Working days at 9am UTC, a month apart, so that nobody is without a word.
APPROVED = datetime(2026, 3, 2, 9, tzinfo=UTC)
TRAINING = datetime(2026, 3, 27, 11, tzinfo=UTC)
MIDWAY, EVALUATION = datetime(2026, 7, 29, 8, tzinfo=UTC), datetime(2026, 11, 30, 14, tzinfo=UTC)


def told(at: datetime, kind: str = Kind.CHECK_IN, to: str = ANN, html: str = "<p>Hello</p>", **more: Any) -> Told:
    return Told(at, to, kind, f"[Rehearsal] {kind}", html, **more)


def held(session: str, group: str, at: datetime, *, since: datetime = APPROVED, minutes: int = 60) -> Held:
    return Held(ANN, session, group, at, at + timedelta(minutes=minutes), since, at + timedelta(days=900))


def person(name: str, email: str, role: Role) -> Person:
    return Person(1, name, email, role, APPROVED, Manager("Mo Li", MANAGER, Manner.PROMPT), answers())


def a_good_year() -> dict[str, Any]:
    """One mentee, paired, invited, asked every month, and nothing besides."""
    mails = [told(APPROVED, Kind.APPROVED, prompted=True)]
    mails += [told(datetime(2026, month, day, 8, tzinfo=UTC)) for month, day in ((4, 20), (5, 20), (6, 22), (7, 20))]
    mails += [told(datetime(2026, month, day, 9, tzinfo=UTC)) for month, day in ((8, 20), (10, 5), (11, 20))]
    programme = with_session(cohort_7(), "peer-4", status="cancelled")
    return {
        "programme": with_session(programme, "celebration-1", status="cancelled"),
        "people": [person("Ann Lee", ANN, Role.MENTEE)],
        "told": mails,
        "held": [
            held("mentee-training-1", "mentee-training", TRAINING),
            held("midway-1", "midway-reflections", MIDWAY),
            held("evaluation-1", "evaluation", EVALUATION, minutes=90),
        ],
        "introduced": frozenset({ANN}),
        "paired_at": datetime(2026, 4, 16, 9, tzinfo=UTC),
        "dated": frozenset({"peer-4", "celebration-1"}),
    }


def story(**changes: Any) -> Story:
    given = {**a_good_year(), **changes}
    return Story(
        plan=Plan(),
        began=APPROVED - timedelta(days=30),
        ended=datetime(2027, 1, 31, tzinfo=UTC),
        did=[],
        weeks=[],
        tables=[],
        team=TEAM,
        **{"final": {}, **given},
    )


def and_told(*more: Told, without: Callable[[Told], bool] = lambda _: False, **changes: Any) -> Story:
    mails = [*(one for one in a_good_year()["told"] if not without(one)), *more]
    return story(told=sorted(mails, key=lambda one: one.at), **changes)


def and_held(*more: Held, without: str = "") -> Story:
    return story(held=[*(one for one in a_good_year()["held"] if one.session != without), *more])


def digest(day: int, words: str) -> Told:
    return told(datetime(2026, 6, day, 7, tzinfo=UTC), Kind.DIGEST, TEAM, words)


SATURDAY, GOOD_FRIDAY = datetime(2026, 5, 16, 9, tzinfo=UTC), datetime(2026, 4, 3, 9, tzinfo=UTC)
MONDAY = datetime(2026, 5, 18, 9, tzinfo=UTC)
PLANTED = [
    ("more than one mail a day", and_told(told(MONDAY), told(MONDAY, Kind.CHECK_IN_NUDGE)), ANN),
    ("a mail on a day off", and_told(told(SATURDAY)), ANN),
    ("a mail on a day off", and_told(told(GOOD_FRIDAY)), ANN),
    ("a date that is past", and_told(told(MONDAY, html="<p>on Friday 27\n<b>March</b> 2026</p>")), ANN),
    ("the same digest again", and_told(digest(1, "x"), digest(2, "x")), TEAM),
    ("60 days without a word", and_told(without=lambda one: one.at.month in {5, 6}), ANN),
    ("no invitation 14 days before", and_held(without="midway-1"), ANN),
    (
        "no invitation 14 days before",
        and_held(held("midway-1", "midway-reflections", MIDWAY, since=MIDWAY - timedelta(days=13)), without="midway-1"),
        ANN,
    ),
    ("no time to be invited to", story(dated=frozenset({"celebration-1"}), programme=cohort_7()), ""),
    (
        "a manager asked after the date",
        and_told(told(datetime(2026, 4, 22, 9, tzinfo=UTC), Kind.APPROVAL_REMINDER, MANAGER)),
        MANAGER,
    ),
    ("without a partner", story(introduced=frozenset()), ANN),
    ("booked twice at once", and_held(held("x", "evaluation", MIDWAY)), ANN),
    ("more hours than released", and_held(held("x", "evaluation", EVALUATION + timedelta(days=1), minutes=300)), ANN),
    (
        "a mail that could not be sent",
        story(final={"Messages": [{"Status": "Parked", "Kind": "check-in", "LastError": "it has no words"}]}),
        "somebody",
    ),
    ("more hours than released", and_held(held("celebration-1", "celebration", EVALUATION + timedelta(days=1))), ANN),
]
INNOCENT = [
    ("met two partners", and_told(told(MONDAY, Kind.INTRODUCTION), told(MONDAY, Kind.INTRODUCTION))),
    ("two that answer", and_told(told(MONDAY, prompted=True), told(MONDAY, Kind.CHECK_IN_NUDGE))),
    ("on a Saturday, at once", and_told(told(SATURDAY, prompted=True))),
    ("a date to come", and_told(told(MONDAY, html="<p>on Monday 18 May 2026, and Wednesday 29 July 2026</p>"))),
    ("the digest changes", and_told(digest(1, "x"), digest(2, "y"), digest(3, "x"))),
    ("told there is none", and_told(told(MONDAY, Kind.NO_PARTNER, prompted=True), introduced=frozenset())),
    ("one session after the other", and_held(held("x", "evaluation", MIDWAY + timedelta(minutes=60), minutes=0))),
]


def test_a_good_year_has_no_findings() -> None:
    assert find(story(), {}) == []


@pytest.mark.parametrize(("what", "year", "who"), PLANTED, ids=[f"{n}. {one[0]}" for n, one in enumerate(PLANTED)])
def test_what_is_planted_is_found(what: str, year: Story, who: str) -> None:
    found = list(RULES[what](year))

    assert len(found) == 1, found
    assert found[0].who == (year.name_of(who) if who else "everybody")


@pytest.mark.parametrize(("what", "year"), INNOCENT, ids=[one[0] for one in INNOCENT])
def test_what_is_in_order_is_not_found(what: str, year: Story) -> None:
    assert find(year, {}) == []


def test_every_kind_of_finding_is_planted() -> None:
    assert {what for what, _, _ in PLANTED} == set(RULES)


def test_a_silence_that_a_session_ends_is_about_that_session() -> None:
    quiet = and_told(without=lambda one: one.at.month in {6, 7})

    assert [one.about for one in find(quiet, {})] == ["groups.midway-reflections"]
    assert [one.about for one in find(and_told(without=lambda one: one.at.month in {5, 6}), {})] == ["meetings"]


def test_whoever_withdrew_is_owed_no_further_word() -> None:
    left = told(datetime(2026, 5, 21, 9, tzinfo=UTC), Kind.WITHDRAWN, prompted=True)

    assert find(and_told(left, without=lambda one: one.at > left.at), {}) == []


def test_a_finding_has_the_line_of_its_place_or_of_the_nearest_that_has_one() -> None:
    lines = {"groups": 5, "groups.midway-reflections": 41}

    assert [one.line for one in find(and_held(without="midway-1"), lines)] == [41]
    assert [one.line for one in find(and_held(without="midway-1"), {"groups": 5})] == [5]
    assert [one.line for one in find(and_held(without="midway-1"), {})] == [0]
