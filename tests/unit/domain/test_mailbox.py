"""A mailbox's pace and pauses, also across restarts and with a clock that jumps."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.mailbox import MailboxState, Pace, asked_to_wait, counted, quiet, room, room_at, taken_over

NOW = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
EMPTY = MailboxState("team@example.nhs.uk")
PACE = Pace(most=3, window=timedelta(seconds=60))


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_window_takes_so_many_and_frees_them_one_by_one() -> None:
    state = counted(counted(EMPTY, 2, NOW, PACE), 1, NOW + seconds(10), PACE)

    assert [room(state, NOW + seconds(s), PACE) for s in (10, 59.9, 60, 69.9, 70)] == [0, 0, 2, 2, 3]
    assert room_at(state, NOW + seconds(20), PACE) == NOW + seconds(60)
    assert room_at(state, NOW + seconds(61), PACE) == NOW + seconds(61)


def test_a_large_invitation_counts_into_the_windows_that_exchange_needs_for_it() -> None:
    state = counted(EMPTY, 7, NOW, PACE)

    assert room_at(state, NOW, PACE) == NOW + seconds(120)
    assert room(state, NOW + seconds(120), PACE) == 2


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5)), max_size=30))
def test_never_more_than_the_pace_in_any_window(steps: list[tuple[float, int]]) -> None:
    state, now, left = EMPTY, NOW, []
    for wait, wanted in steps:
        now += seconds(wait)
        for _ in range(min(wanted, room(state, now, PACE))):
            state = counted(state, 1, now, PACE)
            left.append(now)

    assert all(left[i + PACE.most] - left[i] >= PACE.window for i in range(len(left) - PACE.most))
    assert all(later >= earlier for earlier, later in pairwise(left))


def test_what_a_dead_worker_may_have_sent_counts_as_sent() -> None:
    died = MailboxState("team@example.nhs.uk", counted=(NOW - seconds(30),), reserved=2)

    state = taken_over(died, NOW, PACE)

    assert (room(state, NOW, PACE), state.reserved) == (0, 0)
    assert room_at(state, NOW, PACE) == NOW + seconds(30)


def test_a_clock_set_back_frees_the_mailbox() -> None:
    state = asked_to_wait(counted(EMPTY, 3, NOW, PACE), 900, NOW)
    earlier = NOW - timedelta(days=1)

    assert room(taken_over(state, earlier, PACE), earlier, PACE) == 3
    assert quiet(state, earlier) == timedelta(0)


@pytest.mark.parametrize("length", [1, 300, 86_400])
def test_a_pause_of_any_length_is_kept(length: float) -> None:
    state = asked_to_wait(EMPTY, length, NOW)

    assert quiet(state, NOW + seconds(length - 1)) == seconds(1)
    assert quiet(state, NOW + seconds(length)) == timedelta(0)


def test_the_longest_pause_asked_for_holds() -> None:
    state = asked_to_wait(asked_to_wait(EMPTY, 600, NOW), 5, NOW + seconds(1))

    assert quiet(state, NOW + seconds(1)) == seconds(599)
