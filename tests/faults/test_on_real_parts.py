"""The same journey on Azurite and the Graph stand-in, with the seams on the wire below the SDKs and their retries."""

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.running import azurite
from tests.faults.matrix import START, differences, plans, seed_of_sample
from tests.faults.real import OnRealParts, Parts, account_names, accounts_for_azurite, parts
from tests.faults.run import Ended, Run
from tests.faults.seams import Fault, Plan, Seams
from tests.faults.wire import seams_on_the_wire
from tests.graph.stand_in import run_inbox
from tests.world import World

_JOURNEYS = int(os.environ.get("REAL_JOURNEYS") or 1)
_NAMES = account_names(_JOURNEYS + 1)


@pytest.fixture(scope="module")
def running() -> Iterator[Parts]:
    with (
        azurite(accounts_for_azurite(_NAMES)) as emulator,
        run_inbox() as inbox,
        tempfile.TemporaryDirectory() as folder,
        parts(Path(folder), emulator, inbox) as started,
    ):
        yield started


def journey(running: Parts, account: str, plan: Plan | None = None) -> Ended:
    world, seams = World(now=START), Seams(plan)
    place = OnRealParts(world, running, account)
    try:
        with seams_on_the_wire(seams, running.azurite.ports):
            return Run(place, world.clock, seams).all()
    finally:
        place.close()


@pytest.mark.timeout(300 + 20 * _JOURNEYS)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:.*deprecated:DeprecationWarning")
def test_no_fault_on_the_wire_is_noticed_by_anybody(running: Parts, capsys: pytest.CaptureFixture[str]) -> None:
    seed = seed_of_sample()
    whole = journey(running, _NAMES[0])
    effects = [p for p in plans(whole.points) if "GET " not in whole.points[p.point - 1] or p.fault in _AT_ONCE]
    chosen = random.Random(seed).sample(effects, _JOURNEYS)

    found = {}
    for account, plan in zip(_NAMES[1:], chosen, strict=True):
        where = whole.points[plan.point - 1]
        found[f"{plan.point} ({where}) {plan.fault}"] = differences(whole, journey(running, account, plan))

    with capsys.disabled():
        print(f"\non the wire: {len(whole.points)} points; journeys with a fault: {list(found)} (FAULT_SEED={seed})")
    assert {name: what for name, what in found.items() if what} == {}


_AT_ONCE = {Fault.CRASH_BEFORE, Fault.UNAVAILABLE}
