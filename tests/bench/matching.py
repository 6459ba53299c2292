"""What a plan costs by the size of a cohort, and how it compares with the best-known library on the same cohorts."""

import importlib
import importlib.util
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from shared.domain.matching.graph import Aim, Graph, Standing
from shared.domain.matching.people import Cohort, Side, Two
from shared.domain.matching.plan import MOST_PAIRS, Drawing, draw, open_inputs
from shared.domain.matching.reasons import Reasons
from tests.bench.report import Line, Outcome, Sheet
from tests.host.running import ROOT
from tests.unit.domain.matching import flow
from tests.unit.domain.matching.invented import COHORT_3, ONE_EACH, a_cohort

_REAL = 41
_CLAIM = (800, 1150)
_SIZES = (100, 200, 500, 1000, 1200, 2000)
_COHORTS = 40
_TIMED = (100, 500)
_PROBE = """
import json, resource, sys, time
from shared.domain.matching.graph import Graph
from shared.domain.matching.plan import open_inputs
from shared.domain.matching.solving import solve
from tests.bench.matching import everything
from tests.unit.domain.matching.invented import a_cohort

cohort = a_cohort(int(sys.argv[1]), int(sys.argv[2]), seed=1)
before = time.process_time()
if sys.argv[3:]:
    drawing = everything(cohort)
    graph, pairs = drawing.graph, drawing.plan.pairs
else:
    graph = Graph(cohort, open_inputs(cohort))
    pairs = solve(graph).pairs
took = time.process_time() - before
allowed = sum(mask.bit_count() for mask in graph.allowed)
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, allowed, len(pairs)]))
"""


def measure() -> Outcome:
    cohort = a_cohort(_REAL, _REAL, seed=7)
    with_reasons = _seconds(lambda: everything(cohort))
    inputs = open_inputs(cohort)
    alone, by_flow = _seconds(lambda: draw(cohort)), _seconds(lambda: flow.best_pairs(cohort, inputs))
    took, memory, allowed, pairs = _probe(*_CLAIM, "with all reasons")
    size = f"{_CLAIM[0]}x{_CLAIM[1]:,}"
    lines = [
        Line(
            "41x41 with all reasons / the plan alone",
            "ms",
            with_reasons * 1e3,
            alone * 1e3,
            "below 1 s",
            with_reasons < 1,
        ),
        Line("41x41, the plan / a plain flow, aim by aim", "ms", alone * 1e3, by_flow * 1e3),
        Line(f"{size} with all reasons / 30 s allowed", "s", took, 30, "below 30 s", took < 30),
        Line(f"{size}, memory of the process / 300 MB allowed", "MB", memory, 300, "below 300 MB", memory < 300),
    ]
    sheets = [_by_size()]
    if importlib.util.find_spec("matching") is None:
        note = "mentor-match is not installed, so it is not compared; docs/adr/0029 has what was measured."
    else:
        note = "mentor-match is compared on the same cohorts, everybody with one place."
        sheets += [_quality(), _speed()]
    return Outcome(
        lines=lines,
        sheets=sheets,
        note=f"processor time. {size}: {allowed:,} pairs allowed, {pairs:,} drawn. The app refuses more than "
        f"{MOST_PAIRS:,} possible pairs in words. {note}",
    )


def everything(cohort: Cohort) -> Drawing:
    """The plan of the cohort with every reason that the team is told."""
    drawing = draw(cohort)
    reasons = Reasons(drawing)
    for pair in drawing.plan.pairs:
        reasons.why(pair)
    for reference in drawing.plan.without:
        reasons.nobody(reference)
    reasons.helps()
    return drawing


def _seconds(work: Callable[[], object], runs: int = 5) -> float:
    found = []
    for _ in range(runs):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return sorted(found)[runs // 2]


def _probe(mentors: int, mentees: int, *reasons: str) -> tuple[float, float, int, int]:
    command = [sys.executable, "-c", _PROBE, str(mentors), str(mentees), *reasons]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    took, memory, allowed, pairs = json.loads(done.stdout)
    return took, memory, allowed, pairs


def _by_size() -> Sheet:
    rows = []
    for size in _SIZES:
        took, memory, allowed, pairs = _probe(size, size)
        rows.append((f"{size:,}", f"{allowed:,}", f"{pairs:,}", f"{took:.2f}", f"{memory:.0f}"))
    return Sheet("The plan by size", ("a side", "pairs allowed", "pairs drawn", "s", "MB"), rows)


# Against mentor-match


def _quality() -> Sheet:
    ways = {
        "one round": (1, 10, 0),
        "one round, its bonus for people without a partner": (1, 10, 100_000),
        "one round, a wish worth more than all points": (1, 100, 0),
        "its usual three rounds": (3, 10, 0),
    }
    rows = []
    for name, (rounds, wish, bonus) in ways.items():
        found = Counter[str]()
        for seed in range(_COHORTS):
            cohort = _one_each(_COHORTS, seed)
            graph = Graph(cohort, open_inputs(cohort))
            ours = draw(cohort).standing
            theirs = _theirs(cohort, graph, rounds, wish, bonus)
            standing = graph.standing(map(graph.places, theirs))
            short = _people(ours) - _people(standing)
            twice = sum(count > 1 for count in Counter(one for pair in theirs for one in pair).values())
            found.update(
                fewer=short > 0,
                people=max(0, short),
                worse=short == 0 and _wishes(standing) > _wishes(ours),
                twice=twice,
                order=set(theirs) != set(_theirs(cohort, graph, rounds, wish, bonus, seed=seed + 1)),
            )
        rows.append((name, *(str(found[one]) for one in ("fewer", "people", "worse", "twice", "order"))))
    rows.append(("ours", "0", "0", "0", "0", str(_ours_by_order())))
    head = ("mentor-match 7.0.1", "fewer people", "people left out", "worse wishes", "two partners", "changed by order")
    return Sheet(f"{_COHORTS} cohorts of {_COHORTS} and {_COHORTS}", head, rows)


def _ours_by_order() -> int:
    changed = 0
    for seed in range(_COHORTS):
        cohort = _one_each(_COHORTS, seed)
        people = random.Random(seed).sample(cohort.people, len(cohort.people))  # noqa: S311 -- a seed that replays
        again = Cohort(programme=cohort.programme, rules=cohort.rules, people=tuple(people), confided=cohort.confided)
        changed += draw(again).plan != draw(cohort).plan
    return changed


def _speed() -> Sheet:
    rows = []
    for size in _TIMED:
        cohort = _one_each(size, 1)
        graph = Graph(cohort, open_inputs(cohort))
        ours = _seconds(lambda cohort=cohort: draw(cohort), 1)  # type: ignore[misc]  # mypy cannot infer a default
        theirs = _seconds(lambda cohort=cohort, graph=graph: _theirs(cohort, graph, 1, 10, 0), 1)  # type: ignore[misc]  # as above
        rows.append((f"{size}x{size}", f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}"))
    return Sheet("Seconds of one plan", ("", "ours", "mentor-match", "times ours"), rows)


def _one_each(size: int, seed: int) -> Cohort:
    # The rules of 2022: seniority must hold, so that not everybody can have somebody.
    return a_cohort(size, size, seed=seed, rules=COHORT_3.model_copy(update={"partners": ONE_EACH}))


def _people(standing: Standing) -> int:
    return standing[0].reached


def _wishes(standing: Standing) -> list[int]:
    return [mark.reached for mark in standing if mark.aim in {Aim.PAIRS_BREAKING, Aim.WISHES_BROKEN}]


def _theirs(cohort: Cohort, graph: Graph, rounds: int, wish: int, bonus: int, seed: int = 0) -> list[Two]:
    """The library's pairs. Every pair that is allowed scores above 0, since it takes 0 for 'not allowed'."""
    process: Any = importlib.import_module("matching.process")
    rule: Any = importlib.import_module("matching.rules.rule")
    mentor: Any = importlib.import_module("matching.mentor").Mentor
    mentee: Any = importlib.import_module("matching.mentee").Mentee

    def places(match: Any) -> tuple[int, int]:
        return graph.places(Two(match.mentor.first_name, match.mentee.first_name))

    def score(match: Any) -> int:
        broken = set(graph.wishes_broken(places(match)))
        kept = sum(wish * one.weight for one in cohort.rules.wishes if one.rule not in broken)
        return 1 + kept + graph.points(*places(match))

    class Score(rule.Rule):  # type: ignore[misc]  # the library has no types
        def apply(self, match: Any) -> int:
            return score(match)

        def evaluate(self, match: Any) -> bool:
            return True

    rules = [Score(), rule.UnmatchedBonus(bonus), rule.Disqualify(lambda match: not graph.may(places(match)))]
    people = random.Random(seed).sample(cohort.people, len(cohort.people))  # noqa: S311 -- a seed that replays
    sides = [
        [
            kind(grade=1, email=person.reference, **{"first name": person.reference})
            for person in people
            if person.side is side
        ]
        for kind, side in ((mentor, Side.MENTOR), (mentee, Side.MENTEE))
    ]
    mentors, _ = process.process_data(*sides, [list(rules) for _ in range(rounds)])
    return [Two(one.first_name, other.first_name) for one in mentors for other in one.mentees]
