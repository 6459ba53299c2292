"""The time that mail and invitations carry: the machine's, moved by what the clock file says."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Reads the file again whenever it has changed; a missing or half-written file changes nothing."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        """The moved time, in UTC."""
        return datetime.now(UTC) + self._current_offset()

    def _current_offset(self) -> timedelta:
        if self._file is None:
            return self._offset
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            self._seen, self._offset = None, timedelta()
            return self._offset
        if (stat.st_mtime_ns, stat.st_size) != self._seen:
            try:
                self._offset = timedelta(seconds=float(json.loads(self._file.read_text())["offset_seconds"]))
                self._seen = (stat.st_mtime_ns, stat.st_size)
            except (OSError, ValueError, KeyError, TypeError, OverflowError):
                return self._offset
        return self._offset


def stamp(moment: datetime) -> str:
    """The way Graph writes a moment: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
