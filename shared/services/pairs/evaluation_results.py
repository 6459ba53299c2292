"""What came of the evaluation: figures of everybody's answers, in which small numbers are protected."""

from collections.abc import Iterable

from shared.domain.application import Application
from shared.domain.evaluation import EvaluationFigures, asked, breakdowns, notes
from shared.ports import Clock
from shared.services.base.programmes import Current, Programmes
from shared.services.base.told_figures import ToldFigures
from shared.services.base.verbs import OfRow, Result, Verb
from shared.stores.applications import Applications
from shared.stores.commands import Command
from shared.stores.evaluations import Evaluations


class EvaluationResults:
    """Counts the answers, for the team."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        evaluations: Evaluations,
        told: ToldFigures,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._evaluations = evaluations
        self._told = told
        self._clock = clock

    def verb(self) -> Verb:
        """Returns the command that tells the figures."""
        return Verb(
            word="evaluation figures",
            does="answers how often the evaluation's questions were answered how, at each time, and how people moved; "
            "small numbers are protected",
            run=OfRow(self._figures),
        )

    async def _figures(self, command: Command) -> Result:
        current = await self._programmes.current(command.partition)
        if current is None:
            words = "Write the programme's id as PartitionKey."
            return Result(done=False, words=words)
        if current.programme.evaluation is None:
            return Result(done=True, words="This programme asks no evaluation questions.")
        applications = [application async for application in self._applications.all(current.programme.id)]
        found = await self.figures(current, applications)
        return Result(done=True, words=found.in_words)

    async def figures(self, current: Current, applications: Iterable[Application]) -> EvaluationFigures:
        """What may be seen of the programme's evaluation now. What is seen once is remembered, and protected later."""
        programme, now = current.programme, self._clock.now()
        if programme.evaluation is None:
            return EvaluationFigures()
        answered = [one async for one in self._evaluations.all(programme.id)]
        counted = breakdowns(programme, asked(programme, applications, now), answered)
        day = now.astimezone(programme.tz).date()
        tables = await self._told.protected(programme.id, "evaluation", counted, day=day)
        return EvaluationFigures(tables, notes(programme, answered))
