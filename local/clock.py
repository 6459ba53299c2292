"""The clock that the console moves: the machine's time plus an offset kept in a file that every process reads."""

import json
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.settings import FIRST_MOMENT, local_folder


def clock_file(folder: Path) -> Path:
    """Where the offset is kept."""
    return folder / "clock.json"


class MovableClock:
    """Reads the file again whenever it has changed; a missing or half-written file changes nothing; None: no file."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta()

    def now(self) -> datetime:
        """The moved time, in UTC."""
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """How far the clock is from the machine's."""
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

    def move(self, to: datetime | None) -> None:
        """Set the clock; it runs on from there. None: back to the machine's time."""
        if self._file is None:
            raise ValueError("a clock without a file cannot be moved")
        offset = (to - datetime.now(UTC)).total_seconds() if to else 0.0
        self._file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix="clock")
        with os.fdopen(descriptor, "w") as file:
            json.dump({"offset_seconds": offset}, file)
        Path(name).replace(self._file)


def start_at_first_moment(file: Path) -> bool:
    """Set the clock of a fresh start to a morning on which cohort 7 takes applications. False if it was set before."""
    if file.exists():
        return False
    MovableClock(file).move(FIRST_MOMENT)
    return True


def setup() -> None:
    """Have the function app follow the console's clock. The local host calls this once the app is loaded."""
    from shared import bootstrap

    bootstrap.use_clock(MovableClock(clock_file(local_folder())))


def stamp(moment: datetime) -> str:
    """The way Graph writes a moment: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
