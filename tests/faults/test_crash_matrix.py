"""Any point at which the process touches anything outside may be its last, or meet a service that is away.

Whatever happens, people hear the same, once, and the tables end the same. Here a part of the matrix is run, another one
each time; ``make faults`` runs all of it. A seed that fails is run again with ``FAULT_SEED``.
"""

import os
import random

import pytest

from tests.faults.matrix import journey, plans, run_all
from tests.faults.people import KIM, SAM
from tests.faults.run import Ended, Story

_JOURNEYS = {Story.JOURNEY: 110, Story.WAITING_LIST: 40}


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
    chosen = {*told, *random.Random(seed).sample(everything, _JOURNEYS[Story.JOURNEY])}

    matrix = run_all(sorted(chosen, key=lambda plan: (plan.point, plan.fault)), len(whole.points))

    with capsys.disabled():
        print(f"\n{matrix} (FAULT_SEED={seed})")
    assert [(case.plan, case.where, case.found) for case in matrix.failed] == []


@pytest.mark.timeout(400)
def test_a_place_is_offered_in_order_and_to_one_person_at_a_time_whatever_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(1_000_000))
    story = Story.WAITING_LIST
    whole = journey(story=story)
    everything = list(plans(whole.points))
    chosen = random.Random(seed).sample(everything, _JOURNEYS[story])

    matrix = run_all(sorted(chosen, key=lambda plan: (plan.point, plan.fault)), len(whole.points), story)

    offers = [mail for mail in whole.told["mails"] if "A place has come free" in mail]
    assert [offer.partition(":")[0] for offer in offers] == [KIM, SAM]
    with capsys.disabled():
        print(f"\nwaiting list, {matrix} (FAULT_SEED={seed})")
    assert [(case.plan, case.where, case.found) for case in matrix.failed] == []
