"""When what goes: periods as dates, for programmes with an end and without."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain import retention
from shared.domain.application import Answer, Application, Event, Status
from shared.domain.expiry import links_end
from shared.domain.leaving import erased
from shared.domain.programme import Programme
from shared.domain.retention import Due, Stage
from tests.factories import CLOSES, answered, applied, with_model
from tests.world import NINE, cohort_7

PROGRAMME = cohort_7()
END = PROGRAMME.ends_at
OPEN_ENDED = PROGRAMME.model_copy(update={"closes_at": None, "groups": ()})


def taking_part() -> Application:
    return answered(applied())


def test_the_programme_of_these_tests_ends_in_december() -> None:
    assert END is not None
    assert END.date() == date(2026, 12, 14)
    assert OPEN_ENDED.ends_at is None


@pytest.mark.parametrize(
    ("application", "whole", "told"),
    [
        (taking_part(), date(2028, 12, 13), date(2027, 3, 14)),
        (applied(), date(2026, 9, 8), date(2026, 9, 8)),
        (answered(applied(), Answer.DECLINE), date(2026, 9, 8), date(2026, 9, 8)),
        # Withdrawn long after the closing date: the period counts from then.
        (
            replace(applied(), status=Status.WITHDRAWN, closed_at=datetime(2026, 6, 1, 9, tzinfo=UTC)),
            date(2026, 11, 28),
            date(2026, 11, 28),
        ),
    ],
    ids=["taking part", "never answered", "declined", "withdrawn late"],
)
def test_a_programme_with_an_end(application: Application, whole: date, told: date) -> None:
    assert retention.forget_on(PROGRAMME, application, CLOSES) == whole
    assert retention.told_until(PROGRAMME, application, CLOSES) == told
    assert min(whole, told) >= retention.nothing_before(PROGRAMME, CLOSES)


def test_without_an_end_each_persons_last_contact_counts() -> None:
    seen = replace(taking_part(), last_event=Event(NINE + timedelta(days=100), "the applicant", "came"))

    assert retention.forget_on(OPEN_ENDED, seen, None) == (NINE + timedelta(days=830)).date()
    assert retention.told_until(OPEN_ENDED, seen, None) == retention.forget_on(OPEN_ENDED, seen, None)
    assert retention.forget_on(OPEN_ENDED, applied(), None) == (NINE + timedelta(days=180)).date()
    assert retention.rest_until(OPEN_ENDED) is None
    assert retention.nothing_before(OPEN_ENDED, None) == date.min


def test_a_programme_without_a_closing_date_has_no_end_though_its_sessions_so_far_are_over() -> None:
    with_sessions = PROGRAMME.model_copy(update={"closes_at": None})
    joined = datetime(2027, 4, 1, 9, tzinfo=UTC)
    later = replace(applied(at=joined, closes_at=None), status=Status.APPROVED)

    assert with_sessions.ends_at is None
    assert links_end(with_sessions) is None
    assert retention.told_until(with_sessions, later, None) == (joined + retention.TAKING_PART).date()
    assert retention.rest_until(with_sessions) is None


def due(day: date, *applications: Application, told: bool = True, programme: Programme = PROGRAMME) -> list[Due]:
    references = {a.reference for a in applications} if told else set()
    return retention.due_until(day, programme, applications, CLOSES, told=references)


def test_what_is_due_is_counted_by_stage() -> None:
    gone, here = applied(), replace(taking_part(), reference="D5D-DSK-FGV-9")

    assert due(date(2026, 9, 7), gone, here) == []
    assert due(date(2026, 9, 8), gone, here) == [Due(Stage.NOT_TAKING_PART, 1, date(2026, 9, 8))]
    assert due(date(2027, 3, 14), gone, here, here) == [
        Due(Stage.NOT_TAKING_PART, 1, date(2026, 9, 8)),
        Due(Stage.WHAT_THEY_TOLD, 2, date(2027, 3, 14)),
    ]
    assert due(date(2027, 3, 14), here, told=False) == []
    assert due(date(2028, 12, 13), here) == [Due(Stage.TAKING_PART, 1, date(2028, 12, 13))]
    assert due(date(2028, 12, 13), erased(here, now=NINE)) == []
    assert due(date(2032, 12, 12)) == [Due(Stage.WHAT_NAMES_NOBODY, 1, date(2032, 12, 12))]


@pytest.mark.parametrize(
    ("today", "until", "slugs"),
    [
        (date(2026, 8, 1), date(2026, 9, 30), ("retention.2026-08", "retention.2026-07")),
        (date(2026, 12, 31), date(2027, 1, 31), ("retention.2026-12", "retention.2026-11")),
        (date(2028, 1, 31), date(2028, 2, 29), ("retention.2028-01", "retention.2027-12")),
    ],
)
def test_a_notice_speaks_of_its_month_and_the_next(today: date, until: date, slugs: tuple[str, str]) -> None:
    assert retention.noticed_until(today) == until
    assert retention.notice_slugs(today) == slugs


def test_a_programme_says_when_what_is_deleted_as_soon_as_it_has_an_end() -> None:
    programme = cohort_7()
    said = retention.in_words(programme, programme.closes_at)

    assert "from Tuesday 8 September 2026 applications of people who do not take part;" in said
    assert retention.in_words(programme, None) == ""
    assert retention.in_words(with_model(programme, open_ended=True), programme.closes_at) == ""
