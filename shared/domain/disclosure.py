"""Small numbers protected before figures leave the team, and the attack that tries to work them out again.

The rule is that of Hospital Episode Statistics (HES): 1 to 7 is hidden, every other number is to the nearest 5, a total
is rounded by itself, 0 is 0. Rounding alone does not hide: what is hidden can follow from a total, from another table,
or from what was published before. So whatever is to be published is attacked first, with everything that is out
already. A table of which a reader could work anything out is told as it was last time, else without its cells.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

#: A count from 1 to this is hidden.
MOST_HIDDEN: Final = 7
#: A number that left fewer possibilities to a reader would be as good as told.
FEWEST_POSSIBLE: Final = 3
#: What one cell holds of a table in which small ones are put together.
OTHERS: Final = "Others, fewer than 8 each"
HIDDEN_IN_WORDS: Final = f"between 1 and {MOST_HIDDEN}"

_STEP: Final = 5
_HALF_A_STEP: Final = 2
# Until a count has moved by so much, the last numbers are told again: nobody sees one person come or go.
_MOVES: Final = 5
_MANY: Final = 10**9

type Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """People of one kind, counted by one characteristic, not protected yet.

    ``of`` says who is counted: ``("applications",)``, or a cell of another breakdown by its path, such as
    ``("applications", "role", "Reverse mentor")``. ``few_together`` puts cells of 1 to 7 together: for names that are
    no fixed list, such as organisations. ``among``: people of whom these are some, by their ``of``; no cell here is
    larger than the same one there. The order of ``counts`` is shown, so it must not follow from the numbers.
    """

    id: str
    title: str
    of: Path
    counts: Mapping[str, int] = field(repr=False)
    few_together: bool = False
    among: Path = ()

    @property
    def path(self) -> Path:
        """Its name among all; a cell's path is this and the cell's label."""
        return (*self.of, self.id)

    @property
    def total(self) -> int:
        """Everybody in it."""
        return sum(self.counts.values())


class Told(StrEnum):
    """How much of a table is told."""

    ALL = "all"
    TOTAL = "the total alone"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Table:
    """A breakdown as it is published: numbers that may be seen, None for one that is hidden.

    ``day`` and ``edition`` say of which publication the numbers are. ``counts`` are the exact ones of that day: they
    are kept to see how far things have moved, and are never shown.
    """

    id: str
    title: str
    of: Path
    day: date
    edition: int
    told: Told
    total: int | None
    cells: tuple[tuple[str, int | None], ...]
    few_together: bool = False
    counts: Mapping[str, int] = field(default_factory=dict, repr=False)
    among: Path = ()

    @property
    def path(self) -> Path:
        """Its name among all."""
        return (*self.of, self.id)


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that was published together on a day."""

    day: date
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A hidden number of which a reader knows too much: which it is, of which edition, and what it can be.

    ``table`` is the path of a table that shows it, ``label`` its cell, '' for the total.
    """

    table: Path
    label: str
    edition: int
    possible: tuple[int, ...]


def rounded(count: int) -> int | None:
    """A count as it may be seen; None if it is hidden."""
    if 0 < count <= MOST_HIDDEN:
        return None
    return _STEP * ((count + _HALF_A_STEP) // _STEP)


def in_words(number: int | None) -> str:
    """A number that may be seen, for a page or a mail."""
    return HIDDEN_IN_WORDS if number is None else str(number)


def protect(breakdowns: Sequence[Breakdown], *, day: date, earlier: Sequence[Pack] = ()) -> Pack:
    """What may be published of the breakdowns. ``earlier``: everything published of them before, oldest first.

    A table in which nothing has moved by 5 is told again as it was, and keeps its day. Raises ValueError for breakdowns
    that contradict each other, or that cross two characteristics: those must never be published together.
    """
    _refuse_what_contradicts(breakdowns)
    last = {table.path: table for pack in earlier for table in pack.tables}
    edition = 1 + max((table.edition for table in last.values()), default=0)
    tables = {b.path: _as_last_time(b, last.get(b.path)) or _fresh(b, day, edition) for b in breakdowns}
    known_already = {(w.table, w.label, w.edition) for w in attack(earlier)}
    while True:
        pack = Pack(day, tuple(tables.values()))
        found = [w for w in attack([*earlier, pack]) if (w.table, w.label, w.edition) not in known_already]
        if not found:
            return pack
        for path in _to_blame(found, tables, edition):
            tables[path] = _less(tables[path], last.get(path))


def attack(packs: Sequence[Pack]) -> tuple[WorkedOut, ...]:
    """The hidden numbers that a reader of all packs can work out, or nearly so.

    The reader knows the rule, adds up every table, puts the tables together, and tries what follows if nothing has
    changed between two packs, if people only came, or if they only left.
    """
    tables = {(table.path, table.edition): table for pack in packs for table in pack.tables}
    found: dict[tuple[Path, str, int], WorkedOut] = {}
    # With one edition there is no time between that anything could be believed about.
    beliefs = list(_Belief) if len({table.edition for table in tables.values()}) > 1 else [_Belief.NOTHING]
    for believes in beliefs:
        knowledge = _knowledge(tables.values(), believes)
        known = knowledge.narrowed(knowledge.bounds)
        if known is None:
            continue  # the reader sees that it cannot have been so
        for table in tables.values():
            for label, number in _hidden(table, believes):
                possible = knowledge.possible(known, number)
                if len(possible) < FEWEST_POSSIBLE:
                    found[table.path, label, table.edition] = WorkedOut(table.path, label, table.edition, possible)
    return tuple(found.values())


def _refuse_what_contradicts(breakdowns: Sequence[Breakdown]) -> None:
    totals: dict[Path, int] = {}
    paths: set[Path] = set()
    for breakdown in breakdowns:
        if breakdown.path in paths:
            raise ValueError(f"two breakdowns are called {breakdown.path}")
        paths.add(breakdown.path)
        if any(count < 0 for count in breakdown.counts.values()):
            raise ValueError(f"a count of {breakdown.path} is below 0")
        if totals.setdefault(breakdown.of, breakdown.total) != breakdown.total:
            raise ValueError(f"{breakdown.path} and another breakdown count different people under one name")
    for above in breakdowns:
        inside = [below for below in breakdowns if below.of[: len(above.path)] == above.path]
        for below in inside:
            if above.few_together:
                raise ValueError(f"{below.path} counts people of a cell that may be put together with others")
            label = below.of[len(above.path)]
            if below.of == (*above.path, label) and below.total != above.counts.get(label):
                raise ValueError(f"{below.path} does not count the people of its cell")
            crossed = [other for other in breakdowns if other.id == below.id and other.of == above.of]
            if crossed:
                raise ValueError(f"{below.path} and {crossed[0].path} cross two characteristics")


def _fresh(breakdown: Breakdown, day: date, edition: int) -> Table:
    counts = dict(breakdown.counts)
    if breakdown.few_together:
        # By name: the order of the numbers would tell which of two that are rounded alike is larger.
        told = {label: count for label, count in sorted(counts.items()) if count > MOST_HIDDEN}
        rest = breakdown.total - sum(told.values())
        shown = told | ({OTHERS: rest} if rest else {})
    else:
        shown = counts
    return Table(
        breakdown.id,
        breakdown.title,
        breakdown.of,
        day,
        edition,
        Told.ALL,
        rounded(breakdown.total),
        tuple((label, rounded(count)) for label, count in shown.items()),
        breakdown.few_together,
        counts,
        breakdown.among,
    )


def _as_last_time(breakdown: Breakdown, last: Table | None) -> Table | None:
    if last is None:
        return None
    labels = breakdown.counts.keys() | last.counts.keys()
    moved = [abs(breakdown.counts.get(label, 0) - last.counts.get(label, 0)) for label in labels]
    moved.append(abs(breakdown.total - sum(last.counts.values())))
    return last if max(moved) < _MOVES else None


def _less(table: Table, last: Table | None) -> Table:
    """The table with less of what is new in it."""
    if last is not None:
        return last
    if table.told is Told.ALL:
        return replace(table, told=Told.TOTAL, cells=())
    return replace(table, told=Told.NOTHING, total=None)


def _to_blame(found: Sequence[WorkedOut], tables: Mapping[Path, Table], edition: int) -> list[Path]:
    """The new tables that have to tell less: those of the numbers themselves, else one that has to do with them."""
    new = {path for path, table in tables.items() if table.edition == edition and table.told is not Told.NOTHING}
    own = [path for path in dict.fromkeys(w.table for w in found) if path in new]
    if own:
        return own
    roots = {w.table[0] for w in found}
    related = [path for path in tables if path in new and path[0] in roots]
    return related[-1:] or sorted(new)[-1:]


class _Belief(StrEnum):
    """What a reader takes for granted about the time between two packs."""

    NOTHING = "nothing"
    UNCHANGED = "nothing has changed"
    CAME = "people only came"
    LEFT = "people only left"


@dataclass(frozen=True, slots=True)
class _Number:
    """One count of people, in one edition; edition 0 stands for all if nothing has changed."""

    path: Path
    edition: int


type _Bounds = dict[_Number, tuple[int, int]]
type _Sum = tuple[tuple[tuple[_Number, int], ...], int, int]  # numbers with their factors; between these two


@dataclass(frozen=True, slots=True)
class _Knowledge:
    """What a reader knows: bounds of single numbers, and sums of several."""

    bounds: _Bounds
    sums: tuple[_Sum, ...]

    def narrowed(self, bounds: _Bounds) -> _Bounds | None:
        """The bounds as narrow as the sums make them, None if they contradict each other."""
        known = dict(bounds)
        if any(low > high for low, high in known.values()):
            return None
        changed = True
        while changed:
            changed = False
            for terms, low, high in self.sums:
                least = sum(f * known[n][0 if f > 0 else 1] for n, f in terms)
                most = sum(f * known[n][1 if f > 0 else 0] for n, f in terms)
                if least > high or most < low:
                    return None
                for number, factor in terms:
                    narrower = _between(known[number], factor, low - most, high - least)
                    if narrower[0] > narrower[1]:
                        return None
                    changed = changed or narrower != known[number]
                    known[number] = narrower
        return known

    def possible(self, known: _Bounds, number: _Number) -> tuple[int, ...]:
        """The values that a hidden number can have; each is tried."""
        low, high = known[number]
        return tuple(v for v in range(low, high + 1) if self.narrowed({**known, number: (v, v)}) is not None)


def _between(bounds: tuple[int, int], factor: int, missing: int, left: int) -> tuple[int, int]:
    """The bounds of one number of a sum with factor 1 or -1, when the others are as large or as small as can be."""
    low, high = bounds
    if factor > 0:
        return max(low, high + missing), min(high, low + left)
    return max(low, high - left), min(high, low - missing)


def _knowledge(tables: Iterable[Table], believes: _Belief) -> _Knowledge:
    bounds: _Bounds = {}
    sums: list[_Sum] = []
    told = sorted((t for t in tables if t.told is not Told.NOTHING), key=lambda t: t.edition)
    for table in told:
        total = _number(table, "", believes)
        _meet(bounds, total, _interval(table.total))
        if table.told is Told.ALL:
            cells = [(_number(table, label, believes), shown) for label, shown in table.cells]
            for number, shown in cells:
                _meet(bounds, number, _interval(shown))
            sums.append(((*((number, 1) for number, _ in cells), (total, -1)), 0, 0))
    for table in told:
        if table.among:
            whole = [n for n in bounds if n.path[: len(table.of)] == table.of]
            parts = [(n, _Number((*table.among, *n.path[len(table.of) :]), n.edition)) for n in whole]
            sums += [(((of, 1), (part, -1)), 0, _MANY) for part, of in parts if of in bounds]
    if believes in {_Belief.CAME, _Belief.LEFT}:
        sums += _over_time(told, bounds, 1 if believes is _Belief.CAME else -1)
    return _Knowledge(bounds, tuple(sums))


def _over_time(tables: Sequence[Table], bounds: _Bounds, sign: int) -> list[_Sum]:
    """That no number is smaller (sign 1) or larger (sign -1) in a later edition."""
    sums: list[_Sum] = []
    by_path: dict[Path, list[_Number]] = {}
    for number in sorted(bounds, key=lambda n: n.edition):
        by_path.setdefault(number.path, []).append(number)
    for numbers in by_path.values():
        for before, after in pairwise(numbers):
            sums.append((((after, sign), (before, -sign)), 0, _MANY))
    whole: dict[Path, Table] = {}
    for table in tables:
        if not (table.few_together and table.told is Told.ALL):
            continue
        before_ = whole.get(table.path)
        if before_ is not None:
            # Everybody but those of the cells that both editions name.
            both = [label for label, _ in table.cells if label != OTHERS and label in dict(before_.cells)]
            rest = [
                (_number(one, label, _Belief.NOTHING), factor * way)
                for one, way in ((table, sign), (before_, -sign))
                for label, factor in (("", 1), *((label, -1) for label in both))
            ]
            sums.append((tuple(rest), 0, _MANY))
        whole[table.path] = table
    return sums


def _hidden(table: Table, believes: _Belief) -> list[tuple[str, _Number]]:
    """The numbers of a table that are hidden, by label; '' is the total."""
    if table.told is Told.NOTHING:
        return []
    labels = [label for label, shown in table.cells if shown is None]
    return [(label, _number(table, label, believes)) for label in (*labels, *([""] if table.total is None else []))]


def _number(table: Table, label: str, believes: _Belief) -> _Number:
    edition = 0 if believes is _Belief.UNCHANGED else table.edition
    if not label:
        return _Number(table.of, edition)
    if label == OTHERS and table.few_together:
        # Who is among the others depends on who is named.
        return _Number((*table.path, label, *sorted(name for name, _ in table.cells)), edition)
    return _Number((*table.path, label), edition)


def _interval(shown: int | None) -> tuple[int, int]:
    """What a count can be that is seen like this."""
    if shown is None:
        return 1, MOST_HIDDEN
    if shown == 0:
        return 0, 0
    return max(MOST_HIDDEN + 1, shown - _HALF_A_STEP), shown + _HALF_A_STEP


def _meet(bounds: _Bounds, number: _Number, interval: tuple[int, int]) -> None:
    low, high = bounds.get(number, interval)
    bounds[number] = max(low, interval[0]), min(high, interval[1])
