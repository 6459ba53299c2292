"""Cells of a row, read and written: people type into them, and Azure has limits of its own."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from shared.domain.text import as_word
from shared.errors import UnreadableRow
from shared.ports import Cell, Row

# Azure's limit is 32,768 characters of UTF-16 in a cell; longer text has no place in a table.
LONGEST_TEXT = 32_000

_LARGEST_NUMBER = 2**31 - 1

# Clocks of form providers may be decades off. Near the ends of the calendar even a change of zone fails.
_TABLE_YEARS = range(1602, 9990)
# No programme is in another.
_YEARS = range(2000, 3000)

# What reading a value of an unexpected kind raises.
_NONSENSE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)

_NO = frozenset({"", "false", "no", "0", "0.0"})

_YES = frozenset({"true", "yes", "1", "1.0"})


def checked(row: Row) -> dict[str, Any]:
    """The cells that are there, refused where Azure would refuse (Azurite would not) or silently misread."""
    for name, value in row.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"column {name}: a time without a zone would be stored as UTC")
        # Half as many letters fit whatever they are, and counting them is dear.
        if isinstance(value, str) and len(value) > LONGEST_TEXT // 2 and _characters(value) > LONGEST_TEXT:
            raise ValueError(f"column {name}: text is longer than a cell can hold")
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
            raise ValueError(f"column {name}: a number is larger than a cell can hold")
    return {name: value for name, value in row.items() if value is not None}


def _characters(value: str) -> int:
    """The length as Azure counts it: in UTF-16, where an emoji is two."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


class BadCell(ValueError):
    """A cell that cannot be read. ``reading`` says in which row of which table."""

    def __init__(self, column: str) -> None:
        super().__init__(f"column {column} cannot be read")
        self.column = column


@contextmanager
def reading(table: str, row: Mapping[str, Cell]) -> Iterator[None]:
    """Have whatever goes wrong while a row is read name the table, the row and, where it is known, the column."""
    try:
        yield
    except UnreadableRow:
        raise
    except BadCell as exc:
        raise UnreadableRow(table, str(row.get("RowKey", "")), exc.column) from None
    except _NONSENSE:
        # 'from None', here and above: the text of such an error can quote the cell.
        raise UnreadableRow(table, str(row.get("RowKey", "")), "") from None


def text(row: Mapping[str, Cell], column: str) -> str:
    """A cell as text, '' if it is missing: people leave cells empty."""
    value = row.get(column)
    return "" if value is None else str(value)


def number(row: Mapping[str, Cell], column: str) -> int:
    """A cell as a whole number, 0 if it is missing or is none."""
    try:
        return count(row, column)
    except BadCell:
        return 0


def count(row: Mapping[str, Cell], column: str, default: int = 0) -> int:
    """A cell as a whole number, also if it is a text; ``default`` if it is empty. Raises BadCell for what is none."""
    value = row.get(column)
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    try:
        # A text of digits first: through a float, large numbers would come out as others.
        found = int(value) if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() else _whole(value)
    except _NONSENSE:
        raise BadCell(column) from None
    if abs(found) > _LARGEST_NUMBER:
        raise BadCell(column)
    return found


def _whole(value: Cell) -> int:
    if not isinstance(value, (int, str, float)):
        raise TypeError("no number")
    found = float(value)
    if not found.is_integer():
        raise ValueError("no whole number")
    return int(found)


def when(row: Mapping[str, Cell], column: str) -> datetime | None:
    """A cell as an aware instant, None if it is missing or is no time."""
    try:
        return instant(row, column)
    except BadCell:
        return None


def instant(row: Mapping[str, Cell], column: str) -> datetime | None:
    """A cell as an aware instant, also if it is a text with a zone; None if it is empty.

    Raises BadCell for what is none. A text without a zone is none: guessing between UTC and UK time would be an hour
    wrong for half the year.
    """
    value = row.get(column)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return aware(value, column)


def instant_of(row: Mapping[str, Cell], column: str) -> datetime:
    """A cell that has to hold an instant. Raises BadCell if it holds none."""
    found = instant(row, column)
    if found is None:
        raise BadCell(column)
    return found


def aware(value: object, column: str) -> datetime:
    """A value as an aware instant in UTC. Raises BadCell for what is none."""
    try:
        typed = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise BadCell(column) from None
    if typed.tzinfo is None or typed.year not in _TABLE_YEARS:
        raise BadCell(column)
    return typed.astimezone(UTC)


def word[W: StrEnum](row: Mapping[str, Cell], column: str, words: type[W], default: W | None = None) -> W:
    """A cell as one of our words, whatever its capitals and blanks; ``default`` if it is empty.

    Raises BadCell for what is none of them.
    """
    typed = text(row, column)
    found = default if default is not None and not typed.strip() else as_word(typed, words)
    if found is None:
        raise BadCell(column)
    return found


def flag(row: Mapping[str, Cell], column: str) -> bool:
    """A cell as yes or no, also if it is a text or a number; no if it is empty. Raises BadCell for what is neither."""
    value = row.get(column)
    typed = "" if value is None else str(value).strip().casefold()
    if typed in _NO:
        return False
    if typed in _YES:
        return True
    raise BadCell(column)


def yes_or_no(row: Mapping[str, Cell], column: str) -> bool | None:
    """A cell as yes or no, None if it is empty. Raises BadCell for what is neither."""
    return None if row.get(column) is None or not str(row[column]).strip() else flag(row, column)


def parsed[T](row: Mapping[str, Cell], column: str, read: Callable[[Any], T], empty: str) -> T:
    """What ``read`` makes of a cell's JSON; ``empty`` stands for a cell without any. Raises BadCell for nonsense."""
    try:
        return read(json.loads(text(row, column).strip() or empty))
    except _NONSENSE:
        raise BadCell(column) from None


def typed_day(row: Mapping[str, Cell], column: str) -> date | None:
    """A day that a person may have typed, None if the cell is empty. Nonsense is the last of all days: nothing goes."""
    value = row.get(column)
    if value is None or not str(value).strip():
        return None
    try:
        return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return date.max


def words(items: Iterable[str]) -> str:
    """Several short values in one cell that people read."""
    return ", ".join(items)


def typed_instant(row: Row, column: str) -> tuple[datetime | None, bool]:
    """A time that a person may have typed: the instant (None if the cell is empty), and whether it is nonsense.

    The portal writes a DateTime, or a text if the type was not chosen. A year in which no programme is is nonsense too.
    """
    try:
        typed = instant(row, column)
    except BadCell:
        return None, True
    return (typed, False) if typed is None or typed.year in _YEARS else (None, True)


def row_mark(table: str, partition: str, key: str) -> str:
    """What stands for one row in a tombstone; the row's key may hold what people typed, so it does not stand there."""
    return hashlib.sha256(f"{table}\x1f{partition}\x1f{key}".encode()).hexdigest()[:40]
