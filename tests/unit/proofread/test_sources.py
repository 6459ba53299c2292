"""The five examples say nothing that their source does not: every value has the sentence that it is taken from.

A value is a word of the engine, words that stand in one of the sentences quoted here, or it is read out of a sentence
that is named beside it. Form, notes and decisions are nobody's but ours, and say so in the files.
"""

import re
from collections.abc import Iterator

import pytest
import yaml

from shared.programmes import FOLDER, in_folder, shipped
from shared.proofread import proofread

EXAMPLES = {path.stem: path for path in in_folder() if path not in shipped()}
# What the engine calls things; none of it is a fact about a programme.
ENGINE = {
    *("reverse", "reciprocal", "board", "interest", "completed", "none", "none said", "eligible", "needs a decision"),
    *("no", "one of", "any of", "to be confirmed", "mentor", "mentee", "partner"),
}
# Ours, and marked so in the files.
OURS = {"form", "notes", "programme", "id", "reason", "decided", "by", "on", "why", "area"}

LLR_2022 = """\
LLR Academy

We are delighted to launch our third cohort of the Reverse Mentoring programme for 2021/22.

There is growing evidence nationally that appropriately done; this approach helps deliver some of the inclusion,
leadership and culture change needed within the NHS and other local authority organisations.

The 2021/22 programme sets out to address race, disability and LGBTQ+ issues.

Reverse mentoring turns traditional mentoring on its head. The reverse mentor is a more junior colleague who would
mentor a more senior colleague.

Applications are now open for staff across the health and social care system in Leicester, Leicestershire and
Rutland (LLR) who want to be mentors and mentees.

Training is being planned for May 2022, followed by the programme for 6 months from June.

The closing date for applications is Friday 30th April 2022.

The closing date for applications is Saturday 30th April 2022.

The mentee could be any member of staff (Senior Managers, Executive Directors etc.) wishing to be reverse mentored.

A reverse mentor must be eager to support colleagues from across the LLR system. You must help the reverse mentee
discover their strengths and weaknesses to focus them on their own personal development specifically linked to
inclusion.

As a mentee, you must be committed to the principles of reverse mentoring. Be willing to listen, and understand the
role of the reverse mentor."""
LLR_GENERAL = """\
Reverse mentoring turns traditional mentoring on its head. The reverse mentor is a more junior colleague who would
mentor a more senior colleague. For example, a Black, Asian, or Minority Ethnic (BAME) or disabled colleague

Reverse mentors would ordinarily be junior members of staff; specifically more junior than the person being
mentored.

The mentee could be any member of staff wishing to be reverse mentored.

A reverse mentor must be eager to support colleagues from across the LLR system. You must be able to help the
reverse mentee discover their strengths and weaknesses in order to focus them on their own personal development
specifically linked to inclusion.

As a mentee, you must be committed to the principles of reverse mentoring. Be willing to listen and understand the
role of the reverse mentor.

The LLR system will advertise when they are promoting a new Reverse mentoring programme and interested parties will
be invited to apply. You will need to meet the person specification and be prepared to receive training in the role."""
MIDLANDS = """\
Midlands Leadership Academy

Reciprocal and Reverse Mentoring for Inclusion

Both of these programmes look at a mentoring approach for NHS staff from underrepresented groups and how we can
create transformational change to work towards a more equitable culture within the NHS.

The mentee is the learner

Both parties are learners

The mentee can open doors for the mentor

Both develop an understanding of their biases and the ways the system works against greater equity

Both learners develop their ability to make transformational interventions

The first cohort of reverse mentoring in 2021 was completed at the end of March

Reciprocal Mentoring for Inclusion programme"""
FOI = """\
The Trust's Reciprocal Mentoring for Inclusion programme, is based on the reversal of a traditional mentoring model,
whereby the more senior staff member undertakes the mentee role to gain fresh insight, perspectives and benefit from
the lived experience and learning of the less senior individual.

The purpose of the programme is to change and equalize the balance of power, challenge the traditional culture which
goes with hierarchy to form allies, create equal partnerships, and establish systemic transformational change.

age

gender reassignment

disability

race including colour, nationality, ethnic or national origin

religion or belief

sex

sexual orientation

The Reciprocal Mentoring for Inclusion programme is evaluated through virtual feedback sessions.

encouraging Trust staff who are enrolled in the programme to attend Virtual Action Learning Sets, which allow the
mentees and mentors to learn from each other by sharing their journey and experience of reciprocal mentoring
virtually.

The programme was deployed in January 2020 and is therefore in the early stage of its duration."""
SOURCES = {
    "llr-rm-2022-c3": LLR_2022,
    "llr-rm-general": LLR_GENERAL,
    "midlands-reverse-2021": MIDLANDS,
    "midlands-reciprocal-board": MIDLANDS,
    "foi-trust-reciprocal": FOI,
}
# What a value says in other words than its source, by file and place: the words there that say it.
READ_AS = {
    ("llr-rm-2022-c3", "cohort", "3"): "third cohort",
    ("llr-rm-2022-c3", "begins", "June 2022"): "6 months from June",
    ("llr-rm-2022-c3", "meetings.months", "6"): "6 months from June",
    ("llr-rm-2022-c3", "eligibility.sectors", "health"): "health and social care system",
    ("llr-rm-2022-c3", "eligibility.sectors", "social_care"): "health and social care system",
    ("llr-rm-2022-c3", "eligibility.sectors", "local_authority"): "other local authority organisations",
    ("llr-rm-general", "topics.disability", "Disability"): "disabled colleague",
    ("llr-rm-general", "topics.race", "Race"): "Black, Asian, or Minority Ethnic (BAME)",
    ("midlands-reverse-2021", "cohort", "1"): "The first cohort",
    ("midlands-reciprocal-board", "roles.partner.title", "Learner"): "Both parties are learners",
    ("foi-trust-reciprocal", "groups.attend", "all of"): "Trust staff who are enrolled in the programme",
    ("foi-trust-reciprocal", "groups.recurring", "yes"): "Virtual Action Learning Sets",
}


def values(node: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every value of a file with its place, but for what is ours."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in OURS:
                yield from values(value, f"{place}.{key}".lstrip("."))
    elif isinstance(node, list):
        for item in node:
            yield from values(item, place)
    elif node is not None:
        yield place, " ".join(str(node).split())


def same(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).casefold().strip()


@pytest.mark.parametrize("example", sorted(SOURCES))
def test_every_value_stands_in_the_source(example: str) -> None:
    # As texts: YAML would take "on" for a truth, and "3" for a number.
    file = yaml.load(EXAMPLES[example].read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 -- makes texts and nothing else
    said = [same(sentence) for sentence in SOURCES[example].split("\n\n")]
    invented = []
    for place, value in values(file):
        words = same(READ_AS.get((example, place, value), value))
        if value not in ENGINE and not any(f" {words} " in f" {sentence} " for sentence in said):
            invented.append((place, value))

    assert invented == []
    used = {key for key in READ_AS if key[0] == example}
    assert used <= {(example, place, value) for place, value in values(file)}


def test_the_five_are_all_there_is() -> None:
    assert set(EXAMPLES) == set(SOURCES)
    assert all(path.parent == FOLDER / "examples" for path in EXAMPLES.values())


def test_a_closing_date_that_contradicts_itself_is_an_error_at_both_places_until_somebody_decides() -> None:
    text = EXAMPLES["llr-rm-2022-c3"].read_text(encoding="utf-8")
    undecided = (
        "\n".join(line for line in text.splitlines() if not line.startswith(("  decided:", "  by:", "  on:")))
        .replace("  why: >-\n", "")
        .replace("    30 April 2022 was a Saturday. To turn", "    # To turn")
    )
    undecided = re.sub(r"\n    # To turn.*?\n\ncontacts", "\n\ncontacts", undecided, flags=re.DOTALL)

    decided, left_open = proofread(text), proofread(undecided)

    assert [a.finding.what for a in decided.accepted] == [
        "30 April 2022 is a Saturday, not a Friday.",
        "'Saturday 30th April 2022' stands here, and 'Friday 30th April 2022' on line 24.",
    ]
    assert {a.by for a in decided.accepted} == {"the developers, for this example"}
    assert left_open.programme is None
    assert [f.line for f in left_open.of("error")] == [24, 25]


def test_a_decision_about_nothing_is_an_error() -> None:
    text = EXAMPLES["llr-rm-2022-c3"].read_text(encoding="utf-8").replace("    - Friday 30th April 2022\n", "")

    assert [f.subject for f in proofread(text).of("error")] == ["closes.decided"]
