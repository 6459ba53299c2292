"""Any point at which the process touches anything outside may be its last, or meet a service that is away.

Whatever happens, people hear the same, once, and the tables end the same. Here a part of the matrix is run, another one
each time; ``make faults`` runs all of it. A seed that fails is run again with ``FAULT_SEED``.
"""

import os
import random

import pytest

from tests.faults.matrix import journey, plans, run_all
from tests.faults.run import Ended

_JOURNEYS = 400


@pytest.fixture(scope="module")
def whole() -> Ended:
    return journey()


def test_the_journey_without_a_fault_tells_everybody_once(whole: Ended) -> None:
    assert whole.told["drafts"] == []
    assert len(set(whole.told["mails"])) == len(whole.told["mails"]) == 14
    assert whole == journey(), "the same story must pass the same points"


@pytest.mark.timeout(400)
def test_no_fault_at_any_point_is_noticed_by_anybody(whole: Ended, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(1_000_000))
    everything = list(plans(whole.points))
    told = [plan for plan in everything if whole.points[plan.point - 1].startswith(("mailbox.", "calendar."))]
    chosen = {*told, *random.Random(seed).sample(everything, _JOURNEYS)}

    matrix = run_all(sorted(chosen, key=lambda plan: (plan.point, plan.fault)), len(whole.points))

    with capsys.disabled():
        print(f"\n{matrix} (FAULT_SEED={seed})")
    assert [(case.plan, case.where, case.found) for case in matrix.failed] == []
