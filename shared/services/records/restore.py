"""Filling an empty account from an export: checked before, exact, checked after, and silent until it is resumed.

Or putting lost rows of one table back into an account that is in use.

People who were erased after the export was written are left out. Nothing is sent and no time passes in the restored
account until somebody types ``resume`` in ``Commands`` (``services/records/resume.py``).
"""

import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from shared.domain.erasing import MARKED, Tombstone
from shared.domain.exports import Manifest, Restore, RestoreStatus
from shared.domain.jobs import TICK, Job, Reconcile
from shared.errors import PermanentFailure
from shared.log import step
from shared.ports import Clock, Exports, Extracts, Tombstones
from shared.services.records.exports import LASTING, Backup
from shared.stores.jobs import Jobs
from shared.stores.names import TableName
from shared.stores.upkeep import Upkeep

logger = logging.getLogger(__name__)

_LINES_AT_ONCE = 1_000

type _Erased = Mapping[tuple[str, str], Tombstone]


class CannotRestore(PermanentFailure):
    """Nothing was changed: the words say what stands in the way and what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was written. ``left_out`` counts the people who were erased since the export."""

    export: str
    rows: int
    left_out: int


class RestoreService:
    """Fills an empty account, or puts back what one in use has lost."""

    def __init__(
        self,
        *,
        backup: Backup,
        extracts: Extracts,
        exports: Exports,
        tombstones: Tombstones,
        upkeep: Upkeep,
        jobs: Jobs,
        clock: Clock,
    ) -> None:
        self._backup = backup
        self._extracts = extracts
        self._exports = exports
        self._tombstones = tombstones
        self._upkeep = upkeep
        self._jobs = jobs
        self._clock = clock

    async def restore(self, name: str = "") -> Restored:
        """Fill the account from the export of that name; without a name, from the newest whole one that lost no rows.

        Raises CannotRestore before anything is changed, and PermanentFailure if what was written is not what was read.
        """
        manifest = await self._chosen(name)
        manifest = replace(manifest, parts=await self._backup.parts(manifest))
        before = await self._allowed(manifest)
        await self._refuse_damaged(manifest)
        underway = before or Restore(manifest.export, self._clock.now(), RestoreStatus.UNDER_WAY)
        await self._upkeep.note_restore(underway, instead_of=await self._upkeep.restore())
        erased = await self._erased(manifest)
        rows = 0
        for table in dict.fromkeys(part.table for part in manifest.parts):
            rows += await self._table(manifest, table, erased)
            step(logger, f"restored {table}")
        await self._upkeep.note_restore(replace(underway, status=RestoreStatus.WAITING), instead_of=underway)
        people = [partition for partition, _ in erased if partition != MARKED]
        return Restored(manifest.export, rows, len(people))

    async def put_back(self, table: str, containing: str = "", name: str = "") -> Restored:
        """Write the rows of a table that an export holds and the account has lost, while the app works.

        ``containing``: only those with this text in their row key, such as a reference. What stands in the table stays,
        and whoever was erased since does. Raises CannotRestore before anything is changed.
        """
        if table not in self._extracts.tables():
            raise CannotRestore(f"No export holds a table '{table}'. They hold: {', '.join(self._extracts.tables())}.")
        if table not in LASTING and not containing:
            raise CannotRestore(f"Rows of {table} come and go by themselves: say which, with --only and a reference.")
        manifest = await self._chosen(name)
        manifest = replace(manifest, parts=await self._backup.parts(manifest))
        await self._refuse_damaged(manifest)
        erased = await self._erased(manifest)
        lines = [line async for line in self._lines(manifest, table, erased)]
        added = await self._extracts.add(table, lines, containing)
        if table == TableName.APPLICATIONS:
            # What came due while the row was away was looked at in vain.
            for programme, reference in added:
                await self._jobs.put(Job(TICK, self._clock.now(), Reconcile(reference), programme))
        return Restored(manifest.export, len(added), 0)

    async def _erased(self, manifest: Manifest) -> _Erased:
        return {(t.partition, t.reference): t for t in await self._tombstones.since(manifest.begun)}

    async def _refuse_damaged(self, manifest: Manifest) -> None:
        problem = await self._backup.check(manifest)
        if problem:
            raise CannotRestore(f"The export {manifest.export} is not whole: {problem}. Choose another.")

    async def _chosen(self, name: str) -> Manifest:
        whole = await self._backup.whole()
        if not whole:
            raise CannotRestore("There is no whole export in the container 'exports' of this account.")
        good = [m for m in whole if not m.fewer]
        if not name and not good:
            raise CannotRestore("Every export has lost most rows of some table: see 'list', and choose with --export.")
        manifest = next((m for m in whole if m.export == name), None) if name else good[0]
        if manifest is None:
            raise CannotRestore(f"There is no whole export {name}. There are: {', '.join(m.export for m in whole)}.")
        if manifest.key != self._backup.key(manifest.export):
            raise CannotRestore(
                "The export was written with another TOKEN_KEY. With this one no link would work and no repeat would "
                "find its row: put the old key into the settings first."
            )
        unknown = {part.table for part in manifest.parts} - set(self._extracts.tables())
        if unknown:
            raise CannotRestore(
                f"The export holds {', '.join(sorted(unknown))}, which this version of the app does not know: "
                "use the version that wrote it."
            )
        return manifest

    async def _allowed(self, manifest: Manifest) -> Restore | None:
        """The restore that is gone on with, None for a new one."""
        filled = await self._extracts.not_empty()
        before = await self._upkeep.restore()
        if before is not None and before.status is RestoreStatus.UNDER_WAY and before.export == manifest.export:
            return before
        if filled:
            raise CannotRestore(
                f"This account is not empty: {', '.join(filled)} hold rows. A restore fills an empty account only. "
                "Stop the app; then use a new account, or delete these tables and deploy them again."
            )
        return None

    async def _table(self, manifest: Manifest, table: str, erased: _Erased) -> int:
        written = _Tally()
        chunk: list[bytes] = []
        async for line in self._lines(manifest, table, erased):
            written.add(line)
            chunk.append(line)
            if len(chunk) == _LINES_AT_ONCE:
                await self._extracts.load(table, chunk)
                chunk = []
        if chunk:
            await self._extracts.load(table, chunk)
        found = _Tally()
        async for page in self._extracts.pages(table):
            for line in page.lines:
                found.add(line)
        if found != written:
            raise PermanentFailure(
                f"{table} holds other rows than were written to it. Is the app running? Stop it, empty the account, "
                "and restore again."
            )
        return written.rows

    async def _lines(self, manifest: Manifest, table: str, erased: _Erased) -> AsyncIterator[bytes]:
        """The rows of a table as they are to stand, with what erased people leave."""
        # First, because those who applied after the export and were erased have one too.
        left = self._extracts.left_behind(table, erased)
        for line in left:
            yield line
        for part in manifest.of(table):
            async for line in self._exports.lines(manifest.export, part):
                kept = self._extracts.without(table, line, erased)
                if kept is not None and kept not in left:
                    yield kept


class _Tally:
    """Rows and what they hold, whatever their order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest())) % 2**256

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tally) and (self.rows, self._sum) == (other.rows, other._sum)

    __hash__ = None  # type: ignore[assignment]
