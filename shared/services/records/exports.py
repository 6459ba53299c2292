"""The nightly export of every table: part by part, read back, and whole when its manifest is there.

A run that is cut off goes on at the part that is missing. Tables are read one after the other while the app works;
``services/records/resume.py`` makes good what they say differently of the same moment.
"""

import asyncio
import hashlib
import logging
from dataclasses import replace

from shared.domain.exports import Manifest, Part, begun_at, export_id, far_fewer
from shared.errors import PermanentFailure
from shared.log import step
from shared.ports import Clock, Exports, Extracts
from shared.services.base.tokens import Tokens
from shared.stores.names import TableName
from shared.stores.upkeep import Upkeep

logger = logging.getLogger(__name__)

# Rows of these stay for years, whatever happens to people. Of the others many may go in a night, and rightly.
LASTING = (
    TableName.PROGRAMMES,
    TableName.SESSIONS,
    TableName.APPLICATIONS,
    TableName.PAIRS,
    TableName.CHECK_INS,
    TableName.SUBMISSIONS,
    TableName.RESPONSES,
    TableName.LINKS,
    TableName.AUDIT,
    TableName.MESSAGES,
)
# Some 25 MB as lines, and a few seconds' work: what is lost when a run is cut off.
_PAGES_IN_A_PART = 20


class Backup:
    """Writes exports, and reads them back."""

    def __init__(self, *, extracts: Extracts, exports: Exports, upkeep: Upkeep, tokens: Tokens, clock: Clock) -> None:
        self._extracts = extracts
        self._exports = exports
        self._upkeep = upkeep
        self._tokens = tokens
        self._clock = clock

    def new_export(self) -> str:
        """The name of an export that begins now."""
        return export_id(self._clock.now())

    async def further(self, export: str, *, seconds: float) -> Manifest | None:
        """Go on with an export for so long. Returns its manifest once it is whole, None if there is more to do.

        Raises PermanentFailure if a part cannot be read back, when nothing of the export is left; and WrongKey.
        """
        await self._tokens.must_fit()
        known = await self._exports.manifest(export)
        if known is not None:
            return known
        until = asyncio.get_running_loop().time() + seconds
        parts = {(part.table, part.number): part for part in await self._exports.parts(export)}
        for table in self._extracts.tables():
            number, place = 1, ""
            while True:
                part = parts.get((table, number))
                if part is None:
                    if asyncio.get_running_loop().time() >= until:
                        return None
                    part = parts[table, number] = await self._part(export, table, number, place)
                if not part.further:
                    break
                number, place = number + 1, part.further
        manifest = Manifest(export, self._clock.now(), self.key(export), tuple(parts.values()))
        manifest = replace(manifest, fewer=await self._with_far_fewer_rows(manifest))
        await self._exports.finish(manifest)
        await self._upkeep.note_export(manifest)
        took = (manifest.finished - begun_at(export)).total_seconds()
        step(logger, f"export whole: {manifest.rows} rows, {manifest.size} bytes, {took:.0f} s")
        if manifest.fewer:
            tables = ", ".join(manifest.fewer)
            step(logger, f"far fewer rows than in the last good export: {tables}", level=logging.ERROR)
        return manifest

    async def _with_far_fewer_rows(self, manifest: Manifest) -> tuple[str, ...]:
        """The tables that have lost most of their rows since the last export that had lost none."""
        good = next((one for one in await self.whole() if not one.fewer and one.export < manifest.export), None)
        if good is None:
            return ()
        return tuple(t.value for t in LASTING if far_fewer(good.rows_of(t.value), manifest.rows_of(t.value)))

    async def accept(self, manifest: Manifest) -> None:
        """Take an export for a good one: somebody has seen that its rows went rightly."""
        await self._exports.finish(replace(manifest, fewer=()))

    def key(self, export: str) -> str:
        """What tells whether an export was written with the TOKEN_KEY of this app."""
        return self._tokens.reference("export", export)

    async def whole(self) -> list[Manifest]:
        """Every whole export, newest first."""
        found = [await self._exports.manifest(name) for name in await self._exports.names()]
        return [manifest for manifest in reversed(found) if manifest is not None]

    async def check(self, manifest: Manifest) -> str:
        """What of an export is not as its manifest says, in words; '' if all is."""
        try:
            for part in await self.parts(manifest):
                await self.checked(manifest.export, part)
        except PermanentFailure as exc:
            return exc.reason
        return ""

    async def parts(self, manifest: Manifest) -> tuple[Part, ...]:
        """What the parts of an export must hold: by the manifest; while it is being cleaned, by what stands at each."""
        if not manifest.being_cleaned:
            return manifest.parts
        now = {(part.table, part.number): part for part in await self._exports.parts(manifest.export)}
        return tuple(now.get((part.table, part.number), part) for part in manifest.parts)

    async def _part(self, export: str, table: str, number: int, place: str) -> Part:
        pages = self._extracts.pages(table, place, most=_PAGES_IN_A_PART)
        part = await self._exports.write(export, table, number, pages)
        try:
            return await self.checked(export, part)
        except PermanentFailure:
            # Otherwise the next try would take the part for a good one.
            await self._exports.remove(export)
            raise

    async def checked(self, export: str, part: Part) -> Part:
        """The part, read back. Raises PermanentFailure if it holds anything else than it should."""
        rows, digest = 0, hashlib.sha256()
        async for line in self._exports.lines(export, part):
            rows += 1
            digest.update(line)
        if (rows, digest.hexdigest()) != (part.rows, part.sha256):
            raise PermanentFailure(f"part {part.number} of {part.table} holds other rows than were written")
        return part
