"""The heaviest pairing within one pool, exact for whole numbers of any length. Knows nothing of people.

Edmonds' blossoms. A pool seen from two sides is an ordinary assignment, whose prices prove all of the answer but its
odd cycles; only from what these leave over is searched, one after the other, so it takes few searches.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from shared.domain.matching.assignment import ALONE, Assignment

#: Two members of the pool, the smaller first, and what the pair is worth, above 0.
type Worths = Mapping[tuple[int, int], int]
_FREE: Final = 0
_OUTER: Final = 1
_INNER: Final = 3
#: A member or a blossom.
type _Node = "int | _Blossom"
type _Link = tuple[int, int]


class _Blossom:
    """An odd ring of nodes, ``links[k]`` leading from ``ring[k]`` to the next. All but the first are paired inside."""

    __slots__ = ("base", "links", "ring", "spare")

    def __init__(self, ring: list[_Node], links: list[_Link], base: int) -> None:
        self.ring, self.links, self.base = ring, links, base
        self.spare = 0

    def members(self) -> Iterator[int]:
        for node in self.ring:
            yield from _members(node)


def _members(node: _Node) -> Iterator[int]:
    if isinstance(node, int):
        yield node
    else:
        yield from node.members()


def _base(node: _Node) -> int:
    return node if isinstance(node, int) else node.base


def best_pairs(size: int, worths: Worths) -> list[int]:
    """The partner of each member of the pool in the pairing that is worth most, ``ALONE`` where there is none."""
    return _Search(size, worths).run()


class _Search:
    def __init__(self, size: int, worths: Worths) -> None:
        # Doubled, so that half of a sum of two prices is a whole number.
        self._edges = [(one, other, 2 * worth) for (one, other), worth in sorted(worths.items())]
        self._mate = [ALONE] * size
        self._top: list[_Node] = list(range(size))
        self._outer: set[_Node] = set()
        self._inner: dict[_Node, _Link] = {}
        self._price = self._start(size)

    def _start(self, size: int) -> list[int]:
        """Prices of the assignment, and all of its pairs that odd cycles and paths allow."""
        of: list[tuple[list[int], list[int]]] = [([], []) for _ in range(size)]
        for one, other, doubled in self._edges:
            for row, column in ((one, other), (other, one)):
                of[row][0].append(column)
                of[row][1].append(doubled // 2)
        both = Assignment(of, size)
        seen = [False] * size
        # Paths first, from the member that nobody has: else a path would be entered in its middle.
        for first in sorted(range(size), key=lambda member: both.row_of[member] != ALONE):
            path, member = [], first
            while member != ALONE and not seen[member]:
                seen[member] = True
                path.append(member)
                member = both.column_of[member]
            for one, other in zip(path[::2], path[1::2], strict=False):
                self._mate[one], self._mate[other] = other, one
        return both.prices_of_pool()

    def run(self) -> list[int]:
        for member in range(len(self._mate)):
            if self._mate[member] == ALONE and self._price[member]:
                self._outer, self._inner = {self._top[member]}, {}
                while self._step():
                    pass
        return self._mate

    def _step(self) -> bool:
        """Change the prices until something can be done, and do it; False: the search is over."""
        kind = self._kinds()
        # Somebody outer may stay alone as soon as that costs nothing.
        giving_up = min((member for member, one in enumerate(kind) if one == _OUTER), key=self._price.__getitem__)
        event: Callable[[int, int], bool] = self._flip
        least, chosen = self._price[giving_up], (giving_up, ALONE)
        tight = self._tightest(kind, least)
        if tight is not None:
            least, chosen = tight
            event = self._reach if kind[chosen[1]] == _FREE else self._close
        opened = min((node.spare // 2 for node in self._inner if isinstance(node, _Blossom)), default=least)
        least = min(least, opened)
        self._spend(kind, least)
        used_up = next((node for node in self._inner if isinstance(node, _Blossom) and not node.spare), None)
        if used_up is not None:
            return self._open(used_up)
        return event(*chosen)

    def _kinds(self) -> list[int]:
        kind = [_FREE] * len(self._top)
        for nodes, one in ((self._outer, _OUTER), (self._inner, _INNER)):
            for node in nodes:
                for member in _members(node):
                    kind[member] = one
        return kind

    def _tightest(self, kind: list[int], least: int) -> tuple[int, _Link] | None:
        """The link that the search can use first, if it can before the prices have changed by so much."""
        price, top = self._price, self._top
        found = None
        for one, other, doubled in self._edges:
            kinds = kind[one] + kind[other]
            if kinds == _OUTER:
                slack = price[one] + price[other] - doubled
                if slack < least:
                    least, found = slack, ((one, other) if kind[one] else (other, one))
            elif kinds == 2 * _OUTER and kind[one] and top[one] != top[other]:
                slack = (price[one] + price[other] - doubled) // 2
                if slack < least:
                    least, found = slack, (one, other)
        return None if found is None else (least, found)

    def _spend(self, kind: list[int], change: int) -> None:
        if not change:
            return
        sign = {_FREE: 0, _OUTER: -1, _INNER: 1}
        self._price = [price + sign[one] * change for price, one in zip(self._price, kind, strict=True)]
        for nodes, twice in ((self._outer, 2 * change), (self._inner, -2 * change)):
            for node in nodes:
                if isinstance(node, _Blossom):
                    node.spare += twice

    def _reach(self, one: int, other: int) -> bool:
        node = self._top[other]
        partner = self._mate[_base(node)]
        if partner == ALONE:
            self._turn(node, other)
            self._mate[other] = one
            return self._flip(one, other)
        self._inner[node] = (one, other)
        self._outer.add(self._top[partner])
        return True

    def _flip(self, member: int, partner: int) -> bool:
        """Give an outer member the partner (or none), and pair anew all the way back to the root."""
        while True:
            node = self._top[member]
            freed = self._mate[_base(node)]
            self._turn(node, member)
            self._mate[member] = partner
            if freed == ALONE:
                return False
            before, entry = self._inner[self._top[freed]]
            self._turn(self._top[freed], entry)
            self._mate[entry] = before
            member, partner = before, entry

    def _turn(self, node: _Node, member: int) -> None:
        """Pair within the blossom so that the member is the one with a partner outside."""
        if isinstance(node, int) or node.base == member:
            return
        at = next(k for k, part in enumerate(node.ring) if member in _members(part))
        node.ring = node.ring[at:] + node.ring[:at]
        node.links = node.links[at:] + node.links[:at]
        node.base = member
        self._turn(node.ring[0], member)
        for k in range(1, len(node.ring), 2):
            one, other = node.links[k]
            self._turn(node.ring[k], one)
            self._turn(node.ring[k + 1], other)
            self._mate[one], self._mate[other] = other, one

    def _way(self, node: _Node) -> list[tuple[_Node, _Link]]:
        """Outer nodes from this one to the root, each with the link by which its inner neighbour hangs on the next."""
        way: list[tuple[_Node, _Link]] = []
        while True:
            freed = self._mate[_base(node)]
            if freed == ALONE:
                return [*way, (node, (ALONE, ALONE))]
            link = self._inner[self._top[freed]]
            way.append((node, link))
            node = self._top[link[0]]

    def _close(self, one: int, other: int) -> bool:
        """Make a blossom of the odd ring that a link between two outer members closes."""
        first, second = self._way(self._top[one]), self._way(self._top[other])
        meet = next(node for node, _ in first if any(node == there for there, _ in second))
        ring: list[_Node] = [meet]
        links: list[_Link] = []
        down: list[tuple[_Node, _Link, _Node, _Link]] = []
        for node, link in first:
            if node == meet:
                break
            freed = self._mate[_base(node)]
            down.append((self._top[freed], link, node, (freed, _base(node))))
        for inner, entry, outer, pair in reversed(down):
            ring += [inner, outer]
            links += [entry, pair]
        links.append((one, other))
        for node, (before, entry_) in second:
            if node == meet:
                break
            freed = self._mate[_base(node)]
            ring += [node, self._top[freed]]
            links += [(_base(node), freed), (entry_, before)]
        blossom = _Blossom(ring, links, _base(meet))
        for node in ring:
            self._outer.discard(node)
            self._inner.pop(node, None)
        for member in blossom.members():
            self._top[member] = blossom
        self._outer.add(blossom)
        return True

    def _open(self, blossom: _Blossom) -> bool:
        """Take an inner blossom apart whose spare is used up; the way through it stays in the tree."""
        entry = self._inner.pop(blossom)
        for node in blossom.ring:
            for member in _members(node):
                self._top[member] = node
        size = len(blossom.ring)
        at = next(k for k, node in enumerate(blossom.ring) if entry[1] in _members(node))
        step = -1 if at % 2 == 0 else 1
        while True:
            self._inner[blossom.ring[at]] = entry
            if at % size == 0:
                return True
            self._outer.add(blossom.ring[(at + step) % size])
            one, other = blossom.links[at - 2] if step < 0 else blossom.links[at + 1]
            entry = (other, one) if step < 0 else (one, other)
            at = (at + 2 * step) % size
