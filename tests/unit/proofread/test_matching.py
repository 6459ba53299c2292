"""How a programme pairs people, as its file says it, and what the proof-reader says of mistakes in it."""

import re

import pytest

from shared.domain.matching.rules import ALWAYS, Matching, Rule, usual
from tests.unit.proofread.broken import TEXT, line_of, new_findings, read

_SECTION = re.compile(r"(?ms)^matching:\n.*?(?=^# Which band)")
_LEVELS = re.compile(r"(?ms)^levels:\n.*?\n\n")


def with_matching(words: str, text: str = TEXT) -> str:
    """The shipped file with another section ``matching:``, or with none."""
    assert len(_SECTION.findall(text)) == 1
    return _SECTION.sub(lambda _: f"matching:\n{words}\n\n" if words else "\n", text)


def rules_of(text: str) -> Matching:
    programme = read(text).programme
    assert programme is not None, new_findings(text)
    return programme.matching


def weights(rules: Matching) -> dict[Rule, int]:
    return {wish.rule: wish.weight for wish in rules.wishes}


def test_the_shipped_file_says_what_its_pack_allows_and_its_form_asks_for_all_of_it() -> None:
    programme = read(TEXT).programme
    assert programme is not None
    rules = programme.matching

    assert set(rules.must) == {*ALWAYS, Rule.NOT_ONE_MANAGER, Rule.TOPIC_IN_COMMON, Rule.NOT_PARTNERS_BEFORE}
    assert weights(rules)[Rule.MENTEE_MORE_SENIOR] == 2, "seniority is never a condition"
    assert (rules.days_to_say_no, programme.pairing) == (5, rules)
    bands = ("Band 8a", "8A", "AfC band 5", "band-9", "Director", "")
    assert [programme.levels.level(band) for band in bands] == [8, 8, 5, 12, None, None]


def test_a_file_that_says_nothing_pairs_as_is_usual() -> None:
    assert rules_of(with_matching("")) == usual("reverse")


@pytest.mark.parametrize(
    ("words", "must", "wished"),
    [
        ("  seniority: must", True, False),
        ("  seniority: wish", False, True),
        ("  seniority: none", False, False),
        ("  must: [mentee more senior]", True, False),
        ("  wishes: [{rule: Seniority, weight: 1}]", False, True),
    ],
)
def test_seniority_is_a_must_a_wish_or_nothing(words: str, must: bool, wished: bool) -> None:
    rules = rules_of(with_matching(words))

    assert (Rule.MENTEE_MORE_SENIOR in rules.must, Rule.MENTEE_MORE_SENIOR in weights(rules)) == (must, wished)
    assert set(ALWAYS) <= set(rules.must)


@pytest.mark.parametrize(
    ("words", "subject", "says"),
    [
        ("  must: [not the same tem]", "matching.must", "'not the same tem' is not a rule."),
        ("  wishes: [{rule: topics, weight: 4}]", "matching.wishes.topics.weight", "'4' is heavier than any wish."),
        ("  people say no: soon", "matching.people say no", "'soon' is not a number of days."),
        ("  told of partner: [topics]", "matching.told of partner", "Nobody is told 'topics' of their partner."),
        ("  may be lifted: [not refused]", "matching", "keeps people safe and is never lifted"),
        ("  size: 4", "matching.size", "Pairs are of two people; groups of 4 are not drawn."),
        ("  seniority: always", "matching.seniority", "'always' is not one of the answers to 'seniority'."),
    ],
)
def test_a_mistake_is_named_with_its_place(words: str, subject: str, says: str) -> None:
    text = with_matching(words)
    found = [finding for finding in new_findings(text) if finding.subject == subject]

    assert read(text).programme is None
    assert says in found[0].what
    assert found[0].line in range(line_of("matching:", text), line_of("# Which band is how high.", text))


def test_a_rule_whose_answer_nobody_is_asked_for_is_off_and_named() -> None:
    text = with_matching("  must: [not the same team]")
    question = re.search(r"(?ms)^    - field: team\n.*?\n\n", text)
    assert question is not None
    silent = text.replace(question[0], "")

    assert [f.what for f in new_findings(text)] == []
    assert [(f.severity, f.what) for f in new_findings(silent) if "not the same team" in f.what] == [
        ("warning", "'not the same team' is asked for, but no question fills 'team', so the rule is off.")
    ]
    programme = read(silent).programme
    assert programme is not None
    assert Rule.NOT_SAME_TEAM not in programme.pairing.must


def test_seniority_without_levels_is_a_warning() -> None:
    found = new_findings(_LEVELS.sub("", TEXT))

    assert {f.severity for f in found} == {"warning"}
    assert "'levels:' says of no band how high it is" in found[0].what


def test_organisations_have_names_and_levels_are_numbers() -> None:
    text = TEXT.replace(
        "\nlevels:\n",
        "\norganisations:\n  uhl: [University Hospitals, UHL]\n  annexe: {names: Annexe, same as: uhl}\nlevels:\n",
    )
    programme = read(text).programme
    assert programme is not None
    employers = [programme.organisations.employer(name) for name in (" uhl", "university hospitals", "Annexe", "Other")]

    assert [(one.key, one.known) for one in employers] == [("uhl", True)] * 3 + [("?other", False)]
    twice = read(text.replace("names: Annexe", "names: UHL"))
    assert "is a name of two organisations" in twice.of("error")[0].what
    assert "'13' is not a level." in read(TEXT.replace("Band 9: 12", "Band 9: 13")).of("error")[0].what
