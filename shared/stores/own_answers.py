"""Answers to a programme's own questions as cells of a row: a column each, and their titles as they were that day."""

import json
from collections.abc import Iterable, Mapping

from shared.domain.fields import Told
from shared.domain.programme import Sees
from shared.ports import Cell
from shared.stores.cells import parsed, text

_PREFIX = "Q_"
_TITLES = "Questions"


def told_cells(told: Iterable[Told]) -> dict[str, Cell]:
    """The cells; none at all where nothing was told."""
    told = tuple(told)
    titles = {_TITLES: json.dumps({one.id: one.title for one in told}, ensure_ascii=False)} if told else {}
    return {**{f"{_PREFIX}{one.id}": one.words for one in told}, **titles}


def told_of(row: Mapping[str, Cell], sees: Sees) -> tuple[Told, ...]:
    """The answers that stand in a row. Raises BadCell."""
    titles = parsed(row, _TITLES, _texts, "{}")
    return tuple(Told(id_, title, text(row, f"{_PREFIX}{id_}"), sees) for id_, title in titles.items())


def _texts(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        raise TypeError("no titles")
    return {str(id_): str(title) for id_, title in found.items()}
