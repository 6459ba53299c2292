"""Reads a cohort out of the tables, for everything that is told of it as a whole."""

from shared.domain import cohort_figures
from shared.domain.pairs import Pair
from shared.services.pairs.evaluation_results import EvaluationResults
from shared.services.pairs.rows import PairReader
from shared.services.schedule.digest import Day
from shared.stores.applications import Applications
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.pairs import Pairs


class CohortReader:
    """Reads cohorts. Nothing is handed in by which lived experience could be read; of evaluations protected figures are
    all that comes out."""

    def __init__(
        self,
        *,
        applications: Applications,
        bookings: Bookings,
        checkins: CheckIns,
        pairs: Pairs,
        reader: PairReader,
        evaluation: EvaluationResults,
    ) -> None:
        self._applications = applications
        self._bookings = bookings
        self._checkins = checkins
        self._pairs = pairs
        self._reader = reader
        self._evaluation = evaluation

    async def of(self, day: Day) -> cohort_figures.Cohort:
        """The cohort of a day's programme. What the day has read already is not read again."""
        return await day.once(self._gathered, day)

    async def _gathered(self, day: Day) -> cohort_figures.Cohort:
        programme = day.current.programme
        bookings, _ = await day.once(self._bookings.readable, programme.id)
        checkins, _ = await day.once(self._checkins.readable, programme.id)
        applications = await day.every(self._applications.all, programme.id)
        return cohort_figures.cohort(
            programme,
            closes_at=day.current.closes_at,
            now=day.until,
            applications=applications,
            bookings=bookings,
            pairs=await self._pairs_of(day),
            checkins=checkins,
            evaluation=await self._evaluation.figures(day.current, applications),
        )

    async def _pairs_of(self, day: Day) -> list[Pair]:
        """Pairs that make sense; what was typed wrongly stands in the digest."""
        rows = [row for row in await day.once(self._pairs.all) if row.programme == day.current.programme.id]
        read = [self._reader.read(row) for row in rows]
        return [pair for pair in read if isinstance(pair, Pair)]
