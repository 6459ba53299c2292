"""A programme as it stands today: its file, with what administrators have set in ``Programmes`` and ``Sessions``."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import retention
from shared.domain.closing import ProgrammeRow, first_row, looked_at
from shared.domain.programme import Programme, Session
from shared.domain.remembered import as_remembered
from shared.domain.session_dates import checked
from shared.ports import Clock, ProgrammeFiles
from shared.stores.programmes import ProgrammeRows
from shared.stores.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Current:
    """A programme with its live sessions, and its row as it counts now. ``stored`` is the row as the table has it.

    ``file`` is the programme as its file says.
    """

    programme: Programme
    row: ProgrammeRow
    stored: ProgrammeRow
    file: Programme

    @property
    def closes_at(self) -> datetime | None:
        """The closing instant in force."""
        return self.row.closes_at

    @property
    def before_edits(self) -> Programme:
        """The programme as people know it, where somebody has edited sessions and no tick has taken that up yet."""
        return as_remembered(self.programme, self.stored.sessions_known)


class Programmes:
    """Reads programmes, and makes the rows of a new one on first use."""

    def __init__(self, *, files: ProgrammeFiles, rows: ProgrammeRows, sessions: Sessions, clock: Clock) -> None:
        self._files = files
        self._rows = rows
        self._sessions = sessions
        self._clock = clock
        # With its sessions, which seldom change: putting it together for each mail and form took longer than reading.
        self._whole: dict[str, tuple[Programme, Mapping[str, Session], Programme]] = {}

    def ids(self) -> tuple[str, ...]:
        """The programmes that are set up."""
        return self._files.ids()

    def file(self, programme: str) -> Programme | None:
        """The programme as its file says, without looking at tables."""
        return self._files.get(programme)

    async def current(self, programme: str) -> Current | None:
        """The programme as it stands, or None if there is none of that id."""
        from_file = self._files.get(programme)
        if from_file is None:
            return None
        found, live = await asyncio.gather(self._rows.get(programme), self._sessions.all(programme))
        if found is None:
            stored = first_row(from_file, self._clock.now())
            await self._rows.add(stored)
        else:
            stored = found.value
        # What was typed counts at once; what has to follow from it is for the tick.
        row = looked_at(stored, from_file, self._clock.now())
        row = replace(row, deletion=retention.in_words(from_file, row.closes_at))
        known, counted = self._whole.get(programme), checked(from_file, live, self._clock.now())
        if known is not None and known[0] is from_file and known[1] == counted:
            return Current(known[2], row, stored, from_file)
        whole = from_file.with_sessions(counted)
        expected = as_remembered(whole, stored.sessions_known)
        missing = any(s.id not in live for group in expected.groups for s in group.sessions)
        if missing:
            await self._sessions.add_missing(expected, live)
        if not missing:
            self._whole[programme] = from_file, counted, whole
        return Current(whole, row, stored, from_file)
