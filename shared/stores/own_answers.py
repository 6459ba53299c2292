"""Answers to a programme's own questions as cells of a row: a column each, and their titles as they were that day."""

from collections.abc import Iterable, Mapping

from shared.domain.fields import Told
from shared.domain.programme import Sees
from shared.ports import Cell
from shared.stores.cells import JsonCell, text

_PREFIX = "Q_"
_TITLES = "Questions"
_BY_ID = JsonCell(_TITLES, dict[str, str], {})


def told_cells(told: Iterable[Told]) -> dict[str, Cell]:
    """The cells; none at all where nothing was told."""
    told = tuple(told)
    titles = {_TITLES: _BY_ID.written({one.id: one.title for one in told})} if told else {}
    return {**{f"{_PREFIX}{one.id}": one.words for one in told}, **titles}


def told_of(row: Mapping[str, Cell], sees: Sees) -> tuple[Told, ...]:
    """The answers that stand in a row. Raises BadCell."""
    titles = _BY_ID.read(row)
    return tuple(Told(id_, title, text(row, f"{_PREFIX}{id_}"), sees) for id_, title in titles.items())
