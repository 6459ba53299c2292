"""Every reason is true: held against all plans there are. And what the team reads depends on nothing confided."""

import random
from dataclasses import replace
from itertools import combinations

import pytest

from shared.domain.matching.graph import Standing
from shared.domain.matching.people import Cohort, Confided, Person, Side, Two
from shared.domain.matching.plan import Drawing, draw
from shared.domain.matching.reasons import ForMatchers, Help, Reasons, _words
from shared.domain.matching.rules import ALWAYS, CONFIDENTIAL, Employer, Matching, Rule, Wish
from shared.domain.matching.solving import could_be_asked, solve
from shared.domain.matching.ways import Ways
from tests.unit.domain.matching.enumeration import allowed, best, best_plan, broken, most_people, possible, two
from tests.unit.domain.matching.invented import BOARD, EQUALS, NARROW, TOPICS, a_cohort, a_person

MORE_EQUALS = EQUALS.model_copy(
    update={
        "must": (*ALWAYS, Rule.DIFFERENT_ORGANISATION, Rule.TOPIC_IN_COMMON),
        "wishes": (Wish(rule=Rule.WAYS_OF_MEETING_FIT, weight=2),),
        "may_be_lifted": (Rule.DIFFERENT_ORGANISATION, Rule.TOPIC_IN_COMMON),
    }
)


def small(seed: int) -> Cohort:
    rules = (NARROW, MORE_EQUALS, NARROW, BOARD)[seed % 4]
    size = (2 + seed % 4, 2 + seed // 4 % 3) if not rules.equals else (2 + seed % 3, 2 + seed // 4 % 2)
    return a_cohort(*size, seed=7000 + seed, rules=rules, crowded=True, decided=(0, 0.1)[seed % 3 == 0])


def drawn(seeds: range) -> list[Drawing]:
    return [draw(small(seed)) for seed in seeds]


def standing(drawing: Drawing, plan: frozenset[Two]) -> Standing:
    return drawing.graph.standing(map(drawing.graph.places, plan))


def test_what_is_lost_without_a_pair_is_what_is_lost() -> None:
    pairs = 0
    for drawing in drawn(range(60)):
        reasons = Reasons(drawing)
        for pair in drawing.plan.pairs:
            true = best_plan(drawing.cohort, drawing.plan.inputs, without=pair)[1]
            says = _words(drawing.graph, drawing.standing, standing(drawing, true))
            pairs += 1

            assert reasons.why(pair).matchers_price == ForMatchers(f"Without this pair {says}")
    assert pairs > 60


def test_what_the_team_reads_of_a_price_is_true_of_the_open_rules() -> None:
    for drawing in drawn(range(40)):
        shown = replace(drawing.cohort.in_the_open)
        best_of_all = best_plan(shown, drawing.plan.inputs)[1]
        graph = drawing.in_the_open
        for pair in drawing.plan.pairs:
            price = Reasons(drawing).why(pair).price.says
            if pair not in best_of_all:
                assert price == "Going by what may be shown here, nothing would be lost without this pair."
                continue
            without = best_plan(shown, drawing.plan.inputs, without=pair)[1]
            then, now = (graph.standing(map(graph.places, plan)) for plan in (without, best_of_all))
            assert price == f"Going by what may be shown here, without this pair {_words(graph, now, then)}"


def test_what_a_pair_that_is_none_would_cost_is_what_it_costs() -> None:
    checked = 0
    for drawing in drawn(range(40)):
        for a, b in possible(drawing.cohort)[:6]:
            pair = two(a, b)
            if pair in drawing.plan.pairs:
                continue
            true = best_plan(drawing.cohort, drawing.plan.inputs, with_pair=pair)[1]
            got = solve(drawing.graph, with_pair=drawing.graph.places(pair)).pairs
            says = Reasons(drawing).why_not(pair)
            rules = broken(drawing.cohort, a, b)
            checked += 1

            assert frozenset(map(drawing.graph.two, got)) == true
            assert _words(drawing.graph, drawing.standing, standing(drawing, true)) in says.matchers.says
            assert set(says.rules) == set(rules) - CONFIDENTIAL
            assert says.matchers.says.startswith("The rules do not allow it") == bool(
                rules and pair not in {Two(*one) for one in drawing.cohort.forbidden}
            )
    assert checked > 80


def test_the_counts_of_who_is_ruled_out_are_true() -> None:
    for drawing in drawn(range(80)):
        cohort = drawing.cohort
        for reference in drawing.plan.without:
            others = [(a, b) for a, b in possible(cohort) if reference in two(a, b)]
            every = [broken(cohort, a, b) for a, b in others]
            hand = [two(a, b) in cohort.forbidden for a, b in others]
            for count in Reasons(drawing).nobody(reference).counts:
                assert count.out == sum(count.rule in rules for rules in every)
                assert count.alone == sum(
                    rules == [count.rule] and not by_hand for rules, by_hand in zip(every, hand, strict=True)
                )


def covers(cohort: Cohort, pairs: set[Two], wanted: set[str]) -> bool:
    """Whether some plan made of the pairs has somebody for all of them."""
    if not pairs:
        return not wanted
    return best(cohort, pairs, lambda _: (0,), lambda p: (int(p.reference in wanted),))[0][0] == len(wanted)


def test_rivals_are_short_of_places_and_no_smaller_group_with_the_person_is() -> None:
    found = 0
    for drawing in drawn(range(160)):
        cohort, pairs = drawing.cohort, set(allowed(drawing.cohort))
        for reference in drawing.plan.without:
            if not any(reference in pair for pair in pairs):
                continue
            rivals = Ways(drawing.graph, drawing.solution.pairs).rivals(reference)
            people = set(rivals.people)
            found += 1

            # The partners are all whom they could have, beside one another and what is kept.
            open_pairs = [set(pair) for pair in pairs if pair not in cohort.kept]
            reached = {one for pair in open_pairs if pair & people for one in pair} - people
            assert set(rivals.partners) == reached
            assert cohort.rules.equals or rivals.places == len(people) - 1
            assert reference in people
            assert not covers(cohort, pairs, people)
            # Whoever is left out of the group, the rest can have somebody, so none of them is there for nothing.
            assert all(covers(cohort, pairs, people - {one}) for one in people)
    assert found > 30


def smallest_change(cohort: Cohort, having: set[str]) -> int | None:
    """The fewest rules lifted and people asked with which all of them have somebody, out of every plan."""
    liftable, people = set(cohort.rules.may_be_lifted), {person.reference: person for person in cohort.people}
    lifts = {two(a, b): 0 for a, b in possible(cohort) if two(a, b) in set(allowed(cohort))}
    for a, b in possible(cohort):
        rules = broken(cohort, a, b)
        if rules and set(rules) <= liftable and two(a, b) not in {*cohort.forbidden, *cohort.kept}:
            lifts[two(a, b)] = len(rules)
    could = [one for one, person in people.items() if could_be_asked(person, cohort.rules)]
    found = None
    # One person asked is always enough: a chain of changes ends once.
    for count in range(2 if lifts else 0):
        for asked in combinations(could, count):
            most = {one: people[one].partners(cohort.rules) + 1 for one in asked}
            worth, _ = best(
                cohort,
                lifts,
                lambda pair: (-lifts[pair],),
                lambda person: (int(person.reference in having),),
                most,
            )
            if worth[0] == len(having) and (found is None or count - worth[1] < found):
                found = count - worth[1]
    return found


def test_the_smallest_change_is_the_smallest_and_works() -> None:
    right = nothing = 0
    for drawing in drawn(range(24)):
        cohort = drawing.cohort
        for reference in drawing.plan.without:
            having = {one for pair in drawing.plan.pairs for one in pair} | {reference}
            if not possible(cohort):
                continue
            change = Ways(drawing.graph, drawing.solution.pairs).change(reference)
            true = smallest_change(cohort, having)

            assert (None if change is None else change.size) == true, reference
            if change is None:
                nothing += 1
                continue
            right += 1
            lifted = {lift.two: lift.rules for lift in change.lifts}
            assert having <= {one for pair in change.pairs for one in pair}
            assert set(change.pairs) <= set(allowed(cohort)) | set(lifted)
            assert set(cohort.kept) <= set(change.pairs)
            assert {rule for rules in lifted.values() for rule in rules} <= set(cohort.rules.may_be_lifted)
    assert right > 8
    assert nothing > 2


@pytest.mark.parametrize("seed", range(0, 48, 3))
def test_what_would_help_everybody_is_true(seed: int) -> None:
    drawing = draw(small(seed))
    cohort, ways = drawing.cohort, Ways(drawing.graph, drawing.solution.pairs)
    now = len({one for pair in drawing.plan.pairs for one in pair})

    for rule in cohort.rules.may_be_lifted:
        without = replace(
            cohort,
            rules=cohort.rules.model_copy(
                update={"must": tuple(r for r in cohort.rules.must if r is not rule), "may_be_lifted": ()}
            ),
        )
        assert ways.people_if(lifted=frozenset({rule})) == most_people(without, allowed(without)) - now
    for left in (True,) if cohort.rules.equals else (True, False):
        side = Side.PARTNER if cohort.rules.equals else Side.MENTOR if left else Side.MENTEE
        most = {
            one.reference: one.partners(cohort.rules) + 1
            for one in cohort.people
            if one.side is side and could_be_asked(one, cohort.rules)
        }
        assert ways.people_if(asked=left) == most_people(cohort, allowed(cohort), most) - now


def test_somebody_new_for_those_who_are_short_gives_two_people_a_partner() -> None:
    met = 0
    for seed in range(60):
        drawing = draw(small(seed))
        for one in Reasons(drawing).helps():
            if not one.matchers.says.startswith("One "):
                continue
            new = _somebody_for(drawing, one)
            if new is None:
                continue
            person, told = new
            cohort = drawing.cohort
            more = replace(
                cohort, people=(*cohort.people, person), confided={**cohort.confided, person.reference: told}
            )
            before, after = (len({r for pair in d.plan.pairs for r in pair}) for d in (drawing, draw(more)))
            met += 1

            assert after == before + 2
    assert met > 10


def _somebody_for(drawing: Drawing, one: Help) -> tuple[Person, Confided] | None:
    side = next(side for side in Side if one.matchers.says.startswith(f"One {side} more"))
    if side is Side.PARTNER and drawing.cohort.rules.must.count(Rule.SAME_ORGANISATION):
        return None
    level = {Side.MENTOR: 1, Side.MENTEE: 12}.get(side)
    person = a_person("newcomer", side, employer=Employer(key="new", known=True), level=level)
    topics = Confided(topics=frozenset(TOPICS), any_topic=True)
    # Somebody whose organisation is not known, or who is at the edge of the levels, could not have even the newcomer.
    short = [p for p in drawing.cohort.people if p.reference in drawing.plan.without]
    if any(not p.employer.known or p.level in {1, 12} for p in short):
        return None
    return person, topics


# What the team reads


def team_reads(drawing: Drawing, pairs: tuple[Two, ...]) -> list[object]:
    reasons = Reasons(drawing)
    seen: list[object] = [drawing.plan]
    for pair in pairs:
        why = reasons.why(pair)
        seen += [why.why, why.rules, why.price]
    for reference in drawing.plan.without:
        seen.append(reasons.nobody(reference).why)
    for a, b in possible(drawing.cohort)[:20]:
        seen += [reasons.why_not(two(a, b)).why, reasons.why_not(two(a, b)).rules]
    return seen


@pytest.mark.parametrize("rules", [NARROW, MORE_EQUALS, EQUALS])
@pytest.mark.parametrize("seed", range(4))
def test_other_confidences_with_the_same_pairs_change_no_byte_that_the_team_reads(rules: Matching, seed: int) -> None:
    cohort = a_cohort(9, 8, seed=seed, rules=rules, crowded=True)
    pairs = draw(cohort).plan.pairs
    fixed = replace(cohort, kept=frozenset(pairs[: seed * 3 + 2]))
    fixed = replace(fixed, kept=frozenset(draw(fixed).plan.pairs), forbidden=_all_others(fixed))
    change = random.Random(seed)  # noqa: S311 -- a seed that replays
    told = {
        person.reference: Confided(
            topics=frozenset(change.sample(TOPICS, change.randint(0, 5))),
            any_topic=change.random() < 0.3,
            cover=change.random() < 0.3,
            rather_not_with=frozenset({change.choice(cohort.people).address}),
        )
        for person in cohort.people
    }

    first, second = draw(fixed), draw(replace(fixed, confided=told))

    assert second.plan.pairs == first.plan.pairs
    assert repr(team_reads(second, first.plan.pairs)) == repr(team_reads(first, first.plan.pairs))
    notes = [[Reasons(d).why(pair).matchers.says for pair in d.plan.pairs] for d in (first, second)]
    assert notes[0] != notes[1]


def _all_others(cohort: Cohort) -> frozenset[Two]:
    """Nobody beside the pairs of the plan can be paired, so that other topics make no other pairs."""
    pairs = set(draw(cohort).plan.pairs)
    return frozenset(two(a, b) for a, b in possible(cohort) if two(a, b) not in pairs)


@pytest.mark.parametrize("seed", range(6))
def test_what_the_team_reads_of_a_drawn_pair_is_made_without_a_look_at_confidences(seed: int) -> None:
    """Stronger: nothing is fixed, so the plans differ; of a pair that both have, the team reads the same."""
    cohort = a_cohort(9, 9, seed=seed, crowded=True)
    other = replace(cohort, confided={one: Confided(any_topic=True) for one in cohort.confided})
    first, second = draw(cohort), draw(other)
    both = [pair for pair in first.plan.pairs if pair in second.plan.pairs]

    def read(drawing: Drawing) -> list[object]:
        whys = [Reasons(drawing).why(pair) for pair in both]
        return [(why.why, why.rules, why.price) for why in whys]

    assert first.plan.inputs == second.plan.inputs
    assert read(first) == read(second)


def test_nothing_confided_is_printed_by_accident() -> None:
    cohort = a_cohort(6, 6, seed=2, rules=NARROW, crowded=True)
    drawing = draw(cohort)
    reasons = Reasons(drawing, topics={topic: f"Secret {topic}" for topic in TOPICS})

    printed = repr(
        [cohort, *map(reasons.why, drawing.plan.pairs), *map(reasons.nobody, drawing.plan.without), *reasons.helps()]
    )

    assert not [
        word for word in (*TOPICS, "Secret", "topic in common'", "@") if word in printed.replace(repr(cohort.rules), "")
    ]


# In words


def words_of(cohort: Cohort) -> Reasons:
    return Reasons(draw(cohort), topics={"race": "Race", "gender": "Gender"})


def of(*people: Person, **given: object) -> Cohort:
    return Cohort(programme="p", people=people, **{"rules": NARROW, **given})  # type: ignore[arg-type]  # names of fields


RACE = Confided(topics=frozenset({"race"}))
GENDER = Confided(topics=frozenset({"gender"}))


def test_why_a_pair_is_one_in_words() -> None:
    a = a_person("amara", Side.MENTOR, place="Leicester", level=4, waited=1)
    x = a_person("tom", Side.MENTEE, place="Leicester", level=7)

    why = words_of(of(a, x, confided={"amara": RACE, "tom": RACE})).why(Two("amara", "tom"))

    assert why.why.says == (
        "They work for different organisations. Both work in Leicester. "
        "Any way of meeting suits both, as far as they said. "
        "The mentee is 3 levels more senior. Amara had no partner in an earlier round."
    )
    assert why.rules.says == "none broken"
    assert why.price.says == "Going by what may be shown here, without this pair 2 fewer people would have a partner."
    assert why.matchers.says == "Topic in common: Race."
    assert why.matchers_price.says == "Without this pair 2 fewer people would have a partner."


def test_a_pair_of_which_nothing_speaks_is_only_allowed() -> None:
    same = Employer(key="uhl", known=True)
    plain = Matching(must=ALWAYS, wishes=(Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=3),), may_be_lifted=())
    a, x = a_person("amara", Side.MENTOR, employer=same), a_person("tom", Side.MENTEE, employer=same)

    why = words_of(of(a, x, rules=plain)).why(Two("amara", "tom"))

    assert why.why.says == "Of what may be shown here, only that it is allowed."
    assert why.rules.says == "They work for the same organisation."


def test_why_nobody_in_words() -> None:
    people = [a_person("amara", Side.MENTOR, level=4)]
    people += [a_person(name, Side.MENTEE, level=7) for name in ("tom", "zainab")]

    cohort = of(*people, confided={"amara": RACE, "tom": RACE, "zainab": RACE})
    drawing = draw(cohort)
    nobody = Reasons(drawing).nobody(drawing.plan.without[0])

    assert nobody.why.says == "There is 1 mentor."
    assert nobody.matchers.says == (
        "There is 1 mentor. 1 of them is allowed. 2 mentees (Tom and Zainab) compete for 1 place with Amara. "
        "Nobody else would do for any of them. It would help to ask Amara to take one partner more. "
        "Everybody who has a partner would still have one."
    )


def test_a_rule_that_could_be_lifted_in_words() -> None:
    a, x = a_person("amara", Side.MENTOR, level=4), a_person("tom", Side.MENTEE, level=7)

    nobody = words_of(of(a, x, confided={"amara": RACE, "tom": GENDER})).nobody("tom")

    assert nobody.matchers.says == (
        "There is 1 mentor. None of them is allowed. 'topic in common' rules out 1 mentor, 1 of them by itself. "
        "It would help to lift 'topic in common' for Amara with Tom. Everybody who has a partner would still have one."
    )
    assert nobody.why.says == "There is 1 mentor."


def test_why_not_in_words() -> None:
    a = a_person("amara", Side.MENTOR, level=4, employer=Employer(key="?lpt", known=False))
    x = a_person("tom", Side.MENTEE, level=3, managers=frozenset({"amara@example.nhs.uk"}))

    why_not = words_of(of(a, x, confided={"amara": RACE, "tom": GENDER})).why_not(Two("amara", "tom"))

    assert why_not.why.says == (
        "The rules do not allow it: one is the other's line manager, they may work for the same organisation, since "
        "one they typed is not on the list and the mentee is not the more senior."
    )
    assert "they have no topic in common" in why_not.matchers.says
    assert why_not.matchers.says.endswith("If they were a pair all the same, 2 more people would have a partner.")


def test_who_is_forbidden_by_hand_is_said_to_be() -> None:
    a, x = a_person("amara", Side.MENTOR, level=4), a_person("tom", Side.MENTEE, level=7)
    reasons = words_of(of(a, x, confided={"amara": RACE, "tom": RACE}, forbidden=frozenset({Two("amara", "tom")})))

    assert reasons.why_not(Two("amara", "tom")).why.says == "A person decided that they are never to be a pair."
    assert reasons.nobody("tom").why.says == "There is 1 mentor. A person ruled out 1 mentor."
