"""The plan is the best there is, and the same in whatever order people are given."""

import hashlib
from dataclasses import replace

import pytest

from shared.domain.matching.graph import Aim, CannotBeDrawn, draw_lot
from shared.domain.matching.people import Cohort, Confided, Person, Side, Two
from shared.domain.matching.plan import TooMany, draw, open_inputs
from shared.domain.matching.rules import ALWAYS, Employer, Matching, Partners, Rule, Wish
from tests.unit.domain.matching import flow
from tests.unit.domain.matching.enumeration import best_plan
from tests.unit.domain.matching.invented import (
    BOARD,
    COHORT_3,
    COHORT_7,
    EQUALS,
    LOTS,
    NARROW,
    a_cohort,
    a_person,
    shuffled,
)

RULES = (COHORT_7, COHORT_3, NARROW, LOTS, EQUALS, BOARD)
#: Enough to meet each kind of trouble; by hand 20,000 were compared.
SMALL = 240


def small(seed: int) -> Cohort:
    rules = RULES[seed % len(RULES)]
    mentors, mentees = (seed // 6 % 6, seed // 36 % 5) if not rules.equals else (seed // 6 % 4, seed // 24 % 4)
    return a_cohort(mentors, mentees, seed=seed, rules=rules, crowded=True, decided=(0, 0.2)[seed // 180 % 2])


@pytest.mark.parametrize("part", range(4))
def test_it_is_the_best_of_all_plans(part: int) -> None:
    for seed in range(part, SMALL, 4):
        cohort = small(seed)
        if cohort.people:
            drawing = draw(cohort)

            assert set(drawing.plan.pairs) == best_plan(cohort, drawing.plan.inputs)[1], f"seed {seed}"


@pytest.mark.parametrize("seed", range(8))
def test_another_way_of_solving_finds_the_same_plan(seed: int) -> None:
    cohort = a_cohort(12 + seed, 19 - seed, seed=seed, rules=(COHORT_7, NARROW)[seed % 2], crowded=seed % 4 > 1)

    drawing = draw(cohort)

    assert set(drawing.plan.pairs) == flow.best_pairs(cohort, drawing.plan.inputs)


@pytest.mark.parametrize("rules", [COHORT_7, EQUALS])
def test_the_order_of_the_people_is_nothing(rules: Matching) -> None:
    cohort = a_cohort(20, 23, seed=1, rules=rules, decided=0.02)
    drawing = draw(cohort)

    for seed in range(15):
        again = draw(shuffled(cohort, seed))

        assert again.plan == drawing.plan
        assert again.all_inputs == drawing.all_inputs


def mentor(reference: str, **given: object) -> Person:
    return a_person(reference, Side.MENTOR, **given)


def mentee(reference: str, **given: object) -> Person:
    return a_person(reference, Side.MENTEE, **given)


def of(*people: Person, rules: Matching = COHORT_7.open_rules, **given: object) -> Cohort:
    return Cohort(programme="p", rules=rules, people=people, **given)  # type: ignore[arg-type]  # names of fields


def test_nobody_is_an_empty_plan() -> None:
    assert (draw(of()).plan.pairs, draw(of()).plan.without) == ((), ())


def test_one_side_alone_stays_alone() -> None:
    plan = draw(of(mentor("a"), mentor("b"))).plan

    assert (plan.pairs, plan.without) == ((), ("a", "b"))


def test_everybody_forbidden_is_nobody_paired() -> None:
    forbidden = frozenset(Two(a, b) for a in "ab" for b in "xy")

    plan = draw(of(mentor("a"), mentor("b"), mentee("x"), mentee("y"), forbidden=forbidden)).plan

    assert (plan.pairs, plan.without) == ((), ("a", "b", "x", "y"))


def test_more_people_come_before_better_pairs() -> None:
    # b could only have x, whom a would suit better.
    far = {"place": "Oakham", "employer": Employer(key="e", known=True)}
    cohort = of(
        mentor("a", place="Leicester"),
        mentor("b", **far, managers=frozenset({"y@example.nhs.uk"})),
        mentee("x", place="Leicester", employer=Employer(key="e", known=True)),
        mentee("y", place="Kettering"),
    )

    assert draw(cohort).plan.pairs == (Two("a", "y"), Two("b", "x"))


def test_who_waited_longer_comes_first_and_nobody_less_is_paired() -> None:
    cohort = of(mentor("a"), mentee("x", place="Leicester"), mentee("y", waited=1), mentee("z", waited=2))

    assert draw(cohort).plan.pairs == (Two("a", "z"),)


def test_the_heaviest_wish_is_broken_in_the_fewest_pairs() -> None:
    # Either one pair breaks the wish of weight 3 and a milder one too, or both pairs break the wish of weight 3.
    rules = Matching(
        must=ALWAYS,
        wishes=(
            Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=3),
            Wish(rule=Rule.NOT_SAME_TEAM, weight=2),
            Wish(rule=Rule.NOT_SAME_LEVEL, weight=1),
        ),
        may_be_lifted=(),
    ).open_rules
    one, two = Employer(key="one", known=True), Employer(key="two", known=True)
    cohort = of(
        mentor("a", employer=one, team="t", level=1),
        mentor("b", employer=two, team="u", level=9),
        mentee("x", employer=one, team="t", level=1),
        mentee("y", employer=one, team="v", level=5),
        rules=rules,
    )

    assert draw(cohort).plan.pairs == (Two("a", "y"), Two("b", "x"))


def test_nobody_takes_two_where_one_would_do() -> None:
    both = {"could_take_more": True, "place": "Leicester"}
    cohort = of(mentor("a", **both), mentor("b", place="Oakham"), mentee("x", **both), mentee("y", place="Leicester"))

    plan = draw(cohort).plan

    assert len(plan.pairs) == 2
    assert plan.without == ()


def test_who_could_take_two_does_so_for_somebody_who_would_have_nobody() -> None:
    cohort = of(mentor("a", could_take_more=True), mentee("x"), mentee("y"), mentee("z"))

    plan = draw(cohort).plan

    assert (len(plan.pairs), len(plan.without)) == (2, 1)


def test_nobody_takes_two_if_the_programme_does_not_let_them() -> None:
    rules = COHORT_7.open_rules.model_copy(update={"partners": Partners(more_if_they_agree=1)})

    plan = draw(of(mentor("a", could_take_more=True), mentee("x"), mentee("y"), rules=rules)).plan

    assert len(plan.pairs) == 1


def test_somebody_in_both_roles_is_not_paired_with_themselves() -> None:
    same = {"address": "sam@example.nhs.uk"}

    alone = draw(of(mentor("a", **same), mentee("x", **same)))
    with_others = draw(of(mentor("a", **same), mentee("x", **same), mentor("b"), mentee("y")))

    assert alone.plan.pairs == ()
    assert with_others.plan.pairs == (Two("a", "y"), Two("b", "x"))


@pytest.mark.parametrize(
    "people",
    [
        (mentor("a", managers=frozenset({"x@example.nhs.uk"})), mentee("x")),
        (mentor("a"), mentee("x", managers=frozenset({"a@example.nhs.uk"}))),
        (mentor("a", managers=frozenset({"m@example.nhs.uk"})), mentee("x", managers=frozenset({"m@example.nhs.uk"}))),
        (mentor("a", partners_before=frozenset({"x@example.nhs.uk"})), mentee("x")),
    ],
    ids=["mentee manages mentor", "mentor manages mentee", "one manager", "partners before"],
)
def test_who_must_not_meet_is_not_paired(people: tuple[Person, ...]) -> None:
    assert draw(of(*people)).plan.pairs == ()


def test_a_kept_pair_stands_whatever_the_rules_say() -> None:
    cohort = of(
        mentor("a", managers=frozenset({"x@example.nhs.uk"})), mentor("b"), mentee("x"), kept=frozenset({Two("a", "x")})
    )

    plan = draw(cohort).plan

    assert (plan.pairs, plan.without) == ((Two("a", "x"),), ("b",))


def test_a_kept_pair_of_equals_may_be_named_in_either_order() -> None:
    people = [replace(mentor(name), side=Side.PARTNER) for name in "abcd"]

    plan = draw(of(*people, rules=EQUALS.open_rules, kept=frozenset({Two("d", "a")}))).plan

    assert plan.pairs == (Two("a", "d"), Two("b", "c"))


def test_an_odd_pool_leaves_one_without() -> None:
    people = [replace(mentor(name), side=Side.PARTNER) for name in "abcde"]

    plan = draw(of(*people, rules=EQUALS.open_rules)).plan

    assert (len(plan.pairs), len(plan.without)) == (2, 1)


def test_a_board_stays_among_itself() -> None:
    one, two = Employer(key="one", known=True), Employer(key="two", known=True)
    people = [
        replace(mentor(name), side=Side.PARTNER, employer=employer)
        for name, employer in (("a", one), ("b", one), ("c", one), ("d", two), ("e", two))
    ]

    plan = draw(of(*people, rules=BOARD.open_rules)).plan

    assert Two("d", "e") in plan.pairs
    assert len(plan.pairs) == 2


def test_a_refusal_and_cover_are_heeded() -> None:
    people = (mentor("a"), mentee("x"))
    topic = frozenset({"race"})
    common = {"a": Confided(topics=topic), "x": Confided(topics=topic)}

    def paired(**told: Confided) -> bool:
        return bool(draw(of(*people, rules=COHORT_7, confided=common | told)).plan.pairs)

    assert paired()
    assert not paired(x=Confided(topics=topic, rather_not_with=frozenset({"a@example.nhs.uk"})))
    assert not paired(a=Confided(topics=topic, cover=True))
    assert paired(a=Confided(topics=topic, cover=True), x=Confided(topics=topic | {"gender"}))
    assert paired(a=Confided(topics=topic, cover=True), x=Confided(any_topic=True))
    assert not paired(x=Confided(topics=frozenset({"gender"})))
    assert not paired(x=Confided())


WRONG = {
    "twice": of(mentor("a"), mentor("a")),
    "mixed": of(mentor("a"), replace(mentor("b"), side=Side.PARTNER)),
    "partners in two sides": of(replace(mentor("a"), side=Side.PARTNER)),
    "sides in a pool": of(mentor("a"), rules=EQUALS),
    "kept with a stranger": of(mentor("a"), kept=frozenset({Two("a", "x")})),
    "kept the wrong way round": of(mentor("a"), mentee("x"), kept=frozenset({Two("x", "a")})),
    "kept and forbidden": of(
        mentor("a"), mentee("x"), kept=frozenset({Two("a", "x")}), forbidden=frozenset({Two("a", "x")})
    ),
}


@pytest.mark.parametrize("cohort", WRONG.values(), ids=WRONG)
def test_what_makes_no_cohort_is_refused_in_words(cohort: Cohort) -> None:
    with pytest.raises(CannotBeDrawn) as refused:
        draw(cohort)

    assert str(refused.value).endswith(".")
    assert "@" not in str(refused.value)


def test_too_many_are_refused_in_words() -> None:
    mentors = [mentor(f"m{number}") for number in range(1201)]
    mentees = [mentee(f"e{number}") for number in range(1200)]
    equals = [replace(one, side=Side.PARTNER) for one in mentors[:301]]

    with pytest.raises(TooMany, match=r"1,201 mentors and 1,200 mentees.*up to 1,440,000.*in groups"):
        draw(of(*mentors, *mentees))
    with pytest.raises(TooMany, match=r"301 partners.*up to 300.*in groups"):
        draw(of(*equals, rules=EQUALS))


def test_the_lot_can_be_drawn_again_by_anybody() -> None:
    cohort = of(mentor("a"), mentor("b"), mentee("x"))

    plan = draw(cohort).plan

    lots = {
        name: hashlib.blake2b(f"{open_inputs(cohort)}|{name}|x".encode(), digest_size=5).hexdigest() for name in "ab"
    }
    assert plan.inputs == open_inputs(cohort)
    assert plan.pairs == (Two(max(lots, key=lots.__getitem__), "x"),)
    assert draw_lot(plan.inputs, Two("a", "x")) == int(lots["a"], 16)


def test_the_open_hash_tells_nothing_that_was_confided() -> None:
    cohort = a_cohort(8, 8, seed=5)
    told = dict.fromkeys(cohort.confided, Confided(topics=frozenset({"religion"}), cover=True))
    changed = replace(cohort, confided=told)

    assert draw(changed).plan.inputs == draw(cohort).plan.inputs
    assert draw(changed).all_inputs != draw(cohort).all_inputs


def test_whatever_counts_is_in_a_hash_and_what_people_are_called_is_not() -> None:
    cohort = of(mentor("a"), mentee("x"))
    other_name = replace(cohort, people=(mentor("a", called="Somebody"), mentee("x")))
    changed = [
        replace(cohort, programme="q"),
        replace(cohort, people=(mentor("a", level=3), mentee("x"))),
        replace(cohort, people=(mentor("a", waited=1), mentee("x"))),
        replace(cohort, kept=frozenset({Two("a", "x")})),
        replace(cohort, forbidden=frozenset({Two("a", "x")})),
        replace(cohort, rules=COHORT_3.open_rules),
    ]

    assert open_inputs(other_name) == open_inputs(cohort)
    assert len({open_inputs(one) for one in (cohort, *changed)}) == len(changed) + 1


def test_the_standing_of_the_team_counts_no_confidential_wish() -> None:
    wishes = (Wish(rule=Rule.TOPIC_IN_COMMON, weight=3), Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=2))
    rules = Matching(must=ALWAYS, wishes=wishes, may_be_lifted=())
    cohort = of(mentor("a"), mentee("x"), rules=rules)

    drawing = draw(cohort)

    assert [(mark.of, mark.reached) for mark in drawing.standing if mark.aim is Aim.PAIRS_BREAKING] == [(3, 1), (2, 0)]
    assert [(mark.of, mark.reached) for mark in drawing.plan.standing if mark.aim is Aim.PAIRS_BREAKING] == [(2, 0)]
