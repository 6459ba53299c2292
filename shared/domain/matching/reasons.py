"""True reasons for a plan, in words: why these two, why not those, why nobody, and what would help.

What the team may read is ``Open``, and is made without a look at what was told in confidence: of the graph of somebody
to whom nothing was told. What those who match may read is ``ForMatchers``. The two cannot be mistaken for one another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from shared.domain.matching.checks import in_doubt, topics_in_common
from shared.domain.matching.graph import Aim, Graph, Places, Standing, first_difference
from shared.domain.matching.people import NOTHING_CONFIDED, Person, Two, Way
from shared.domain.matching.plan import Drawing
from shared.domain.matching.rules import CONFIDENTIAL, Rule
from shared.domain.matching.solving import Solution, solve
from shared.domain.matching.ways import Change, Rivals, Ways
from shared.domain.text import match_key


@dataclass(frozen=True, slots=True)
class Open:
    """Words that everybody on the team may read."""

    says: str


@dataclass(frozen=True, slots=True)
class ForMatchers:
    """Words that only those who match may read: they may tell what somebody told in confidence."""

    says: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WhyPair:
    """Why two are a pair. ``rules``: what they break; ``price``: what would be lost without them."""

    why: Open
    rules: Open
    price: Open
    matchers: ForMatchers
    matchers_price: ForMatchers


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why two are no pair. ``rules``: those that must hold and are broken, as far as the team may know them."""

    rules: tuple[Rule, ...]
    why: Open
    matchers: ForMatchers


@dataclass(frozen=True, slots=True)
class Ruled:
    """One rule and somebody: how many partners it rules out, and how many of them nothing else rules out."""

    rule: Rule
    out: int
    alone: int


@dataclass(frozen=True, slots=True)
class WhyNobody:
    """Why somebody has no partner. ``counts``, ``rivals`` and ``change`` are what ``matchers`` says, as values."""

    why: Open
    matchers: ForMatchers
    counts: tuple[Ruled, ...] = field(repr=False)
    rivals: Rivals | None = field(repr=False)
    change: Change | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Help:
    """Something that would help the whole cohort: how many people more would have a partner."""

    people: int
    matchers: ForMatchers


# A list of names that people can still read; the values have all of them.
_NAMED: Final = 8
#: What is wrong with two people, said to the team or, for the rules in ``CONFIDENTIAL``, to those who match.
BROKEN: Final[Mapping[Rule, str]] = {
    Rule.NOT_ONESELF: "they are one person",
    Rule.NOT_THE_LINE_MANAGER: "one is the other's line manager",
    Rule.NOT_ONE_MANAGER: "they have the same line manager",
    Rule.NOT_REFUSED: "one of them would rather not be paired with the other",
    Rule.NOT_PARTNERS_BEFORE: "they were partners before",
    Rule.TOPIC_IN_COMMON: "they have no topic in common",
    Rule.COVER: "one asked for cover, and the other chose a single topic",
    Rule.NOT_SAME_TEAM: "they work in the same team",
    Rule.DIFFERENT_ORGANISATION: "they work for the same organisation",
    Rule.SAME_ORGANISATION: "they do not work for the same organisation",
    Rule.MENTEE_MORE_SENIOR: "the mentee is not the more senior",
    Rule.NOT_SAME_LEVEL: "they are at the same level",
    Rule.WAYS_OF_MEETING_FIT: "one can only meet in person and the other only online",
    Rule.SAME_PLACE_IN_PERSON: "they would meet in person and work in different places",
}
_IN_DOUBT: Final[Mapping[Rule, str]] = {
    Rule.NOT_SAME_TEAM: "they may work in the same team, since an organisation they typed is not on the list",
    Rule.DIFFERENT_ORGANISATION: "they may work for the same organisation, since one they typed is not on the list",
    Rule.SAME_ORGANISATION: "they may not work for the same organisation, since one they typed is not on the list",
}


class Reasons:
    """Everything that can be said of one drawing. ``topics`` are the programme's names of its topics."""

    def __init__(self, drawing: Drawing, *, topics: Mapping[str, str] | None = None) -> None:
        self._drawing, self._topics = drawing, topics or {}
        self._graph = drawing.graph
        self._people = {person.reference: person for person in drawing.cohort.people}
        self._ways = Ways(drawing.graph, drawing.solution.pairs)

    @cached_property
    def _open_solution(self) -> Solution:
        return solve(self._drawing.in_the_open)

    @cached_property
    def _open_standing(self) -> Standing:
        return self._drawing.in_the_open.standing(self._open_solution.pairs)

    # Why these two

    def why(self, two: Two) -> WhyPair:
        """Why a pair of the plan is one."""
        graph, places = self._graph, self._graph.places(two)
        told = self._confided(two)
        by_hand = ["A person decided that they are a pair."] if places in graph.kept else []
        broken = [rule for rule in graph.breaks(places) if rule in CONFIDENTIAL]
        matchers = [*by_hand, *told, *(f"All the same, {BROKEN[rule]}." for rule in broken)]
        return WhyPair(
            why=Open(" ".join([*by_hand, *self._shown(two)]) or "Of what may be shown here, only that it is allowed."),
            rules=Open(self.rules_broken(two)),
            price=Open(self._open_price(places)),
            matchers=ForMatchers(" ".join(matchers) or "Nothing that was told in confidence speaks for or against it."),
            matchers_price=ForMatchers(f"Without this pair {self._price(places)}"),
        )

    def _price(self, places: Places) -> str:
        graph, now = self._graph, self._drawing.standing
        return _words(graph, now, graph.standing(self._without(graph, self._drawing.solution, places)))

    def rules_broken(self, two: Two) -> str:
        """The open rules that two people break, or 'none broken'."""
        graph = self._drawing.in_the_open
        places = graph.places(two)
        broken = [self._broken(rule, two) for rule in graph.breaks(places)]
        return _sentence(_and(broken)) if broken else "none broken"

    def _open_price(self, places: Places) -> str:
        graph, solution = self._drawing.in_the_open, self._open_solution
        if places not in solution.pairs:
            return "Going by what may be shown here, nothing would be lost without this pair."
        without = graph.standing(self._without(graph, solution, places))
        return f"Going by what may be shown here, without this pair {_words(graph, self._open_standing, without)}"

    @staticmethod
    def _without(graph: Graph, solution: Solution, places: Places) -> frozenset[Places]:
        if places in graph.kept:
            return solve(graph.without_kept(places)).pairs
        return solution.without(places)

    def _shown(self, two: Two) -> list[str]:
        """What speaks for a pair, of what the team may see."""
        rules = self._drawing.in_the_open.cohort.rules
        named = {*rules.must, *(wish.rule for wish in rules.wishes)}
        one, other = self._people[two.mentor], self._people[two.mentee]
        says = []
        if Rule.DIFFERENT_ORGANISATION in named and self._holds(Rule.DIFFERENT_ORGANISATION, two):
            says.append("They work for different organisations.")
        if Rule.SAME_ORGANISATION in named and self._holds(Rule.SAME_ORGANISATION, two):
            says.append("They work for the same organisation.")
        if one.place and match_key(one.place) == match_key(other.place):
            says.append(f"Both work in {one.place}.")
        if Rule.WAYS_OF_MEETING_FIT in named and self._holds(Rule.WAYS_OF_MEETING_FIT, two):
            says.append(_meeting(one.way, other.way))
        if named & {Rule.MENTEE_MORE_SENIOR, Rule.NOT_SAME_LEVEL} and one.level is not None and other.level is not None:
            says.append(_levels(one.level, other.level, equals=rules.equals))
        says += [
            f"{person.called} had no partner in {_rounds(person.waited)}." for person in (one, other) if person.waited
        ]
        return says

    def _holds(self, rule: Rule, two: Two) -> bool:
        graph = self._drawing.in_the_open
        return rule not in graph.breaks(graph.places(two))

    def _confided(self, two: Two) -> list[str]:
        """What speaks for a pair, of what was told in confidence."""
        confided = self._drawing.cohort.confided
        one, other = (confided.get(reference, NOTHING_CONFIDED) for reference in two)
        common = topics_in_common(one, other)
        says = []
        if common:
            names = sorted(self._topics.get(topic, topic) for topic in common)
            says.append(f"{'Topics' if len(common) > 1 else 'Topic'} in common: {', '.join(names)}.")
        for reference, told in zip(two, (one, other), strict=True):
            if told.any_topic:
                says.append(f"{self._people[reference].called} is open to any topic.")
            if told.cover:
                says.append(f"{self._people[reference].called} asked for cover.")
        return says

    # Why not those

    def why_not(self, two: Two) -> WhyNot:
        """Why two people of the cohort are no pair: the rules they break, or what such a pair would cost."""
        graph, shown, places = self._graph, self._drawing.in_the_open, self._graph.places(two)
        rules = shown.broken(places)
        by_hand = "A person decided that they are never to be a pair." if places in graph.forbidden else ""
        if places in self._drawing.solution.pairs:
            return WhyNot(rules, Open("They are a pair in this plan."), ForMatchers("They are a pair in this plan."))
        says = [by_hand] if by_hand else []
        if rules:
            says.append(f"The rules do not allow it: {_and(self._broken(rule, two) for rule in rules)}.")
        every = graph.broken(places)
        matchers = [by_hand] if by_hand else []
        if every:
            matchers.append(f"The rules do not allow it: {_and(self._broken(rule, two) for rule in every)}.")
        with_them = graph.standing(solve(graph, with_pair=places).pairs)
        matchers.append(f"If they were a pair all the same, {_words(graph, self._drawing.standing, with_them)}")
        return WhyNot(
            rules,
            Open(" ".join(says) or "No rule that may be shown here speaks against it. The match notes say more."),
            ForMatchers(" ".join(matchers)),
        )

    def _broken(self, rule: Rule, two: Two) -> str:
        one, other = self._people[two.mentor], self._people[two.mentee]
        return _IN_DOUBT[rule] if in_doubt(rule, one, other) else BROKEN[rule]

    # Why nobody

    def nobody(self, reference: str) -> WhyNobody:
        """Why somebody without a partner has none, and what would help."""
        person, graph = self._people[reference], self._graph
        counts, allowed = _counts(graph, reference)
        rivals = self._ways.rivals(reference) if allowed else None
        change = self._ways.change(reference)
        shown, _ = _counts(self._drawing.in_the_open, reference)
        who = _partners_word(graph, person)
        others = len(graph.others(reference))
        there = f"There {_are(others, who)}."
        by_hand = self._by_hand(reference, who)
        says = [f"{there} {allowed or 'None'} of them {'are' if allowed > 1 else 'is'} allowed."]
        says += [_ruled(count, who, alone=True) for count in counts if count.out]
        says += by_hand
        if rivals is not None:
            says.append(self._rivals(rivals, person))
        says.append(self._change(change))
        return WhyNobody(
            why=Open(" ".join([there, *(_ruled(count, who) for count in shown if count.out), *by_hand])),
            matchers=ForMatchers(" ".join(says)),
            counts=counts,
            rivals=rivals,
            change=change,
        )

    def _by_hand(self, reference: str, who: str) -> list[str]:
        count = sum(places in self._graph.forbidden for places in self._graph.others(reference))
        return [f"A person ruled out {count} {who if count == 1 else f'{who}s'}."] if count else []

    def _rivals(self, rivals: Rivals, person: Person) -> str:
        count = len(rivals.people)
        names, partners = self._names(rivals.people), self._names(rivals.partners)
        if self._graph.equals:
            and_these = f" and with {partners}" if rivals.partners else ""
            return (
                f"In every plan one at least of these {count} goes without: {names}. "
                f"They can be paired only with one another{and_these}."
                if count > 1
                else f"Only {partners} could be paired with {names}, and others need them."
            )
        word = person.side.value if count == 1 else f"{person.side}s"
        compete = "competes" if count == 1 else "compete"
        places = "no place" if not rivals.places else "1 place" if rivals.places == 1 else f"{rivals.places} places"
        return f"{count} {word} ({names}) {compete} for {places} with {partners}. Nobody else would do for any of them."

    def _names(self, references: Iterable[str]) -> str:
        names = sorted(self._people[reference].called for reference in references)
        return _and(names if len(names) <= _NAMED else [*names[:_NAMED], f"{len(names) - _NAMED} more"])

    def _change(self, change: Change | None) -> str:
        if change is None:
            return "No rule that may be lifted would help, nor would anybody who took one partner more."
        says = [
            f"to lift {_and(f"'{rule}'" for rule in lift.rules)} for {self._called(lift.two)}" for lift in change.lifts
        ]
        says += [f"to ask {self._people[one].called} to take one partner more" for one in change.asked]
        return f"It would help {_and(says)}. Everybody who has a partner would still have one."

    def _called(self, two: Two) -> str:
        return f"{self._people[two.mentor].called} with {self._people[two.mentee].called}"

    # What would help most

    def helps(self) -> tuple[Help, ...]:
        """What would help the whole cohort, the most helpful first; empty if nothing would."""
        without = self._drawing.plan.without
        if not without:
            return ()
        rules, graph = self._drawing.cohort.rules, self._graph
        found = []
        for rule in rules.may_be_lifted:
            people = self._ways.people_if(lifted=frozenset({rule}))
            found.append(Help(people, ForMatchers(f"Without the rule '{rule}', {_more(people)} would have a partner.")))
        sides = ((True, "everybody"),) if graph.equals else ((True, "every mentor"), (False, "every mentee"))
        for asked, who in sides:
            people = self._ways.people_if(asked=asked)
            says = f"If {who} who has not agreed to more took one partner more, {_more(people)} would have a partner."
            found.append(Help(people, ForMatchers(says)))
        found += self._one_more_person(without)
        return tuple(sorted((one for one in found if one.people > 0), key=lambda one: -one.people))

    def _one_more_person(self, without: Iterable[str]) -> list[Help]:
        """Somebody new whom any of those short of places could have; both of them would have a partner then."""
        short: dict[str, set[str]] = {}
        for reference in without:
            person = self._people[reference]
            if _counts(self._graph, reference)[1]:
                short.setdefault(person.side, set()).update(self._ways.rivals(reference).people)
            else:
                short.setdefault(person.side, set()).add(reference)
        found = []
        for side, references in short.items():
            person = self._people[min(references)]
            new = _partners_word(self._graph, person)
            says = f"One {new} more whom any of {len(references)} {side}s could have would give 2 people a partner."
            wanted: dict[str, int] = {}
            for reference in references:
                for topic in self._drawing.cohort.confided.get(reference, NOTHING_CONFIDED).topics:
                    wanted[topic] = wanted.get(topic, 0) + 1
            if wanted:
                ranked = sorted(wanted.items(), key=lambda one: (-one[1], one[0]))
                says += f" They named {', '.join(f'{self._topics.get(t, t)} ({count})' for t, count in ranked)}."
            found.append(Help(2, ForMatchers(says)))
        return found


def _counts(graph: Graph, reference: str) -> tuple[tuple[Ruled, ...], int]:
    """How many partners each rule rules out for somebody, and how many partners are left."""
    out: dict[Rule, int] = dict.fromkeys(graph.must, 0)
    alone: dict[Rule, int] = dict.fromkeys(graph.must, 0)
    allowed = 0
    for places in graph.others(reference):
        broken = graph.broken(places)
        for rule in broken:
            out[rule] += 1
        if len(broken) == 1 and places not in graph.forbidden:
            alone[broken[0]] += 1
        allowed += graph.may(places)
    return tuple(Ruled(rule, out[rule], alone[rule]) for rule in graph.must), allowed


def _words(graph: Graph, now: Standing, then: Standing) -> str:
    """What would be otherwise, by the first aim in which two plans differ."""
    differs = first_difference(now, then)
    if differs is None:
        return "nothing would change."
    (aim, of, before), (_, _, after) = differs
    more = after - before
    count, word = abs(more), "more" if more > 0 else "fewer"
    match aim:
        case Aim.PEOPLE:
            return f"{count} {word} {'person' if count == 1 else 'people'} would have a partner."
        case Aim.WAITED:
            who = "person" if count == 1 else "people"
            return f"{count} {word} {who} without a partner in {_rounds(of)} would have one now."
        case Aim.PAIRS_BREAKING:
            pairs = "pair" if count == 1 else "pairs"
            return f"{count} {word} {pairs} would break {_wishes(graph, of)}."
        case Aim.WISHES_BROKEN:
            return f"{_wishes(graph, of)} would be broken {count} times {'more' if more > 0 else 'less'}."
        case Aim.SECOND_PARTNERS:
            return f"{count} {word} {'person' if count == 1 else 'people'} would have a further partner."
        case Aim.POINTS:
            return f"the points would be {after:,} instead of {before:,}, and nothing else would be worse."
        case Aim.LOT:
            return "a plan just as good is there; the lot decided."


def _wishes(graph: Graph, weight: int) -> str:
    return " or ".join(f"'{wish.rule}'" for wish, _ in graph.wishes if wish.weight == weight)


def _rounds(waited: int) -> str:
    return "an earlier round" if waited == 1 else f"{waited} earlier rounds"


def _meeting(one: Way, other: Way) -> str:
    if Way.IN_PERSON in {one, other}:
        return "Meeting in person suits both, as far as they said."
    if Way.ONLINE in {one, other}:
        return "Meeting online suits both, as far as they said."
    # Who did not answer counts as free to meet either way.
    return "Any way of meeting suits both, as far as they said."


def _levels(one: int, other: int, *, equals: bool) -> str:
    if one == other:
        return "They are at the same level."
    apart = abs(one - other)
    levels = "1 level" if apart == 1 else f"{apart} levels"
    if equals:
        return f"They are {levels} apart."
    return f"The {'mentee' if other > one else 'mentor'} is {levels} more senior."


def _partners_word(graph: Graph, person: Person) -> str:
    return "partner" if graph.equals else "mentee" if person.side == "mentor" else "mentor"


def _are(count: int, word: str) -> str:
    others = f"other {word}" if word == "partner" else word
    return f"is 1 {others}" if count == 1 else f"are {count} {others}s"


def _ruled(count: Ruled, who: str, *, alone: bool = False) -> str:
    says = f"'{count.rule}' rules out {count.out} {who if count.out == 1 else f'{who}s'}"
    return f"{says}, {count.alone} of them by itself." if alone and count.alone else f"{says}."


def _more(people: int) -> str:
    return f"{people} {'person' if people == 1 else 'people'} more"


def _and(parts: Iterable[str]) -> str:
    listed = list(parts)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}" if listed else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
