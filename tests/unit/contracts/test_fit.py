"""The line that a remark tells administrators to write really mends the file: written there, the remark is gone."""

import dataclasses
import re

import pytest

from shared.contracts.fit import remarks
from shared.contracts.registry import provider
from shared.contracts.submission import Asked, Submission
from shared.domain.programme import Programme
from shared.proofread import proofread
from tests.senders import ALL, Item, filled_in
from tests.unit.proofread.broken import TEXT
from tests.world import answers, cohort_7

ODD_TITLES = [
    "Do you drive?",
    'Say "yes": or - no # maybe',
    "- a list: [of, things] {here}",
    "Zo\u00eb\u2019s \u2018question\u2019 \U0001f600",
    "null",
    "Back\\slash and 'quotes'",
]


def submission(items: list[Item], programme: Programme) -> Submission:
    known = provider("typeform")
    assert known is not None
    return known.parse(ALL["typeform"].body(items), programme)


def line_of(remark: str) -> str:
    """What stands after the words 'the line'."""
    return remark.rpartition("the line   ")[2]


def reread(text: str) -> Programme:
    reading = proofread(text)
    assert reading.programme is not None, [finding.what for finding in reading.findings]
    return reading.programme


@pytest.mark.parametrize("title", ODD_TITLES)
def test_the_line_for_a_new_question_silences_it(title: str) -> None:
    items = [*filled_in("typeform", answers()), Item("x", "new", title, "text", answer="CANARY")]
    (remark,) = remarks(cohort_7(), submission(items, cohort_7()))
    assert "CANARY" not in remark

    mended = reread(TEXT.replace("\n  questions:\n", f"\n  ignored:\n    {line_of(remark)}\n  questions:\n", 1))

    assert remarks(mended, submission(items, mended)) == ()


def test_the_line_for_a_question_with_a_new_key_and_new_words_brings_its_answers_back() -> None:
    items = [
        dataclasses.replace(item, key='odd "key": x', title="What is your job title")
        if item.field == "job_title"
        else item
        for item in filled_in("typeform", answers())
    ]
    (remark,) = remarks(cohort_7(), submission(items, cohort_7()))
    assert "under the keys of \u2018field: job_title\u2019" in remark

    mended = reread(TEXT.replace("        typeform: job_title\n", f"        {line_of(remark)}\n", 1))

    assert remarks(mended, submission(items, mended)) == ()
    assert submission(items, mended).answers["job_title"] == "Staff nurse"


def test_the_line_for_a_question_that_is_gone_makes_it_optional() -> None:
    items = [item for item in filled_in("typeform", answers()) if item.field != "organisation"]
    (remark,) = remarks(cohort_7(), submission(items, cohort_7()))
    begin = TEXT.index("    - field: organisation")
    at = TEXT.index("required: yes", begin)

    mended = reread(TEXT[:at] + line_of(remark) + TEXT[at + len("required: yes") :])

    assert remarks(mended, submission(items, mended)) == ()


def test_a_form_of_another_world_is_told_in_few_words() -> None:
    strange = Submission(
        source="typeform",
        form_id="x",
        response_id="",
        submitted_at=None,
        answers={},
        unmapped=tuple(Asked(f"k{number}", f"Question {number} {'x' * 60}") for number in range(400)),
    )

    said = remarks(cohort_7(), strange)

    assert len(said) == 21
    assert said[-1] == "And 380 more."
    assert len("\n".join(said)) < 32_000


def test_a_question_for_the_other_role_is_not_missed() -> None:
    items = [item for item in filled_in("typeform", answers()) if not re.match("Reverse mentees", item.title)]

    assert remarks(cohort_7(), submission(items, cohort_7())) == ()
