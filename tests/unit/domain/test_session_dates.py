"""A session that was typed into another year is held back; where the file puts it, and where it may move, it is not."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.programme import Programme, Session, SessionStatus
from shared.domain.remembered import as_remembered, remembered
from shared.domain.session_dates import checked
from tests.world import cohort_7

C7 = cohort_7()
OPEN_ENDED = C7.model_copy(update={"closes_at": None})
NOW = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
WITHOUT_OPENING = C7.model_copy(update={"opens_at": None})


def moved(programme: Programme, starts_at: datetime, status: SessionStatus = SessionStatus.CONFIRMED) -> Session:
    session = Session(id="midway-1", starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), status=status)
    return checked(programme, {session.id: session}, NOW)["midway-1"]


@pytest.mark.parametrize(
    ("programme", "starts_at", "why"),
    [
        (
            C7,
            datetime(2025, 7, 29, 8, 0, tzinfo=UTC),
            "StartsAt is Tuesday 29 July 2025, before applications opened on Monday 2 February 2026. Check the year.",
        ),
        (
            WITHOUT_OPENING,
            datetime(2025, 7, 29, 8, 0, tzinfo=UTC),
            (
                "StartsAt is Tuesday 29 July 2025, long before the first session, on Thursday 26 March 2026. "
                "Check the year."
            ),
        ),
        (
            C7,
            datetime(2062, 7, 29, 8, 0, tzinfo=UTC),
            (
                "StartsAt is Saturday 29 July 2062, more than a year after the programme's end, "
                "Monday 14 December 2026. Check the year."
            ),
        ),
        (
            OPEN_ENDED,
            datetime(2062, 7, 29, 8, 0, tzinfo=UTC),
            (
                "StartsAt is Saturday 29 July 2062, more than a year after the last session, "
                "Monday 14 December 2026. Check the year."
            ),
        ),
    ],
)
def test_a_session_in_another_year_is_held_back_and_says_what_to_check(
    programme: Programme, starts_at: datetime, why: str
) -> None:
    session = moved(programme, starts_at)

    assert (session.status, session.starts_at, session.ends_at) == (SessionStatus.INVALID, None, None)
    assert session.held_back == why


@pytest.mark.parametrize("programme", [C7, WITHOUT_OPENING])
@pytest.mark.parametrize(
    "starts_at",
    [
        datetime(2026, 2, 2, 12, 0, tzinfo=UTC),
        datetime(2026, 7, 30, 8, 0, tzinfo=UTC),
        datetime(2027, 6, 1, 8, 0, tzinfo=UTC),
    ],
)
def test_a_session_may_move_to_anywhere_the_programme_can_be(programme: Programme, starts_at: datetime) -> None:
    assert moved(programme, starts_at).starts_at == starts_at


def test_a_session_that_is_cancelled_stays_cancelled_whenever_it_was() -> None:
    starts_at = datetime(2025, 7, 29, 8, 0, tzinfo=UTC)

    assert moved(C7, starts_at, SessionStatus.CANCELLED).status is SessionStatus.CANCELLED


def test_where_the_file_puts_a_session_it_stays() -> None:
    late_opening = C7.model_copy(update={"opens_at": datetime(2027, 1, 1, tzinfo=UTC)})
    live = {s.id: s for group in C7.groups for s in group.sessions}

    assert checked(late_opening, live, NOW) == live


def test_a_programme_without_any_date_holds_nothing_back() -> None:
    groups = tuple(
        group.model_copy(
            update={
                "sessions": tuple(s.model_copy(update={"starts_at": None, "ends_at": None}) for s in group.sessions)
            }
        )
        for group in C7.groups
    )
    endless = C7.model_copy(update={"opens_at": None, "closes_at": None, "groups": groups})
    starts_at = datetime(2025, 7, 29, 8, 0, tzinfo=UTC)

    assert moved(endless, starts_at).starts_at == starts_at


BEFORE = (datetime(2026, 3, 26, 9, 30, tzinfo=UTC), datetime(2026, 3, 26, 12, 30, tzinfo=UTC))
MISSED_BY_A_MONTH = tuple(at.replace(month=2, day=27) for at in BEFORE)
POSTPONED = tuple(at.replace(month=5) for at in BEFORE)


@pytest.mark.parametrize(
    ("known", "typed", "status", "now", "counts"),
    [
        # Ahead: a date that has passed is a slip, and one that is only earlier is not.
        (BEFORE, MISSED_BY_A_MONTH, "confirmed", datetime(2026, 3, 10, tzinfo=UTC), (None, "invalid")),
        (BEFORE, MISSED_BY_A_MONTH, "confirmed", datetime(2026, 2, 20, tzinfo=UTC), (MISSED_BY_A_MONTH, "confirmed")),
        ((), MISSED_BY_A_MONTH, "provisional", datetime(2026, 3, 10, tzinfo=UTC), (None, "invalid")),
        # A row of a version that remembered nothing is believed.
        (None, MISSED_BY_A_MONTH, "confirmed", datetime(2026, 3, 10, tzinfo=UTC), (MISSED_BY_A_MONTH, "confirmed")),
        # Going on, or over: it is what it was.
        (BEFORE, BEFORE, "provisional", datetime(2026, 3, 26, 10, 0, tzinfo=UTC), (BEFORE, "provisional")),
        (BEFORE, BEFORE, "provisional", datetime(2026, 5, 1, tzinfo=UTC), (BEFORE, "provisional")),
        (BEFORE, BEFORE, "cancelled", datetime(2026, 5, 1, tzinfo=UTC), (BEFORE, "confirmed")),
        (BEFORE, None, "to be confirmed", datetime(2026, 5, 1, tzinfo=UTC), (BEFORE, "confirmed")),
        (BEFORE, None, "invalid", datetime(2026, 5, 1, tzinfo=UTC), (BEFORE, "confirmed")),
        (BEFORE, MISSED_BY_A_MONTH, "confirmed", datetime(2026, 5, 1, tzinfo=UTC), (BEFORE, "confirmed")),
        # It did not take place after all, and does later.
        (BEFORE, POSTPONED, "confirmed", datetime(2026, 4, 1, tzinfo=UTC), (POSTPONED, "confirmed")),
        # Cancelled while it lay ahead, it stays cancelled when its day has passed.
        ((), BEFORE, "cancelled", datetime(2026, 5, 1, tzinfo=UTC), (BEFORE, "cancelled")),
        ((), BEFORE, "confirmed", datetime(2026, 5, 1, tzinfo=UTC), (None, "invalid")),
    ],
)
def test_what_counts_of_a_row_depends_on_what_people_were_told_and_on_the_day(
    known: tuple[datetime, datetime] | tuple[()] | None,
    typed: tuple[datetime, datetime] | None,
    status: str,
    now: datetime,
    counts: tuple[tuple[datetime, datetime] | None, str],
) -> None:
    starts_at, ends_at = typed or (None, None)
    row = Session(
        id="mentor-training-1", starts_at=starts_at, ends_at=ends_at, status=SessionStatus(status), taken_up=known
    )

    found = checked(C7, {row.id: row}, now)[row.id]

    assert ((found.starts_at, found.ends_at), found.status) == (counts[0] or (None, None), counts[1])
    assert bool(found.held_back) == ((found.starts_at, found.status) != (starts_at, status))


def test_a_recurring_group_always_has_one_more_session_and_gets_back_what_was_deleted() -> None:
    group = C7.groups[-1].model_copy(update={"id": "sets", "recurring": True, "sessions": ()}).with_next()
    file = C7.model_copy(update={"groups": (*C7.groups, group)})
    first, second = (
        moved(C7, NOW + timedelta(days=9)).model_copy(update={"id": f"sets-{number}"}) for number in (1, 2)
    )
    off = Session(id="sets-10", status=SessionStatus.CANCELLED)
    wrong = Session(id="sets-11", status=SessionStatus.INVALID, held_back="Check it.")
    none = {"midway-1": moved(C7, NOW), "sets": first, "sets-01": first, "other-1": first}

    def ids(live: dict[str, Session], programme: Programme = file) -> list[str]:
        return [session.id for session in programme.with_sessions(live).groups[-1].sessions]

    assert ids(none) == ["sets-1"]
    assert ids({"sets-1": first}) == ["sets-1", "sets-2"]
    assert ids({"sets-1": first, "sets-2": Session(id="sets-2", status=SessionStatus.TO_BE_CONFIRMED)})[2:] == []
    assert ids({"sets-10": off, "sets-1": first, "sets-2": second}) == ["sets-1", "sets-2", "sets-10", "sets-11"]
    assert ids({"sets-11": wrong, "sets-1": first}) == ["sets-1", "sets-11"], "what is held back waits for its date too"
    known = remembered("", file.with_sessions({"sets-1": first, "sets-2": second}))
    assert ids({}, as_remembered(file, known)) == ["sets-1", "sets-2", "sets-3"]
    assert as_remembered(file, known).session("sets-2") == second
