"""What is owed follows from the state alone: derived again it is the same, and it goes to the right person."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.application import Answer, Application, LineManager, Status
from shared.domain.leaving import replaced, withdrawn
from shared.domain.owed import About, Kind, LookAgain, Owed, To, owed_to_application, owed_to_pair
from shared.domain.pairs import Pair, PairStatus, expected_checkins
from shared.domain.time_passing import lapsed
from tests.factories import CLOSES, REFERENCE, answered, applied
from tests.unit.domain.beginnings import BEFORE
from tests.world import NINE, PROGRAMME, cohort_7

C7 = cohort_7()


def owed(application: Application) -> Owed:
    return owed_to_application(C7, application, CLOSES)


def kinds(application: Application) -> list[tuple[Kind, To]]:
    return [(mail.kind, mail.to) for mail in owed(application).mails]


@pytest.mark.parametrize("status", Status)
def test_deriving_again_gives_the_same_ids_and_each_once(status: Status) -> None:
    first, again = owed(BEFORE[status]), owed(BEFORE[status])
    ids = [mail.id for mail in first.mails]

    assert first == again
    assert len(set(ids)) == len(ids)
    assert all(id_.startswith(f"{REFERENCE}.") for id_ in ids)


APPLICANT, MANAGER = To.APPLICANT, To.MANAGER


@pytest.mark.parametrize(
    ("status", "mails"),
    [
        (
            Status.AWAITING_MANAGER,
            [
                (Kind.RECEIVED, APPLICANT),
                (Kind.APPROVAL_REQUEST, MANAGER),
                (Kind.APPROVAL_REMINDER, MANAGER),
                (Kind.APPROVAL_REMINDER, MANAGER),
                (Kind.APPROVAL_REMINDER, MANAGER),
            ],
        ),
        (
            Status.APPROVED,
            [
                (Kind.RECEIVED, APPLICANT),
                (Kind.APPROVED, APPLICANT),
                # The training, and how long somebody may wait for a partner.
                (Kind.SESSION_TOMORROW, APPLICANT),
                *[(Kind.NO_PARTNER_YET, APPLICANT)] * 6,
            ],
        ),
        (Status.DECLINED, [(Kind.RECEIVED, APPLICANT), (Kind.DECLINED, APPLICANT)]),
        (Status.LAPSED, [(Kind.RECEIVED, APPLICANT), (Kind.LAPSED, APPLICANT)]),
        (Status.NEEDS_CORRECTION, [(Kind.NEEDS_CORRECTION, APPLICANT)]),
        (Status.NEEDS_DECISION, [(Kind.NEEDS_DECISION, APPLICANT)]),
        (Status.NOT_THIS_COHORT, [(Kind.NOT_THIS_COHORT, APPLICANT)]),
        (Status.LATE, [(Kind.LATE, APPLICANT)]),
        (Status.WITHDRAWN, [(Kind.WITHDRAWN, APPLICANT), (Kind.RELEASE_NOT_NEEDED, MANAGER)]),
        (Status.ERASED, []),
    ],
)
def test_each_status_owes_its_mails_to_the_right_people(status: Status, mails: list[tuple[Kind, To]]) -> None:
    assert kinds(BEFORE[status]) == mails


def test_a_waiting_application_is_looked_at_again_the_second_after_its_deadline() -> None:
    assert owed(applied()).looks == (
        LookAgain(About.APPLICATION, REFERENCE, datetime(2026, 3, 20, 0, 0, 0, tzinfo=UTC)),
    )
    assert owed_to_application(C7, applied(), None).looks == ()


def test_a_trial_and_a_replaced_application_owe_nothing() -> None:
    assert owed(replace(applied(), test=True)) == Owed()
    assert owed(replaced(applied(), "AAA-AAA-AAA-A", now=NINE)) == Owed()


def test_nobody_without_an_address_is_owed_a_mail() -> None:
    unreachable = replace(BEFORE[Status.NEEDS_CORRECTION], person=replace(applied().person, email=""))

    assert owed(unreachable).mails == ()


@pytest.mark.parametrize(
    ("before", "told"),
    [(applied(), True), (answered(applied()), True), (answered(applied(), Answer.DECLINE), False)],
)
def test_a_manager_hears_of_a_withdrawal_only_if_they_were_asked_and_did_not_refuse(
    before: Application,
    told: bool,
) -> None:
    mails = owed(withdrawn(before, now=NINE + timedelta(days=2))).mails

    assert [mail.only_after for mail in mails if mail.to is MANAGER] == (
        [f"{REFERENCE}.approval-request.1"] if told else []
    )


def test_a_second_lapse_is_told_again() -> None:
    again = replace(applied(), requests=(*applied().requests, replace(applied().requests[0], number=2)))
    ids = {owed(lapsed(a, C7, now=CLOSES)).mails[-1].id for a in (applied(), again)}

    assert len(ids) == 2


@pytest.mark.parametrize(
    ("last_second", "told"),
    [
        (datetime(2026, 3, 19, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 20, 9, tzinfo=UTC)),
        (datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 23, 9, tzinfo=UTC)),
        (datetime(2026, 4, 2, 22, 59, 59, tzinfo=UTC), datetime(2026, 4, 7, 8, tzinfo=UTC)),
    ],
    ids=["next morning", "over the weekend", "over Easter"],
)
def test_who_lapses_at_the_end_of_a_day_reads_it_on_the_next_working_morning(
    last_second: datetime, told: datetime
) -> None:
    mail = owed(lapsed(applied(), C7, now=last_second + timedelta(seconds=1))).mails[-1]

    assert (mail.kind, mail.due) == (Kind.LAPSED, told)


def test_a_manager_who_answered_is_owed_no_reminder() -> None:
    waiting = replace(answered(applied(), Answer.NOT_MY_REPORT), manager=LineManager())

    assert [to for _, to in kinds(waiting) if to is MANAGER] == []


def pair(start: date, confirmed_at: datetime, status: PairStatus = PairStatus.CONFIRMED) -> Pair:
    return Pair(PROGRAMME, "P", "mentor-ref", "mentee-ref", start, status, confirmed_at)


def test_a_pair_is_owed_two_introductions_and_a_check_in_and_a_nudge_for_each_meeting() -> None:
    confirmed = pair(date(2026, 4, 20), NINE)
    found = owed_to_pair(C7, confirmed, expected_checkins(C7, confirmed, NINE))
    by_kind = {
        kind: sum(m.kind is kind for m in found.mails) for kind in Kind if any(m.kind is kind for m in found.mails)
    }

    assert by_kind == {Kind.INTRODUCTION: 2, Kind.CHECK_IN: 12, Kind.CHECK_IN_NUDGE: 12}
    assert len({m.id for m in found.mails}) == 26
    assert len(found.looks) == 6
    assert found == owed_to_pair(C7, confirmed, expected_checkins(C7, confirmed, NINE))


@pytest.mark.parametrize("status", [PairStatus.PROPOSED, PairStatus.ENDED])
def test_a_pair_that_is_not_confirmed_is_owed_nothing(status: PairStatus) -> None:
    it = pair(date(2026, 4, 20), NINE, status)

    assert owed_to_pair(C7, it, expected_checkins(C7, it, NINE)) == Owed()


def test_a_pair_confirmed_late_is_not_asked_about_meetings_that_are_long_past() -> None:
    late = pair(date(2026, 4, 20), datetime(2026, 7, 10, 12, 0, tzinfo=UTC))
    found = owed_to_pair(C7, late, expected_checkins(C7, late, NINE))

    assert sorted(m.detail for m in found.mails if m.kind is Kind.CHECK_IN and m.detail.endswith("mentor")) == [
        "3.mentor",
        "4.mentor",
        "5.mentor",
        "6.mentor",
    ]
    introduction = next(m for m in found.mails if m.kind is Kind.INTRODUCTION)
    assert introduction.due == datetime(2026, 7, 10, 12, 0, tzinfo=UTC)
