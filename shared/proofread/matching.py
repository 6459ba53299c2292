"""Reads how a programme pairs people: ``matching:``, ``organisations:`` and ``levels:``. Silence means the usual rules.

A rule is named by the words of ``Rule`` or by those that people use for it. Rules that keep people safe hold without
being named.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.domain.cohort_model import CohortModel, Unit
from shared.domain.matching.rules import (
    ALWAYS,
    HEAVIEST,
    QUESTIONS,
    LevelApart,
    Levels,
    Matching,
    Organisation,
    Organisations,
    Partners,
    Points,
    Rule,
    Wish,
    usual,
)
from shared.domain.programme import Programme
from shared.proofread.section import Section
from shared.proofread.tree import Listing, Node, Words
from shared.proofread.tree import Mapping as Tree
from shared.proofread.words import did_you_mean, plain

KEYS: Final = ("matching", "organisations", "levels")
_KNOWN = (
    "seniority", "topics", "must", "wishes", "may be lifted", "points", "partners", "size", "people say no",
    "told of partner",
)  # fmt: skip
_ALSO_CALLED: Final[Mapping[str, Rule]] = {
    "topics": Rule.TOPIC_IN_COMMON,
    "seniority": Rule.MENTEE_MORE_SENIOR,
    "way of meeting fits": Rule.WAYS_OF_MEETING_FIT,
    "cover": Rule.COVER,
}
_RULES: Final = (*Rule, *_ALSO_CALLED)
_STRENGTHS: Final = ("must", "wish", "none")
_TOLD: Final = ("name", "role", "job title", "organisation")
_USUAL_WEIGHT = 2
_HIGHEST = 12
_SIZE = 2


def read_matching(top: Section, model: CohortModel | None) -> Matching:
    """The rules of a file; those of ``usual`` where it says nothing. ``model`` None: it could not be read."""
    if model is None:
        return Matching()
    default = usual(model.kind, board=model.unit is Unit.BOARD).model_copy(update={"equals": model.of_equals})
    section = top.section("matching", _KNOWN)
    if section is None:
        return default
    must = [*ALWAYS, *_rules(section, "must")] if section.node("must") else list(default.must)
    named_must = set(must) if section.node("must") else set(ALWAYS)
    if section.node("wishes"):
        wishes = {wish.rule: wish.weight for wish in _wishes(section)}
    else:
        wishes = {wish.rule: wish.weight for wish in default.wishes if wish.rule not in named_must}
        must = [rule for rule in must if rule not in wishes]
    for key, rule in (("topics", Rule.TOPIC_IN_COMMON), ("seniority", Rule.MENTEE_MORE_SENIOR)):
        _set_strength(section, key, rule, must, wishes)
    must = list(dict.fromkeys(must))
    _refuse_groups(section)
    lifted = _rules(section, "may be lifted") if section.node("may be lifted") else default.may_be_lifted
    values: dict[str, Any] = {
        "equals": default.equals,
        "must": tuple(must),
        "wishes": tuple(Wish(rule=rule, weight=weight) for rule, weight in wishes.items()),
        "may_be_lifted": tuple(r for r in lifted if r in must or section.node("may be lifted")),
        "points": _points(section, default.points),
        "partners": _partners(section, default.partners, equals=default.equals),
        "days_to_say_no": _days(section, default.days_to_say_no),
        "told_of_partner": _told(section, default.told_of_partner),
    }
    return section.findings.make(Matching, section.line, section.subject, **values) or default


def _set_strength(section: Section, key: str, rule: Rule, must: list[Rule], wishes: dict[Rule, int]) -> None:
    """``seniority`` and ``topics`` say in one word what would otherwise stand in two lists."""
    if section.node(key) is None:
        return
    strength = section.choice(key, _STRENGTHS)
    section.findings.lines[_line_of(rule)] = section.line_of(key)
    weight = wishes.pop(rule, _USUAL_WEIGHT)
    if rule in must:
        must.remove(rule)
    if strength == "must":
        must.append(rule)
    elif strength == "wish":
        wishes[rule] = weight


def _line_of(rule: Rule) -> str:
    """Where a rule that the file names is said to be."""
    return f"matching.{rule}"


def _rule(section: Section, key: str, words: Words) -> Rule | None:
    text = plain(words.text).casefold()
    rule = next((rule for rule in Rule if rule == text), None) or _ALSO_CALLED.get(text)
    if rule is None:
        section.findings.error(
            words.line, section.at(key), f"'{plain(words.text)}' is not a rule.", did_you_mean(text, _RULES)
        )
    elif rule not in ALWAYS:
        section.findings.lines[_line_of(rule)] = words.line
    return rule


def _rules(section: Section, key: str) -> tuple[Rule, ...]:
    found = (_rule(section, key, words) for words in section.texts(key))
    return tuple(rule for rule in found if rule is not None)


def _wishes(section: Section) -> Iterable[Wish]:
    for part in section.sections("wishes", ("rule", "weight"), called="rule"):
        words = part.words("rule", required=True)
        rule = _rule(part, "rule", words) if words else None
        weight = part.number("weight", least=1, required=True) or 1
        if weight > HEAVIEST:
            part.wrong("weight", f"'{weight}' is heavier than any wish.", f"Write 1, 2 or {HEAVIEST}: the worst.")
        elif rule is not None:
            yield Wish(rule=rule, weight=weight)


def _points(section: Section, default: Points) -> Points:
    points = section.section("points", ("topic in common", "topics counted", "same place", "level apart"))
    if points is None:
        return default
    apart = points.section("level apart", ("ideal", "each step off", "most"))
    of = default.level_apart
    values = {
        "topic_in_common": points.number("topic in common", default=default.topic_in_common),
        "topics_counted": points.number("topics counted", default=default.topics_counted, least=1),
        "same_place": points.number("same place", default=default.same_place),
        "level_apart": of
        if apart is None
        else points.findings.make(
            LevelApart,
            apart.line,
            apart.subject,
            ideal=apart.number("ideal", default=of.ideal),
            each_step_off=apart.number("each step off", default=of.each_step_off),
            most=apart.number("most", default=of.most),
        )
        or of,
    }
    return section.findings.make(Points, points.line, points.subject, **values) or default


def _refuse_groups(section: Section) -> None:
    """Say what there is in place of groups of more than two: several pairs, or sessions that people join."""
    size = section.number("size", default=_SIZE) or 0
    if size != _SIZE:
        section.wrong(
            "size",
            f"Pairs are of two people; groups of {size} are not drawn.",
            "Take 'size' out. Where one person has several partners, write 'partners: {mentor: 3}': each is a pair of "
            "its own. For groups that learn together, such as action learning sets, write sessions under 'groups' with "
            "'attend: any of'.",
        )


def _partners(section: Section, default: Partners, *, equals: bool) -> Partners:
    partners = section.section("partners", ("mentor", "mentee", "more if they agree"))
    if partners is None:
        return default
    for key in ("mentor", "mentee"):
        if equals and (partners.number(key, default=1) or 1) > 1:
            partners.wrong(
                key,
                "Both are partners in this programme, and each has one.",
                "Take it out. A second partner can be typed into Pairs, with 'second pair' in Overruled.",
            )
    values = {
        "mentor": partners.number("mentor", default=default.mentor, least=1),
        "mentee": partners.number("mentee", default=default.mentee, least=1),
        "more_if_they_agree": partners.number("more if they agree", default=default.more_if_they_agree, least=1),
    }
    return section.findings.make(Partners, partners.line, partners.subject, **values) or default


def _days(section: Section, default: int) -> int:
    text = section.text("people say no")
    if not text:
        return default
    digits = text.removesuffix("s").removesuffix("day").strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len("60")):
        section.wrong(
            "people say no",
            f"'{text}' is not a number of days.",
            "Write it such as '5 days'; with 0 nobody is asked and a pair is confirmed when it is published.",
        )
        return default
    return int(digits)


def _told(section: Section, default: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for words in section.texts("told of partner"):
        told = plain(words.text).casefold()
        if told in _TOLD:
            found.append(told)
            continue
        section.findings.error(
            words.line,
            section.at("told of partner"),
            f"Nobody is told '{plain(words.text)}' of their partner.",
            did_you_mean(told, _TOLD),
        )
    return tuple(dict.fromkeys(("name", *found))) if found else default


def read_organisations(top: Section) -> Organisations:
    """The employers that the file lists, each with the names that people type."""
    listed = []
    for name, node in top.entries("organisations"):
        subject = f"organisations.{name.text}"
        top.findings.lines[subject] = name.line
        names, same_as = _names_of(top, subject, name, node)
        listed.append(Organisation(id=name.text, names=names, same_as=same_as))
    if not listed or top.findings.refused:
        return Organisations()
    made = top.findings.make(Organisations, top.line_of("organisations"), "organisations", listed=tuple(listed))
    return made or Organisations()


def _names_of(top: Section, subject: str, name: Words, node: Node) -> tuple[tuple[str, ...], str]:
    if isinstance(node, Tree):
        section = Section(top.findings, node, subject, ("names", "same as"), line=name.line)
        return tuple(plain(words.text) for words in section.texts("names", required=True)), section.text("same as")
    items = node.items if isinstance(node, Listing) else (node,)
    return tuple(plain(item.text) for item in items if isinstance(item, Words) and not item.empty), ""


def read_levels(top: Section) -> Levels:
    """What people call their band, as a number."""
    levels: dict[str, int] = {}
    for name, words in top.pairs("levels"):
        text = plain(words.text)
        if text.isascii() and text.isdecimal() and len(text) <= len("12") and 1 <= int(text) <= _HIGHEST:
            levels[plain(name.text)] = int(text)
            continue
        top.findings.error(
            words.line,
            f"levels.{name.text}",
            f"'{text}' is not a level.",
            f"Write a number from 1 to {_HIGHEST}; a higher one is more senior.",
        )
    return Levels(of=levels)


def warn_of_rules_that_are_off(top: Section, programme: Programme) -> None:
    """Say which rules that the file names look at an answer that nobody is asked for."""
    lines = top.findings.lines
    fields = {question.field for question in programme.questions}
    for rule in programme.matching.not_asked(fields):
        if _line_of(rule) in lines:
            wanted = " or ".join(f"'{field}'" for field in QUESTIONS[rule])
            top.findings.warn(
                lines[_line_of(rule)],
                _line_of(rule),
                f"'{rule}' is asked for, but no question fills {wanted}, so the rule is off.",
                "Ask the question in the form, or take the rule out.",
            )
    about_levels = {Rule.MENTEE_MORE_SENIOR, Rule.NOT_SAME_LEVEL}
    named = [rule for rule in about_levels if _line_of(rule) in lines and rule in programme.matching.named]
    if named and "band" in fields and not programme.levels.of:
        rule = min(named)
        top.findings.warn(
            lines[_line_of(rule)],
            _line_of(rule),
            f"'{rule}' is asked for, but 'levels:' says of no band how high it is, so nobody breaks the rule.",
            "Write 'levels:' with what people answer, such as 'Band 5: 5'.",
        )
