"""What the queue ``pairs`` wakes: commands that draft or explain pairs, and the search after somebody said no."""

from shared.ports import Locks
from shared.services.base.programmes import Programmes
from shared.services.pairs.drafting import PairDrafting
from shared.services.schedule.commands import CommandService


class PairsWork:
    """Does what waits in one programme, one hand at a time: of two at once each would draft."""

    def __init__(
        self, *, programmes: Programmes, commands: CommandService, drafting: PairDrafting, locks: Locks
    ) -> None:
        self._programmes = programmes
        self._commands = commands
        self._drafting = drafting
        self._locks = locks

    async def work_off(self, programme: str) -> None:
        """Do it. Whatever is left, or comes meanwhile, has the next tick wake somebody again."""
        current = await self._programmes.current(programme)
        if current is None:
            return
        async with self._locks.hold(f"pairs-{current.programme.id}") as lease:
            if lease.held:
                await self._drafting.search_after_no(current)
                await self._commands.carry_out_apart(current.programme.id)
