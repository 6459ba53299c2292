"""The pack for a request under the Freedom of Information Act: drafted on command, and final once a person confirms."""

from dataclasses import replace

from shared.domain import disclosure, foi, wording
from shared.domain.cohort_figures import Cohort, breakdowns
from shared.domain.disclosure import Pack
from shared.domain.equality import is_of_equality
from shared.ports import Clock, Renderer, Reports
from shared.services.base.programmes import Programmes
from shared.services.base.verbs import OfRow, Result, Verb
from shared.services.form.equality import EqualityService
from shared.services.schedule.cohorts import CohortReader
from shared.services.schedule.digest import Day
from shared.stores.commands import Command
from shared.stores.published import PublishedPacks

_NONE_WAITS = "No pack of {programme} waits to be confirmed. Type 'foi pack', read it, then confirm it."
_NOT_A_PROGRAMME = "PartitionKey is not a programme. Use the programme's id, as in Programmes."
_OVERTAKEN = "Another pack was published since this one was made. Type 'foi pack' again, and read the new one."


class FoiPacks:
    """Makes packs.

    Every number is protected against what was published before, so a pack is published only as it was read.
    """

    def __init__(
        self,
        *,
        programmes: Programmes,
        cohorts: CohortReader,
        packs: PublishedPacks,
        reports: Reports,
        equality: EqualityService,
        renderer: Renderer,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._cohorts = cohorts
        self._packs = packs
        self._reports = reports
        self._equality = equality
        self._renderer = renderer
        self._clock = clock

    def verbs(self) -> tuple[Verb, ...]:
        """Returns the commands that make a pack and that confirm it."""
        return (
            Verb(
                word="foi pack",
                does="drafts the answers to a Freedom of Information request, with small numbers protected: "
                "`<programme>/foi.html` in `reports`",
                run=OfRow(self._draft),
            ),
            Verb(
                word="confirm foi pack",
                does="keeps the draft that you have read as final (`foi-1.html`); comparing it with later packs tells "
                "nothing more",
                run=OfRow(self._confirm),
            ),
        )

    async def _draft(self, command: Command) -> Result:
        known = self._programmes.ids()
        names = []
        for programme in (command.partition,) if command.partition in known else known:
            cohort = await self._cohort(programme)
            if cohort is None:
                continue
            earlier = await self._packs.published(programme)
            counted = breakdowns(cohort)
            # Equality figures are told with the pack, protected already against all that was told of them.
            roots = {breakdown.of[0] for breakdown in counted}
            before = [replace(one, tables=tuple(t for t in one.tables if t.of[0] in roots)) for one in earlier]
            pack = disclosure.protect(counted, day=cohort.day(cohort.now), earlier=before)
            # Without their exact numbers: administrators can read the row that keeps the pack.
            equality = [replace(table, counts={}) for table in await self._equality.tables(programme)]
            pack = replace(pack, tables=(*pack.tables, *equality))
            await self._packs.keep_draft(programme, pack, after=len(earlier))
            names.append(await self._write(cohort, pack))
        return Result(
            done=True,
            words=f"Written to the container reports: {', '.join(names)}. Read it; 'confirm foi pack' makes it final.",
        )

    async def _confirm(self, command: Command) -> Result:
        programme = command.partition
        cohort = await self._cohort(programme)
        if cohort is None:
            return Result(done=False, words=_NOT_A_PROGRAMME)
        waiting = await self._packs.draft(programme)
        if waiting is None:
            return Result(done=False, words=_NONE_WAITS.format(programme=programme))
        pack, after = waiting
        earlier = await self._packs.published(programme)
        # One more than then, and the same: a crash came between noting and forgetting the draft.
        if len(earlier) > after and earlier[after:] != [pack]:
            return Result(done=False, words=_OVERTAKEN)
        name = await self._write(cohort, pack, number=after + 1)
        await self._packs.publish(programme, pack, after=after)
        gaps = [answer.number for answer in foi.answers(cohort, pack) if not answer.recorded]
        left = f" The file has no answer to {wording.listed(gaps)}: give it beside the pack." if gaps else ""
        return Result(done=True, words=f"Final: {name} in the container reports. Later packs leave it as it is.{left}")

    async def _cohort(self, programme: str) -> Cohort | None:
        current = await self._programmes.current(programme)
        return None if current is None else await self._cohorts.of(Day(current, self._clock.now()))

    async def _write(self, cohort: Cohort, pack: Pack, *, number: int = 0) -> str:
        """Writes a pack, a final one by its number also to keep: what was answered has to be found later."""
        today = cohort.day(cohort.now)
        answers = foi.answers(cohort, pack)
        equality = [table for table in pack.tables if is_of_equality(table)]
        shown = {id(table) for answer in answers for table in answer.tables}
        values = {
            "programme": cohort.programme.name,
            "cohort": cohort.programme.cohort,
            "final": bool(number),
            "made": wording.day(pack.day),
            "today": wording.day(today),
            "due": wording.day(foi.due_on(today)),
            "answers": answers,
            "equality": equality if any(table.total != 0 for table in equality) else (),
            "others": [table for table in pack.tables if not (id(table) in shown or is_of_equality(table))],
            "contact": next(iter(cohort.programme.contacts.form_support), ""),
        }
        names = [f"{cohort.programme.id}/foi.html", *([f"{cohort.programme.id}/foi-{number}.html"] if number else [])]
        for name in names:
            await self._reports.write(name, self._renderer.report("foi", values).encode(), "text/html; charset=utf-8")
        return names[-1]
