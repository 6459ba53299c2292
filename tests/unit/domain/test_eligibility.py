import pytest

from shared.domain.eligibility import judge
from shared.domain.programme import EligibilityRule
from tests.unit.contracts.builders import a_programme


@pytest.mark.parametrize(
    ("area", "sector", "answer"),
    [
        ("llr", "nhs", "eligible"),
        ("northamptonshire", "vcse", "not this cohort"),
        ("elsewhere", "nhs", "needs a decision"),
        ("llr", "vcse", "needs a decision"),
        ("", "", "needs a decision"),
    ],
)
def test_the_programme_answers_for_each_pair_and_a_person_for_the_rest(area: str, sector: str, answer: str) -> None:
    verdict = judge(a_programme(), area=area, sector=sector)

    assert verdict.answer == answer
    assert verdict.reason.endswith(".")


def test_a_rule_gives_its_own_reason() -> None:
    assert judge(a_programme(), area="northamptonshire", sector="vcse").reason == "Next year."


def test_rules_that_disagree_leave_it_to_a_person() -> None:
    programme = a_programme(
        eligibility=(
            EligibilityRule(area="llr", sector="nhs", answer="eligible"),
            EligibilityRule(area="llr", sector="nhs", answer="not this cohort"),
        )
    )

    assert judge(programme, area="llr", sector="nhs").answer == "needs a decision"
