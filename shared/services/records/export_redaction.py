"""Takes people who were erased out of exports that were written before, and deletes exports that are old.

A part is written anew without them, and read back. Meanwhile the manifest says so: what a part holds then counts by
what is noted at the part itself, so that the export can be restored at every moment.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from shared.domain.erasing import Tombstone
from shared.domain.exports import Manifest, Part, begun_at
from shared.domain.retention import EXPORTS_ARE_KEPT, TOMBSTONES_ARE_KEPT
from shared.log import step
from shared.ports import Clock, Exports, Extracts, Page, Tombstones
from shared.services.records.exports import Backup

logger = logging.getLogger(__name__)

_LINES_IN_A_PAGE = 1_000


class ExportRedaction:
    """Keeps what was exported to what may still be held."""

    def __init__(
        self, *, backup: Backup, extracts: Extracts, exports: Exports, tombstones: Tombstones, clock: Clock
    ) -> None:
        self._backup = backup
        self._extracts = extracts
        self._exports = exports
        self._tombstones = tombstones
        self._clock = clock

    async def further(self, *, seconds: float) -> bool:
        """Clean for so long. True when nothing is left to do."""
        until = asyncio.get_running_loop().time() + seconds
        for export in await self._exports.names():
            if asyncio.get_running_loop().time() >= until:
                return False
            if self._clock.now() - begun_at(export) > EXPORTS_ARE_KEPT:
                await self._exports.remove(export)
                step(logger, f"export {export} is old and was deleted")
                continue
            manifest = await self._exports.manifest(export)
            if manifest is not None and not await self._clean(manifest, until):
                return False
        await self._tombstones.remove_before(self._clock.now() - TOMBSTONES_ARE_KEPT)
        return True

    async def _clean(self, manifest: Manifest, until: float) -> bool:
        """Take out whoever was erased since. True when it is done."""
        since = await self._tombstones.since(manifest.begun)
        pending = {t.mark for t in since} - set(manifest.erased)
        if not pending:
            return True
        erased = {(t.partition, t.reference): t for t in since}
        parts = await self._backup.parts(manifest)
        if not manifest.being_cleaned:
            manifest = replace(manifest, being_cleaned=True)
            await self._exports.finish(manifest)
        cleaned = []
        for part in parts:
            if asyncio.get_running_loop().time() >= until:
                return False
            cleaned.append(await self._part(manifest.export, part, erased))
        marks = tuple(sorted({*manifest.erased, *pending}))
        await self._exports.finish(replace(manifest, parts=tuple(cleaned), erased=marks, being_cleaned=False))
        step(logger, f"export {manifest.export} was cleaned of {len(pending)} people who were erased")
        return True

    async def _part(self, export: str, part: Part, erased: Mapping[tuple[str, str], Tombstone]) -> Part:
        async for line in self._exports.lines(export, part):
            if self._extracts.without(part.table, line, erased) != line:
                break
        else:
            return part
        pages = self._without(export, part, erased)
        return await self._backup.checked(export, await self._exports.write(export, part.table, part.number, pages))

    async def _without(
        self, export: str, part: Part, erased: Mapping[tuple[str, str], Tombstone]
    ) -> AsyncIterator[Page]:
        kept: list[bytes] = []
        async for line in self._exports.lines(export, part):
            after = self._extracts.without(part.table, line, erased)
            if after is not None:
                kept.append(after)
            if len(kept) == _LINES_IN_A_PAGE:
                yield Page(tuple(kept), part.further)
                kept = []
        yield Page(tuple(kept), part.further)
