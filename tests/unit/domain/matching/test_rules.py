"""What a programme can say of matching, and what holds where it says nothing."""

from itertools import product

import pytest
from pydantic import ValidationError

from shared.domain.matching.checks import in_doubt, open_check
from shared.domain.matching.people import Side, Way
from shared.domain.matching.rules import (
    ALWAYS,
    CONFIDENTIAL,
    QUESTIONS,
    Employer,
    Levels,
    Matching,
    Organisation,
    Organisations,
    Rule,
    Wish,
    usual,
)
from tests.unit.domain.matching.enumeration import breaks
from tests.unit.domain.matching.invented import BOARD, COHORT_3, COHORT_7, EQUALS, NARROW, a_cohort, a_person


def wishes(rules: Matching) -> dict[Rule, int]:
    return {wish.rule: wish.weight for wish in rules.wishes}


def test_a_programme_that_says_nothing_has_the_rules_of_cohort_7() -> None:
    assert Matching() == COHORT_7
    assert usual("reverse") == COHORT_7


def test_seniority_is_never_a_must_in_cohort_7_and_one_in_2022() -> None:
    assert Rule.MENTEE_MORE_SENIOR not in COHORT_7.must
    assert wishes(COHORT_7)[Rule.MENTEE_MORE_SENIOR] == 2
    assert Rule.MENTEE_MORE_SENIOR in COHORT_3.must


def test_among_equals_nobody_is_the_senior() -> None:
    for rules in (EQUALS, BOARD):
        assert rules.equals
        assert Rule.MENTEE_MORE_SENIOR not in {*rules.must, *wishes(rules)}
        assert rules.points.level_apart.most == 0


def test_a_board_is_within_one_organisation_whose_people_may_have_one_manager() -> None:
    assert Rule.SAME_ORGANISATION in BOARD.must
    assert Rule.NOT_ONE_MANAGER not in BOARD.must
    assert Rule.DIFFERENT_ORGANISATION in wishes(EQUALS)


@pytest.mark.parametrize("rules", [COHORT_7, COHORT_3, EQUALS, BOARD, NARROW])
def test_what_keeps_people_safe_always_holds_and_is_never_lifted(rules: Matching) -> None:
    assert set(ALWAYS) <= set(rules.must)
    assert not set(ALWAYS) & set(rules.may_be_lifted)


WRONG = {
    "always": ({"must": (Rule.TOPIC_IN_COMMON,)}, "'not the line manager' always holds"),
    "both": (
        {"must": (*ALWAYS, Rule.NOT_SAME_TEAM), "may_be_lifted": ()},
        "'not the same team' is under 'must' and under 'wishes'",
    ),
    "twice": ({"must": (*ALWAYS, Rule.NOT_ONESELF), "may_be_lifted": ()}, "is named twice under 'must'"),
    "lifted safety": ({"may_be_lifted": (Rule.NOT_THE_LINE_MANAGER,)}, "is never lifted"),
    "lifted wish": ({"may_be_lifted": (Rule.DIFFERENT_ORGANISATION,)}, "is not under 'must'"),
    "contradiction": (
        {"must": (*ALWAYS, Rule.SAME_ORGANISATION), "may_be_lifted": ()},
        "'same organisation' cannot stand beside 'different organisation'",
    ),
    "seniority of equals": ({"equals": True}, "'mentee more senior' tells a mentor from a mentee"),
    "weight": ({"wishes": ({"rule": "not the same level", "weight": 4},)}, "less than or equal to 3"),
    "unknown": ({"musts": ()}, "Extra inputs"),
}


@pytest.mark.parametrize(("given", "says"), WRONG.values(), ids=WRONG)
def test_rules_that_do_not_fit_together_are_refused_in_words(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Matching.model_validate(given)

    assert says in str(refused.value)


def test_rules_come_from_the_words_of_a_file() -> None:
    rules = Matching.model_validate(
        {
            "must": [*ALWAYS, "topic in common", "mentee more senior"],
            "wishes": [{"rule": "different organisation", "weight": 3}],
            "may_be_lifted": ["topic in common"],
            "partners": {"more_if_they_agree": 2},
            "days_to_say_no": 0,
        }
    )

    assert rules.must[-1] is Rule.MENTEE_MORE_SENIOR
    assert rules.wishes == (Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=3),)


def test_a_rule_whose_question_is_not_asked_is_off_and_named() -> None:
    asked = {"manager_email", "topics", "organisation", "band"}

    off = COHORT_7.not_asked(asked)
    rules = COHORT_7.asked(asked)

    assert off == (Rule.COVER, Rule.NOT_SAME_TEAM, Rule.WAYS_OF_MEETING_FIT, Rule.SAME_PLACE_IN_PERSON)
    assert not set(off) & {*rules.must, *wishes(rules)}
    assert {*rules.must, *wishes(rules), *off} == {*COHORT_7.must, *wishes(COHORT_7)}


def test_without_topics_on_the_form_nobody_needs_one_in_common() -> None:
    rules = COHORT_7.asked({"manager_email"})

    assert Rule.TOPIC_IN_COMMON not in {*rules.must, *rules.may_be_lifted}
    assert rules.points.topic_in_common == 0


def test_a_rule_without_a_question_needs_none() -> None:
    assert {Rule.NOT_ONESELF, Rule.NOT_REFUSED, Rule.NOT_PARTNERS_BEFORE} == set(Rule) - set(QUESTIONS)


def test_the_open_rules_look_at_nothing_confided() -> None:
    shown = NARROW.open_rules

    assert not CONFIDENTIAL & {*shown.must, *wishes(shown), *shown.may_be_lifted}
    assert shown.points.topic_in_common == 0


@pytest.mark.parametrize("rule", sorted(set(Rule) - CONFIDENTIAL))
def test_each_rule_is_broken_when_its_words_say_so(rule: Rule) -> None:
    met = set()
    for seed, rules in product(range(3), (COHORT_7, COHORT_3)):
        cohort = a_cohort(14, 14, seed=seed, rules=rules, crowded=True)
        mentors = [person for person in cohort.people if person.side is Side.MENTOR]
        mentees = [person for person in cohort.people if person.side is Side.MENTEE]
        check = open_check(rule, rules)
        masks = check.masks(mentors, mentees)
        for (row, a), (column, b) in product(enumerate(mentors), enumerate(mentees)):
            true = breaks(rule, cohort, a, b)
            met.add(true)
            assert bool(masks[row] >> column & 1) is check.by(a, b) is true
    assert met == {True, False}


LEVELS = [
    # mentor, mentee, broken as a must, broken as a wish beside 'not the same level'
    (4, 7, False, False),
    (4, 4, True, False),
    (7, 4, True, True),
    (None, 4, False, False),
    (4, None, False, False),
]


@pytest.mark.parametrize(("mentor", "mentee", "must", "wish"), LEVELS)
def test_equal_levels_are_no_worse_than_a_senior_mentor(
    mentor: int | None, mentee: int | None, must: bool, wish: bool
) -> None:
    a, b = a_person("a", Side.MENTOR, level=mentor), a_person("b", Side.MENTEE, level=mentee)

    assert open_check(Rule.MENTEE_MORE_SENIOR, COHORT_3).by(a, b) is must
    assert open_check(Rule.MENTEE_MORE_SENIOR, COHORT_7).by(a, b) is wish


def test_teams_of_one_name_in_two_organisations_are_two_teams() -> None:
    check = open_check(Rule.NOT_SAME_TEAM, COHORT_7)
    a = a_person("a", employer=Employer(key="uhl", known=True), team="Finance")

    assert check.by(a, a_person("b", employer=Employer(key="uhl", known=True), team=" finance "))
    assert not check.by(a, a_person("b", employer=Employer(key="lpt", known=True), team="Finance"))
    assert check.by(a, a_person("b", employer=Employer(key="?u h l", known=False), team="Finance"))
    assert not check.by(a, a_person("b", employer=Employer(key="uhl", known=True)))


def test_ways_of_meeting_and_places_of_which_nothing_is_known_break_nothing() -> None:
    plain, at_home = a_person("a"), a_person("b", way=Way.IN_PERSON, place="Leicester")

    assert not open_check(Rule.WAYS_OF_MEETING_FIT, COHORT_7).by(plain, at_home)
    assert not open_check(Rule.SAME_PLACE_IN_PERSON, COHORT_7).by(plain, at_home)
    assert open_check(Rule.SAME_PLACE_IN_PERSON, COHORT_7).by(at_home, a_person("c", place="Oakham"))
    assert not open_check(Rule.SAME_PLACE_IN_PERSON, COHORT_7).by(at_home, a_person("c", place="LEICESTER"))


LISTED = Organisations(
    listed=(
        Organisation(id="uhl", names=("University Hospitals of Leicester NHS Trust", "UHL")),
        Organisation(id="glenfield", names=("Glenfield Hospital",), same_as="uhl"),
        Organisation(id="lpt", names=("Leicestershire Partnership NHS Trust",)),
    )
)


def test_one_employer_has_many_names() -> None:
    names = (" uhl ", "University  Hospitals of Leicester NHS Trust", "Glenfield hospital", "UHL.")

    assert {LISTED.employer(name) for name in names} == {Employer(key="uhl", known=True)}


def test_a_name_on_no_list_could_be_any_employer_and_a_person_is_to_look() -> None:
    a = a_person("a", employer=LISTED.employer("UHL"))
    b = a_person("b", employer=LISTED.employer("The Leicester hospitals"))
    c = a_person("c", employer=LISTED.employer("Leicestershire Partnership NHS Trust"))
    check = open_check(Rule.DIFFERENT_ORGANISATION, COHORT_7)

    assert check.by(a, b)
    assert in_doubt(Rule.DIFFERENT_ORGANISATION, a, b)
    assert not check.by(a, c)
    assert not in_doubt(Rule.NOT_SAME_LEVEL, a, b)


def test_without_a_list_two_names_are_two_employers() -> None:
    a, b, c = (
        a_person(name, employer=Organisations().employer(typed))
        for name, typed in zip("abc", ("UHL", "LPT", "uhl"), strict=True)
    )

    assert not open_check(Rule.DIFFERENT_ORGANISATION, COHORT_7).by(a, b)
    assert open_check(Rule.DIFFERENT_ORGANISATION, COHORT_7).by(a, c)


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        ([{"id": "a", "names": ["A"]}, {"id": "a", "names": ["B"]}], "two organisations have one id"),
        ([{"id": "a", "names": ["A"], "same_as": "b"}], "there is no organisation 'b'"),
        ([{"id": "a", "names": ["X"]}, {"id": "b", "names": ["x "]}], "'x' is a name of two organisations"),
        ([{"id": "a", "names": []}, {"id": "b", "names": ["A"]}], "'a' is a name of two organisations"),
        (
            [
                {"id": "a", "names": [], "same_as": "b"},
                {"id": "b", "names": [], "same_as": "c"},
                {"id": "c", "names": []},
            ],
            "'b' is itself the same as another",
        ),
    ],
)
def test_a_list_that_cannot_tell_employers_apart_is_refused(listed: list[object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Organisations.model_validate({"listed": listed})


def test_levels_are_read_as_they_are_typed() -> None:
    levels = Levels(of={"Band 2": 2, "Director": 10})

    assert [levels.level(typed) for typed in ("band 2", " Director", "not sure", "")] == [2, 10, None, None]
    with pytest.raises(ValidationError, match="'Chief' is not from 1 to 12"):
        Levels(of={"Chief": 13})
