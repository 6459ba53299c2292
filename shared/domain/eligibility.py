"""Whether a cohort is for somebody of an area and a sector. The rules are data; seniority is none of them."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.programme import EligibilityRule, Programme

_USUAL_REASONS = {
    "eligible": "This cohort is for people of that area and kind of organisation.",
    "not this cohort": "This cohort is not for people of that area and kind of organisation.",
    "needs a decision": "The programme leaves this area and kind of organisation to an administrator.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and the reason an administrator reads."""

    answer: Literal["eligible", "not this cohort", "needs a decision"]
    reason: str


def judge(programme: Programme, *, area: str, sector: str) -> Verdict:
    """The programme's answer for the pair; without one, or if its rules disagree, a person decides."""
    rules = [rule for rule in programme.eligibility if (rule.area, rule.sector) == (area, sector)]
    if not rules:
        return Verdict("needs a decision", "The programme has no rule for this area and kind of organisation.")
    if len({rule.answer for rule in rules}) > 1:
        return Verdict("needs a decision", "The programme's rules for this area and kind of organisation disagree.")
    return Verdict(rules[0].answer, _reason(rules[0]))


def _reason(rule: EligibilityRule) -> str:
    return rule.reason or _USUAL_REASONS[rule.answer]
