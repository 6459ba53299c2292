"""Who attends what: the person's choice, then the programme's rule; never a session that has no date."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from shared.domain.application import Answer, Application
from shared.domain.enrolment import (
    Booking,
    BookingStatus,
    attended,
    bookings,
    choice_problem,
    choose,
    undecided_groups,
    with_assigned,
)
from shared.domain.programme import Programme, SessionStatus
from tests.factories import answered, applied, with_session
from tests.world import NINE, cohort_7, mentee

C7 = cohort_7()


def approved(given: dict[str, object] | None = None, **chosen: tuple[str, ...]) -> Application:
    application = answered(applied(given))
    return replace(application, chosen=MappingProxyType({k.replace("_", "-"): v for k, v in chosen.items()}))


MENTEE = mentee()


@pytest.mark.parametrize(
    ("application", "expected"),
    [
        (approved(), {}),
        (approved(mentor_training=("mentor-training-2",)), {"mentor-training": ("mentor-training-2",)}),
        (
            approved(mentor_training=("mentor-training-1",), peer_support=("peer-5", "peer-1")),
            {"mentor-training": ("mentor-training-1",), "peer-support": ("peer-1", "peer-5")},
        ),
        (approved(MENTEE), {"midway-reflections": ("midway-1",), "evaluation": ("evaluation-1",)}),
        (
            approved(MENTEE, mentee_training=("mentee-training-2",), evaluation=("evaluation-2",)),
            {
                "mentee-training": ("mentee-training-2",),
                "midway-reflections": ("midway-1",),
                "evaluation": ("evaluation-2",),
            },
        ),
        (approved(mentee_training=("mentee-training-1",)), {}),
        (applied(), {}),
        (answered(applied(), Answer.DECLINE), {}),
    ],
)
def test_an_approved_person_attends_what_they_chose_and_what_the_rule_adds(
    application: Application, expected: dict[str, tuple[str, ...]]
) -> None:
    assert attended(C7, application) == expected


def dated(programme: Programme) -> Programme:
    start = datetime(2026, 12, 18, 13, 0, tzinfo=UTC)
    return with_session(
        programme, "celebration-1", starts_at=start, ends_at=start + timedelta(hours=2), status=SessionStatus.CONFIRMED
    )


def test_everybody_attends_all_of_a_group_that_everybody_attends_once_it_has_a_date() -> None:
    assert attended(dated(C7), approved()) == {"celebration": ("celebration-1",)}


def test_the_first_session_that_takes_place_is_the_one_booked_for_who_did_not_choose() -> None:
    moved = with_session(C7, "midway-1", status=SessionStatus.TO_BE_CONFIRMED, starts_at=None, ends_at=None)

    assert attended(moved, approved(MENTEE))["midway-reflections"] == ("midway-2",)


def test_a_group_without_any_date_books_nobody_and_asks_nothing_of_them() -> None:
    nothing = with_session(C7, "midway-1", status=SessionStatus.CANCELLED)
    nothing = with_session(nothing, "midway-2", status=SessionStatus.CANCELLED)

    assert "midway-reflections" not in attended(nothing, approved(MENTEE))


@pytest.mark.parametrize("status", [SessionStatus.TO_BE_CONFIRMED, SessionStatus.INVALID, SessionStatus.CANCELLED])
def test_a_session_that_does_not_take_place_is_booked_for_nobody_who_did_not_choose_it(status: SessionStatus) -> None:
    moved = with_session(C7, "evaluation-1", status=status)

    assert attended(moved, approved(MENTEE))["evaluation"] == ("evaluation-2",)


@pytest.mark.parametrize("status", [SessionStatus.TO_BE_CONFIRMED, SessionStatus.INVALID])
def test_who_was_booked_by_the_programme_stays_while_the_session_has_no_date(status: SessionStatus) -> None:
    booked = with_assigned(C7, approved(MENTEE))
    held = with_session(C7, "evaluation-1", status=status, starts_at=None, ends_at=None)

    assert attended(held, booked)["evaluation"] == ("evaluation-1",)
    assert with_assigned(held, booked) == booked


def test_who_was_booked_by_the_programme_moves_on_once_the_session_is_cancelled_and_not_back() -> None:
    booked = with_assigned(C7, approved(MENTEE))
    moved = with_assigned(with_session(C7, "evaluation-1", status=SessionStatus.CANCELLED), booked)

    assert moved.assigned["evaluation"] == ("evaluation-2",)
    assert attended(C7, moved)["evaluation"] == ("evaluation-2",)


def test_an_own_choice_comes_before_what_the_programme_booked() -> None:
    booked = with_assigned(C7, approved(MENTEE))
    chosen = with_assigned(C7, replace(booked, chosen=MappingProxyType({"evaluation": ("evaluation-2",)})))

    assert attended(C7, chosen)["evaluation"] == ("evaluation-2",)
    assert dict(chosen.assigned) == {"midway-reflections": ("midway-1",)}


def test_a_chosen_session_that_was_cancelled_is_nobodys_any_more_and_is_asked_for_again() -> None:
    moved = with_session(C7, "mentor-training-1", status=SessionStatus.CANCELLED)
    application = approved(mentor_training=("mentor-training-1",))

    assert attended(moved, application) == {}
    assert [group.id for group in undecided_groups(moved, application)] == ["mentor-training"]


def test_who_has_not_chosen_is_asked_for_the_groups_that_ask() -> None:
    assert [g.id for g in undecided_groups(C7, approved())] == ["mentor-training"]
    assert [g.id for g in undecided_groups(C7, approved(MENTEE))] == ["mentee-training"]
    assert undecided_groups(C7, approved(mentor_training=("mentor-training-1",))) == ()


def test_a_booking_holds_who_and_how_and_nothing_about_their_lives() -> None:
    application = approved(mentor_training=("mentor-training-1",), peer_support=("peer-1",))
    shared = {
        "programme": application.programme,
        "reference": application.reference,
        "full_name": "Amara Okafor",
        "email": "amara.okafor@example.nhs.uk",
        "status": BookingStatus.BOOKED,
    }

    assert bookings(C7, application) == (
        Booking(session="mentor-training-1", attendance="required", **shared),  # type: ignore[arg-type]
        Booking(session="peer-1", attendance="optional", **shared),  # type: ignore[arg-type]
    )


START = datetime(2026, 3, 26, 9, 30, tzinfo=UTC)


def let_in_at(at: datetime, application: Application) -> Application:
    return replace(application, let_in_at=at)


def released_at(at: datetime, application: Application) -> Application:
    *earlier, request = application.requests
    return replace(application, requests=(*earlier, replace(request, answered_at=at)))


def applied_at(at: datetime, application: Application) -> Application:
    return replace(application, received_at=at)


@pytest.mark.parametrize("step", [let_in_at, released_at, applied_at])
@pytest.mark.parametrize(("seconds", "attends"), [(-1, True), (0, False), (1, False)])
def test_who_comes_in_after_their_session_had_begun_chooses_one_that_is_ahead(
    step: Callable[[datetime, Application], Application], seconds: int, *, attends: bool
) -> None:
    application = step(
        START + timedelta(seconds=seconds), approved(mentor_training=("mentor-training-1",), peer_support=("peer-1",))
    )

    assert attended(C7, application).get("mentor-training") == (("mentor-training-1",) if attends else None)
    assert attended(C7, application)["peer-support"] == ("peer-1",)
    assert [g.id for g in undecided_groups(C7, application)] == ([] if attends else ["mentor-training"])
    assert ("mentor-training-1" in {b.session for b in bookings(C7, application)}) is attends


def test_who_was_let_in_late_and_has_not_chosen_is_booked_into_the_first_session_that_is_ahead() -> None:
    after_the_first = let_in_at(
        datetime(2026, 7, 29, 12, 0, tzinfo=UTC), approved(MENTEE, midway_reflections=("midway-1",))
    )

    booked = with_assigned(C7, after_the_first)

    assert dict(booked.assigned) == {"midway-reflections": ("midway-2",), "evaluation": ("evaluation-1",)}
    assert attended(C7, booked)["midway-reflections"] == ("midway-2",)


def test_who_was_let_in_after_every_session_of_a_group_attends_none_of_it() -> None:
    after_both = let_in_at(datetime(2026, 8, 1, tzinfo=UTC), approved(MENTEE))

    assert "midway-reflections" not in attended(C7, after_both)
    assert "midway-reflections" in [g.id for g in undecided_groups(C7, after_both)]


def test_who_was_let_in_late_is_not_in_what_everybody_attended_before() -> None:
    celebration = dated(C7)
    start = datetime(2026, 12, 18, 13, 0, tzinfo=UTC)

    assert "celebration" in attended(celebration, let_in_at(start - timedelta(days=1), approved()))
    assert "celebration" not in attended(celebration, let_in_at(start, approved()))


def test_a_place_that_the_programme_booked_stays_when_its_day_is_mistyped() -> None:
    booked = with_assigned(C7, let_in_at(NINE, approved(MENTEE)))
    earlier = NINE - timedelta(days=1)
    mistyped = with_session(C7, "evaluation-1", starts_at=earlier, ends_at=earlier + timedelta(hours=1))

    assert attended(mistyped, booked)["evaluation"] == ("evaluation-1",)


@pytest.mark.parametrize(
    ("session", "capacity", "booked", "now", "problem"),
    [
        ("mentor-training-1", None, 500, NINE, ""),
        ("mentor-training-1", 2, 1, NINE, ""),
        ("mentor-training-1", 2, 2, NINE, "This session is full. Choose another one."),
        ("mentor-training-1", None, 0, START - timedelta(seconds=1), ""),
        ("mentor-training-1", None, 0, START, "This session has already started. Choose another one."),
        ("mentee-training-1", None, 0, NINE, "Choose one of the sessions on this page."),
        ("none", None, 0, NINE, "Choose one of the sessions on this page."),
    ],
)
def test_a_session_can_be_chosen_while_it_has_room_and_has_not_begun(
    session: str, capacity: int | None, booked: int, now: datetime, problem: str
) -> None:
    programme = with_session(C7, "mentor-training-1", capacity=capacity)
    group = programme.group_of("mentor-training-1")
    assert group is not None

    assert choice_problem(group, programme.session(session), booked=booked, now=now) == problem


def test_a_session_that_is_held_back_cannot_be_chosen() -> None:
    group, session = C7.group_of("peer-4"), C7.session("peer-4")
    assert group is not None

    assert choice_problem(group, session, booked=0, now=NINE) == (
        "This session has no date at the moment. Choose another one."
    )


def test_choices_are_kept_by_group_and_can_be_taken_back() -> None:
    changed = choose(applied(), "peer-support", ("peer-1", "peer-2"))

    assert dict(changed.chosen) == {
        "mentor-training": ("mentor-training-1",),
        "peer-support": ("peer-1", "peer-2"),
    }
    assert dict(choose(changed, "peer-support", ()).chosen) == {"mentor-training": ("mentor-training-1",)}
