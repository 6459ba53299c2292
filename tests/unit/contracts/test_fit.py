"""The line that a remark tells administrators to write really mends the file: written there, the remark is gone."""

import dataclasses
import json
import re
from typing import Any

import pytest

from shared.contracts.fit import remarks
from shared.contracts.registry import provider
from shared.contracts.submission import Asked, Submission
from shared.domain.programme import Option, Programme
from shared.proofread import proofread
from tests.senders import ALL, Item, filled_in
from tests.senders.form import with_every_form
from tests.senders.providers import google_columns
from tests.unit.proofread.broken import TEXT
from tests.world import PROGRAMME, answers, cohort_7

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
        dataclasses.replace(item, key='odd "key": x', title="Your present job title")
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


LONG = "Do you have caring responsibilities, for children or adults, that we should know about when we plan dates?"
WORDLESS = {name: sender.key("neu") for name, sender in ALL.items() if not sender.titled and name != "standard"}


def sent_by(source: str, items: list[Item], programme: Programme) -> Submission:
    known = provider(source)
    assert known is not None
    return known.parse(ALL[source].body(items), programme)


def ignoring(remark: str, programme: Programme) -> Programme:
    """The programme once the line for ``ignored`` has been written."""
    read = reread(TEXT.replace("\n  questions:\n", f"\n  ignored:\n    {line_of(remark)}\n  questions:\n", 1))
    return programme.model_copy(update={"ignored_questions": read.ignored_questions})


def changed(source: str, field: str, **changes: Any) -> list[Item]:
    return [
        dataclasses.replace(item, **changes) if item.field == field else item for item in filled_in(source, answers())
    ]


@pytest.mark.parametrize("source", [name for name, sender in ALL.items() if sender.titled])
@pytest.mark.parametrize("title", [LONG, LONG * 20], ids=["long", "endless"])
def test_the_line_for_a_new_question_with_a_long_title_silences_it_and_what_is_shown_is_short(
    source: str, title: str
) -> None:
    programme = with_every_form()
    items = [*filled_in(source, answers()), Item("x", "9999", title, "text", answer="CANARY")]
    (remark,) = remarks(programme, sent_by(source, items, programme))

    assert remark.startswith(f"The form asks \u2018{title[:79]}\u2026\u2019")
    mended = ignoring(remark, programme)
    assert remarks(mended, sent_by(source, items, mended)) == ()


def test_the_line_for_a_column_of_a_sheet_in_new_words_is_its_whole_title() -> None:
    programme, known = cohort_7(), provider("google")
    assert known is not None
    (title,) = [question.on_forms for question in programme.questions if question.field == "consent"]
    items = changed("google", "consent", title=title.replace("the information above", "what I wrote above"))
    body = google_columns(items, ALL["google"].sent())
    (remark,) = remarks(programme, known.parse(body, programme))
    (old,) = [line for line in TEXT.splitlines() if line.strip().startswith("google: I agree that")]

    mended = reread(TEXT.replace(old, f"        {line_of(remark)}"))

    assert remarks(mended, known.parse(body, mended)) == ()
    assert known.parse(body, mended).answers["consent"] is True


def test_a_title_that_no_file_could_hold_is_told_without_a_line() -> None:
    columns = [*filled_in("google", answers()), Item("x", "", "y" * 9000, "text", answer="CANARY")]
    known = provider("google")
    assert known is not None

    (remark,) = remarks(cohort_7(), known.parse(google_columns(columns, ALL["google"].sent()), cohort_7()))

    assert "give it a shorter title" in remark
    assert len(remark) < 500


def test_many_remarks_with_endless_words_still_fit_into_a_cell() -> None:
    columns = [Item("x", "", f"{number} {'y' * 3000}", "text", answer="a") for number in range(30)]
    known = provider("google")
    assert known is not None

    said = remarks(cohort_7(), known.parse(google_columns(columns, ALL["google"].sent()), cohort_7()))

    assert len("\n".join(said)) < 16_000
    assert re.fullmatch(r"And \d+ more\.", said[-1])


@pytest.mark.parametrize("source", WORDLESS)
def test_without_titles_the_only_new_question_is_taken_for_the_only_one_that_is_missing(source: str) -> None:
    programme = with_every_form()
    items = changed(source, "organisation", key=WORDLESS[source])

    (remark,) = remarks(programme, sent_by(source, items, programme))

    assert "\u2018The organisation you work for\u2019 did not arrive" in remark
    assert "below \u2018ignored:\u2019" in remark, "it may be another question all the same"
    name, _, key = line_of(remark).partition(": ")
    questions = [
        question.model_copy(update={"keys": question.keys | {name: json.loads(key)}})
        if question.field == "organisation"
        else question
        for question in programme.questions
    ]
    mended = programme.model_copy(update={"questions": tuple(questions)})
    assert remarks(mended, sent_by(source, items, mended)) == ()


@pytest.mark.parametrize("source", WORDLESS)
def test_without_titles_a_new_question_may_be_any_of_those_that_are_missing(source: str) -> None:
    programme = with_every_form()
    items = [item for item in changed(source, "organisation", key=WORDLESS[source]) if item.field != "manager_name"]

    said = remarks(programme, sent_by(source, items, programme))

    assert "(\u2018The organisation you work for\u2019, \u2018Your line manager's full name\u2019)" in said[0]
    assert f'write under its keys {source}: "{WORDLESS[source]}"' in said[0]
    assert len(said) == 3
    mended = ignoring(said[0], programme)
    assert remarks(mended, sent_by(source, items, mended)) == said[1:]


@pytest.mark.parametrize("field", ["full_name", "email", "role", "consent"])
def test_what_no_application_can_do_without_is_never_said_to_be_optional(field: str) -> None:
    items = [item for item in filled_in("typeform", answers()) if item.field != field]

    (said,) = remarks(cohort_7(), submission(items, cohort_7()))

    assert "Put it back on the form: no application can do without it." in said
    assert "required: no" not in said


def test_the_line_for_a_new_field_of_a_sender_that_we_instruct_silences_it() -> None:
    known = provider("standard")
    assert known is not None
    body = json.dumps({"form_id": PROGRAMME, "answers": answers() | {"cost_centre " + "x" * 100: "CANARY"}}).encode()
    (remark,) = remarks(cohort_7(), known.parse(body, cohort_7()))

    mended = ignoring(remark, cohort_7())

    assert remarks(mended, known.parse(body, mended)) == ()


# Options


NEW = "Leicestershire"


def reworded(source: str, field: str = "area", words: str | tuple[str, ...] = NEW) -> list[Item]:
    listed = (words,) if isinstance(words, str) else words
    return changed(source, field, answer=words, options=tuple((f"option-{word}", word) for word in listed))


def respelled(remark: str, field: str, value: str, words: str) -> Programme:
    """The programme once the line for an option has been written into the file."""
    line = line_as(remark).replace("value:", f"{value}:").replace('"words"', json.dumps(words))
    begin = TEXT.index(f"    - field: {field}\n")
    at = TEXT.index(f"        {value}: {words}\n", begin)
    return reread(TEXT[:at] + f"        {line}\n" + TEXT[at + len(f"        {value}: {words}\n") :])


def line_as(remark: str) -> str:
    return remark.rpartition("line as   ")[2].replace('"new words"', json.dumps(NEW))


@pytest.mark.parametrize("source", sorted(set(ALL) & set(cohort_7().form_ids) - {"standard"}))
def test_the_line_for_a_reworded_option_brings_its_answers_back(source: str) -> None:
    items = reworded(source)
    (remark,) = remarks(cohort_7(), sent_by(source, items, cohort_7()))
    assert "\u2018Where do you work?\u2019" in remark
    assert (NEW in remark) == (source in {"typeform", "smartsurvey"}), "only where the words are surely the form's"

    mended = respelled(remark, "area", "llr", "Leicester, Leicestershire and Rutland")

    assert remarks(mended, sent_by(source, items, mended)) == ()
    assert sent_by(source, items, mended).answers["area"] == "llr"


@pytest.mark.parametrize("source", sorted(set(ALL) - {"standard"}))
@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("role", "Someone with lived experience"),
        ("topics", ("Race", "Race equity")),
        ("training_session", "On the first of the two days"),
        ("commitment", ("will attend the training", "will be there")),
        ("manager_agreed", "We talked about it"),
        ("consent", "That is fine with me"),
    ],
)
def test_every_kind_of_question_with_options_is_told_once_if_an_answer_is_none(
    source: str, field: str, words: str | tuple[str, ...]
) -> None:
    items = reworded(source, field, words)
    if field == "training_session":
        items = [dataclasses.replace(i, answer=None) if i.title.startswith("Reverse mentees") else i for i in items]

    said = remarks(with_every_form(), sent_by(source, items, with_every_form()))

    assert len([one for one in said if f"field: {field}" in one and "again" in one]) == 1


@pytest.mark.parametrize("source", sorted(set(ALL) - {"standard"}))
def test_answers_that_the_file_knows_and_blanks_are_no_remark(source: str) -> None:
    given = answers(previous_participant=None, manager_agreed=False, training_session=None)

    assert remarks(with_every_form(), sent_by(source, filled_in(source, given), with_every_form())) == ()


def test_a_field_that_takes_any_words_may_have_options_of_its_own_on_the_form() -> None:
    questions = [
        question.model_copy(update={"type": "choice", "options": (Option(value="5", text="Band 5"),)})
        if question.field == "band"
        else question
        for question in cohort_7().questions
    ]
    programme = cohort_7().model_copy(update={"questions": tuple(questions)})

    assert remarks(programme, submission(reworded("typeform", "band", "VSM"), programme)) == ()


def typed_under_other(source: str) -> bytes:
    """Amara's form, with words of her own beside the options of a question, as each provider sends them."""
    body = ALL[source].body(reworded(source, "topics", ("Race", "CANARY")))
    if source == "typeform":
        sent = json.loads(body)
        (answer,) = [
            a for a in sent["form_response"]["answers"] if a["type"] == "choices" and len(a["choices"]["ids"]) == 2
        ]
        answer["choices"] = {"ids": ["x"], "labels": ["Race"], "refs": ["x"], "other": "CANARY"}
        return json.dumps(sent).encode()
    if source == "smartsurvey":
        (row,) = json.loads(body)
        (answer,) = [a for q in row["pages"][0]["questions"] for a in q["answers"] if a.get("choice_title") == "CANARY"]
        answer |= {"choice_title": "Other", "value": "CANARY"}
        return json.dumps([row]).encode()
    if source == "jotform":
        return body.replace(b'["Race", "CANARY"]', b'{"0": "Race", "other": "CANARY"}')
    return body


@pytest.mark.parametrize("source", sorted(set(ALL) - {"standard"}))
def test_what_somebody_typed_under_other_is_in_no_remark(source: str) -> None:
    known = provider(source)
    assert known is not None
    sent = known.parse(typed_under_other(source), with_every_form())

    said = remarks(with_every_form(), sent)

    assert sent.answers["topics"] == ["race", "CANARY"]
    assert "CANARY" not in " ".join(said)
    assert bool(said) == (source not in {"typeform", "smartsurvey", "jotform"}), "there it is known to be no option"
