"""Confirming a form in one's name, and refusing one, under every fault: a part of the matrix, as of other stories."""

import random

import pytest

from tests.faults.matrix import journey, plans, run_all, seed_of_sample
from tests.faults.run import Story


@pytest.mark.timeout(400)
def test_a_form_is_confirmed_once_and_another_refused_once_whatever_fails(capsys: pytest.CaptureFixture[str]) -> None:
    seed = seed_of_sample()
    whole = journey(story=Story.IN_A_NAME)
    chosen = random.Random(seed).sample(list(plans(whole.points)), 40)

    matrix = run_all(sorted(chosen, key=lambda plan: (plan.point, plan.fault)), len(whole.points), Story.IN_A_NAME)

    asked = [mail for mail in whole.told["mails"] if "Did you fill in the form" in mail]
    assert len(asked) == 2
    assert sum("gender" in row for row in whole.tables["LivedExperience"]) == 1
    with capsys.disabled():
        print(f"\nin somebody's name, {matrix} (FAULT_SEED={seed})")
    assert [(case.plan, case.where, case.found) for case in matrix.failed] == []
