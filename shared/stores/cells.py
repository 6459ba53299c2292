"""Cells of a row, read and written: people type into them, and Azure has limits of its own."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter

from shared.domain import instants
from shared.domain.text import as_word
from shared.errors import UnreadableRow
from shared.ports import Cell, Row

if TYPE_CHECKING:
    from typing_extensions import TypeForm

# Azure's limit is 32,768 characters of UTF-16 in a cell; longer text has no place in a table.
LONGEST_TEXT = 32_000

_LARGEST_NUMBER = 2**31 - 1

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
        return instants.aware(value)
    except ValueError:
        raise BadCell(column) from None


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


class JsonCell[T]:
    """A cell of JSON that the app alone writes: its column, its type, and what an empty one holds.

    ``names`` are those of fields that are called otherwise in it.
    """

    def __init__(
        self,
        column: str,
        kind: "TypeForm[T]",
        empty: T,
        names: Mapping[str, str] = MappingProxyType({}),
        *,
        strict: bool = True,
    ) -> None:
        self._column = column
        self._empty = empty
        # Built at the first use: a cold start needs none.
        config = ConfigDict(strict=strict, alias_generator=lambda name: names.get(name, name), defer_build=True)
        self._adapter: TypeAdapter[T] = TypeAdapter(kind, config=config)

    def read(self, row: Mapping[str, Cell]) -> T:
        """What the cell holds. Raises BadCell for nonsense."""
        written = text(row, self._column)
        try:
            return self._adapter.validate_json(written) if written.strip() else self._empty
        except _NONSENSE:
            raise BadCell(self._column) from None

    def written(self, value: T, *, without_none: bool = False) -> str:
        """A value as the cell holds it."""
        # A warning of pydantic's would quote the value.
        found = self._adapter.dump_python(value, by_alias=True, exclude_none=without_none, warnings=False)
        return json.dumps(found, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> object:  # noqa: ANN401 -- what JSON has no notation for
    return value.isoformat() if isinstance(value, date) else dict(value)


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
