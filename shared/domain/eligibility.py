"""Whether a cohort is for somebody of an area and a sector. The rules are data; seniority is none of them."""

from dataclasses import dataclass, replace
from typing import Literal

from shared.domain.cohort_model import Releaser, Role, Unit
from shared.domain.programme import EligibilityRule, Programme

_USUAL_REASONS = {
    "eligible": "This cohort is for people of that area and kind of organisation.",
    "not this cohort": "This cohort is not for people of that area and kind of organisation.",
    "needs a decision": "The programme leaves this area and kind of organisation to an administrator.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and the reason an administrator reads. ``released_by`` is who is asked for the time it takes."""

    answer: Literal["eligible", "not this cohort", "needs a decision"]
    reason: str
    released_by: Releaser = Releaser.MANAGER


def judge(programme: Programme, *, area: str, sector: str, role: Role | None = None) -> Verdict:
    """The programme's answer for the pair; without one, or if its rules disagree, a person decides.

    Of boards a person decides about each organisation, and those whom its sponsor invites need no other decision.
    """
    verdict = _of_board(role) if programme.model.unit is Unit.BOARD else _of_person(programme, area, sector)
    return replace(verdict, released_by=programme.model.released_as(role))


def _of_board(role: Role | None) -> Verdict:
    if role is Role.SPONSOR:
        return Verdict("needs a decision", "A board applies: whether its organisation can take part is for you to say.")
    return Verdict("eligible", "Their sponsor has invited them.")


def _of_person(programme: Programme, area: str, sector: str) -> Verdict:
    rules = [rule for rule in programme.eligibility if (rule.area, rule.sector) == (area, sector)]
    if not rules:
        return Verdict("needs a decision", "The programme has no rule for this area and kind of organisation.")
    if len({rule.answer for rule in rules}) > 1:
        return Verdict("needs a decision", "The programme's rules for this area and kind of organisation disagree.")
    return Verdict(rules[0].answer, _reason(rules[0]))


def _reason(rule: EligibilityRule) -> str:
    return rule.reason or _USUAL_REASONS[rule.answer]
