"""A second way of solving, for cohorts too large to enumerate: the best flow, by Bellman and Ford's paths.

Worths are tuples, so nothing of how the plan packs its aims into one number is shared; nor are prices or heaps.
"""

from shared.domain.matching.people import Cohort, Side, Two
from tests.unit.domain.matching.enumeration import Worth, allowed, pair_worth

_SOURCE, _SINK = "source", "sink"


def best_pairs(cohort: Cohort, seed: str) -> set[Two]:
    """The best plan of mentors and mentees without kept pairs."""
    waited = sorted({person.waited for person in cohort.people if person.waited}, reverse=True)
    pairs, of_pair = allowed(cohort), pair_worth(cohort, seed)
    width = len(of_pair(pairs[0])) if pairs else 0
    nothing: Worth = (0,) * (1 + len(waited) + width)
    arcs: list[tuple[str, str, int, Worth]] = []
    for person in cohort.people:
        somebody: Worth = (1, *(int(person.waited == rounds) for rounds in waited), *(0,) * width)
        more = person.partners(cohort.rules) - 1
        mentor = person.side is Side.MENTOR
        ends = (_SOURCE, person.reference) if mentor else (person.reference, _SINK)
        arcs += [(*ends, 1, somebody), (*ends, more, nothing)]
    arcs += [(two.mentor, two.mentee, 1, (*nothing[: 1 + len(waited)], *of_pair(two))) for two in pairs]
    flow = [0] * len(arcs)
    while True:
        path = _best_path(arcs, flow, nothing)
        if path is None:
            return {
                Two(a, b) for (a, b, _, _), used in zip(arcs, flow, strict=True) if used and a != _SOURCE and b != _SINK
            }
        for arc, way in path:
            flow[arc] += way


def _best_path(
    arcs: list[tuple[str, str, int, Worth]], flow: list[int], nothing: Worth
) -> list[tuple[int, int]] | None:
    """The way from source to sink that gains most; None if none gains anything."""
    gain: dict[str, Worth] = {_SOURCE: nothing}
    come: dict[str, tuple[int, int]] = {}
    changed = True
    while changed:
        changed = False
        for number, (start, end, most, worth) in enumerate(arcs):
            if flow[number] < most and start in gain:
                there = tuple(map(sum, zip(gain[start], worth, strict=True)))
                if end not in gain or there > gain[end]:
                    gain[end], come[end], changed = there, (number, 1), True
            if flow[number] and end in gain:
                back = tuple(had - lost for had, lost in zip(gain[end], worth, strict=True))
                if start not in gain or back > gain[start]:
                    gain[start], come[start], changed = back, (number, -1), True
    if gain.get(_SINK, nothing) <= nothing:
        return None
    path, node = [], _SINK
    while node != _SOURCE:
        number, way = come[node]
        path.append((number, way))
        node = arcs[number][0] if way > 0 else arcs[number][1]
    return path
