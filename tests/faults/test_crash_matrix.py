"""Any point at which the process touches anything outside may be its last, or meet a service that is away.

Whatever happens, people hear the same, once, and the tables end the same. Here a part of the matrix is run, another one
with ``FAULT_SEED``; ``make faults`` runs all of it.
"""

import random
from collections import Counter

import pytest

from tests.faults.matrix import contested, journey, plans, run_all, seed_of_sample, two_handed
from tests.faults.people import AMARA, KIM, SAM, TOM
from tests.faults.run import Ended, Story

# As many where people are told something, and as many anywhere.
_WHERE_PEOPLE_HEAR = 16
_JOURNEYS = {Story.JOURNEY: 16, Story.WAITING_LIST: 16, Story.PAIRS: 16}
_WITH_TWO_HANDS = {Story.JOURNEY: 8, Story.WAITING_LIST: 6, Story.IN_A_NAME: 6, Story.PAIRS: 6}


@pytest.fixture(scope="module")
def whole() -> Ended:
    return journey()


def test_the_journey_without_a_fault_tells_everybody_once(whole: Ended) -> None:
    assert whole.told["drafts"] == []
    # Their manager released one date, the mentor took another, and that one was moved: two changes, and two mails.
    new_dates = "priya.shah@example.nhs.uk: New dates for Amara Okafor in reverse mentoring"
    assert [mail for mail, times in Counter(whole.told["mails"]).items() if times > 1] == [new_dates]
    assert len(whole.told["mails"]) == 21
    assert whole == journey(), "the same story must pass the same points"


@pytest.mark.timeout(400)
def test_no_fault_at_any_point_is_noticed_by_anybody(whole: Ended, capsys: pytest.CaptureFixture[str]) -> None:
    seed = seed_of_sample()
    everything = list(plans(whole.points))
    told = [plan for plan in everything if whole.points[plan.point - 1].startswith(("mailbox.", "calendar."))]
    draw = random.Random(seed)
    chosen = {*draw.sample(told, _WHERE_PEOPLE_HEAR), *draw.sample(everything, _JOURNEYS[Story.JOURNEY])}

    matrix = run_all(sorted(chosen, key=lambda plan: (plan.point, plan.fault)), len(whole.points))

    with capsys.disabled():
        print(f"\n{matrix} (FAULT_SEED={seed})")
    assert [(case.plan, case.where, case.found) for case in matrix.failed] == []


@pytest.mark.timeout(400)
@pytest.mark.parametrize("story", Story)
def test_nobody_notices_two_hands_at_the_same_event_whatever_fails_at_either(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = seed_of_sample()
    whole, chance = journey(story=story), random.Random(seed)
    together = [plan for plan in contested(whole) if plan.point > _begins(whole, story)]
    everything = [plan for plan in two_handed(whole, chance) if plan.point > _begins(whole, story)]
    chosen = [
        *chance.sample(together, min(len(together), _WITH_TWO_HANDS[story])),
        *chance.sample(everything, _WITH_TWO_HANDS[story]),
    ]

    matrix = run_all(chosen, len(whole.points), story)

    with capsys.disabled():
        print(f"\n{story}, {matrix} (FAULT_SEED={seed})")
    assert [(case.plan, case.where, case.found) for case in matrix.failed] == []


@pytest.mark.timeout(400)
def test_a_place_is_offered_in_order_and_to_one_person_at_a_time_whatever_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = seed_of_sample()
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


@pytest.mark.timeout(400)
def test_no_fault_has_a_pair_told_twice_or_half(capsys: pytest.CaptureFixture[str]) -> None:
    seed = seed_of_sample()
    story = Story.PAIRS
    whole = journey(story=story)
    everything = [plan for plan in plans(whole.points) if plan.point > _begins(whole, story)]
    chosen = random.Random(seed).sample(everything, _JOURNEYS[story])

    matrix = run_all(sorted(chosen, key=lambda plan: (plan.point, plan.fault)), len(whole.points), story)

    told = [mail.partition(":")[0] for mail in whole.told["mails"] if "A partner for you" in mail]
    assert sorted(told) == sorted([AMARA, SAM, TOM, TOM])
    with capsys.disabled():
        print(f"\npairs, {matrix} (FAULT_SEED={seed})")
    assert [(case.plan, case.where, case.found) for case in matrix.failed] == []


def _begins(whole: Ended, story: Story) -> int:
    """The point behind which a story is its own: that people apply and are approved is played in others."""
    return next(n for n, name in enumerate(whole.points) if name == "queue.pairs") if story is Story.PAIRS else 0
