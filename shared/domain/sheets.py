"""What reading any sheet begins with: rows by their number, and the headings, which stand somewhere near the top."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.domain.text import clean, match_key

#: Titles and notes stand above the table of a workbook.
HEADINGS_WITHIN: Final = 20


def numbered(rows: Iterable[Sequence[str]]) -> list[tuple[int, list[str]]]:
    """The rows with their numbers as a spreadsheet counts them, every cell cleaned."""
    return [(number, [clean(cell) for cell in row]) for number, row in enumerate(rows, start=1)]


def columns_of(headings: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    """Where each thing stands; of two columns of one name the first counts."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = names.get(match_key(heading))
        if name is not None:
            found.setdefault(name, place)
    return found
