"""What reverse, reciprocal and open-ended mean: sides, titles, meetings and how often pairs are asked."""

from datetime import UTC, date, datetime

import pytest

from shared.domain.cohort_model import CohortModel, Meetings, Role, RoleDescription, Seat
from shared.domain.pairs import Pair, PairStatus, expected_checkins
from tests.factories import with_model
from tests.world import PROGRAMME, cohort_7

C7 = cohort_7()


def described(title: str) -> RoleDescription:
    return RoleDescription(title=title, specification=(), commitments=(), total_minutes=None)


LEARNER = {Role.PARTNER: described("Learner")}
EQUALS = CohortModel(kind="reciprocal", roles=LEARNER, meetings=Meetings(), open_ended=True)


def test_in_reverse_mentoring_each_side_has_its_own_place_and_one_learns() -> None:
    model = C7.model

    assert [model.seats(role) for role in model.roles] == [(Seat.MENTOR,), (Seat.MENTEE,)]
    assert [model.learns(role) for role in model.roles] == [False, True]
    assert [model.shares(role) for role in model.roles] == [True, False]
    assert (model.of_equals, model.only_role) == (False, None)
    assert model.people == "reverse mentors and reverse mentees"


def test_equals_sit_anywhere_and_both_learn() -> None:
    assert EQUALS.seats(Role.PARTNER) == tuple(Seat)
    assert [EQUALS.title_at(seat) for seat in Seat] == ["Learner", "Learner"]
    assert EQUALS.learns(Role.PARTNER)
    assert EQUALS.shares(Role.PARTNER)
    assert (EQUALS.of_equals, EQUALS.only_role, EQUALS.people) == (True, Role.PARTNER, "learners")


def test_an_unreadable_role_is_taken_for_one_of_the_programme() -> None:
    assert C7.model.known(None) is Role.MENTEE
    assert EQUALS.known(Role.MENTOR) is Role.PARTNER
    assert EQUALS.title(Role.MENTOR) == ""


@pytest.mark.parametrize(
    ("meetings", "words"),
    [
        (Meetings(count=6, minutes=60, months=6), "6 meetings of 1 hour over 6 months"),
        (Meetings(count=1, minutes=45, months=1), "1 meeting of 45 minutes over 1 month"),
        (Meetings(months=6), "meetings over 6 months"),
        (Meetings(), ""),
    ],
)
def test_meetings_are_told_as_far_as_anybody_counts_them(meetings: Meetings, words: str) -> None:
    assert meetings.in_words == words


def asked(meetings: Meetings | None, now: datetime) -> list[tuple[int, str, str]]:
    pair = Pair(PROGRAMME, "P", "A", "B", date(2026, 4, 20), PairStatus.CONFIRMED)
    found = expected_checkins(with_model(C7, meetings=meetings), pair, now)
    return [(c.meeting, c.reference, f"{c.due_at.date()}") for c in found]


def test_a_pair_without_an_end_is_asked_every_three_months_for_as_long_as_it_lasts() -> None:
    first = [(1, "A", "2026-07-20"), (1, "B", "2026-07-20")]

    assert asked(Meetings(), datetime(2026, 3, 1, tzinfo=UTC)) == first
    assert asked(Meetings(), datetime(2026, 7, 19, tzinfo=UTC)) == first
    assert asked(Meetings(), datetime(2026, 8, 3, tzinfo=UTC))[2:] == [(2, "A", "2026-10-20"), (2, "B", "2026-10-20")]
    assert len(asked(Meetings(), datetime(2031, 4, 20, tzinfo=UTC))) == 2 * 21


def test_the_months_of_a_programme_end_the_question() -> None:
    late = datetime(2028, 1, 1, tzinfo=UTC)

    assert [day for _, who, day in asked(Meetings(months=6), late) if who == "A"] == ["2026-07-20", "2026-10-20"]
    assert asked(None, late) == []
