"""Hazards 14 to 25: the shapes of answers and bodies. What is meant is read; what cannot be told is not guessed."""

import asyncio
import dataclasses
import gzip
import json
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.contracts.fit import remarks
from shared.contracts.form_body import read_fields
from shared.contracts.provider import Provider
from shared.contracts.registry import provider
from shared.domain.answers import check
from shared.errors import UnreadableSubmission
from tests.hazards.running import knock, read, receptions, send, understood, world_of
from tests.hazards.table import hazard
from tests.senders import ALL, Item, filled_in
from tests.senders.form import with_every_form
from tests.senders.providers import BOUNDARY, google_columns, multipart, urlencoded
from tests.world import ADMINISTRATORS, PROGRAMME, answers

WANTED = answers(access_needs="")
TITLED = {name for name, sender in ALL.items() if sender.titled}
WITH_IDS = {name for name, sender in ALL.items() if sender.with_ids}


def known_as(source: str) -> Provider:
    known = provider(source)
    assert known is not None
    return known


def items_of(source: str, **changes: object) -> list[Item]:
    return filled_in(source, WANTED | changes)


def changed(items: Sequence[Item], field: str, **changes: Any) -> list[Item]:
    return [dataclasses.replace(item, **changes) if item.field == field else item for item in items]


def with_key(item: Item, source: str) -> Item:
    """The item under a key that the programme does not have."""
    return dataclasses.replace(item, key=ALL[source].key("new_key"))


def answered(source: str, items: Sequence[Item]) -> dict[str, object]:
    """The answers as validation reads them."""
    checked = understood(source, ALL[source].body(items))
    assert checked.problems == ()
    assert checked.answers is not None
    return dataclasses.asdict(checked.answers)


def wanted(source: str, **changes: object) -> dict[str, object]:
    found = check(with_every_form(), WANTED | changes).answers
    assert found is not None
    return dataclasses.asdict(found)


# 14: blanks


BLANKS: dict[str, list[Callable[[Any], Any]]] = {
    "standard": [lambda _: "", lambda _: None, lambda _: [], lambda _: " \u00a0\u200b", lambda _: {}],
    "msforms": [lambda _: "", lambda _: None, lambda _: "\n"],
    "tally": [lambda _: None, lambda _: "", lambda _: []],
    "jotform": [lambda _: "", lambda _: [], lambda _: {"first": "", "last": ""}, lambda _: None],
    "google": [lambda _: "", lambda _: [], lambda _: None],
    "gravity": [lambda _: "", lambda _: None],
    "govuk": [lambda _: "", lambda _: None, lambda _: []],
}


@hazard(14)
def test_a_question_left_blank_is_no_answer(source: str) -> None:
    items = changed(changed(items_of(source), "band", answer=None), "about_you", answer=None)

    assert answered(source, items) == wanted(source, band="", about_you="")


@hazard(14, only=BLANKS)
def test_every_way_of_writing_a_blank_is_no_answer(source: str) -> None:
    marker = "answer-to-be-blanked"
    body = ALL[source].body(changed(items_of(source), "access_needs", answer=marker))
    for blank in BLANKS[source]:
        text = body.decode().replace('\\"', '"') if source == "jotform" else body.decode()
        blanked = text.replace(json.dumps(marker), json.dumps(blank(marker))).encode()
        assert blanked != text.encode()
        assert "access_needs" not in read(source, blanked).answers


@hazard(14)
def test_a_required_question_left_blank_is_named_to_the_applicant(source: str) -> None:
    body = ALL[source].body(changed(items_of(source), "organisation", answer=None))

    assert [problem.field for problem in understood(source, body).problems] == ["organisation"]


# 15 and 16: one value, several values


@hazard(15, 16)
@pytest.mark.parametrize("topics", [["race"], ["race", "disability"], ["religion", "lgbtq_plus", "gender"]])
def test_one_option_or_several_are_read(source: str, topics: list[str]) -> None:
    assert answered(source, items_of(source, topics=topics)) == wanted(source, topics=topics)


@hazard(15)
def test_a_list_of_one_and_the_one_itself_are_the_same(source: str) -> None:
    """Forms that changed from a drop-down to tick boxes, or the other way round."""
    one = changed(items_of(source, topics=["race"]), "topics", type="choice", answer="Race")
    listed = changed(items_of(source), "area", type="multi", answer=("Leicester, Leicestershire and Rutland",))

    assert answered(source, one)["topics"] == ("race",)
    assert answered(source, listed)["area"] == "llr"


@hazard(16)
def test_what_was_typed_under_other_is_shown_to_the_applicant_and_not_dropped(source: str) -> None:
    body = ALL[source].body(changed(items_of(source), "topics", answer=("Race", "Caste, and class")))
    if source == "gravity":  # an option of its own, whose words are the person's
        body = body.replace(b'"12.1": "Race"', b'"12.1": "Race", "12.9": "Caste, and class"')

    assert [problem.field for problem in understood(source, body).problems] == ["topics"]


@pytest.mark.hazard(16)
@pytest.mark.parametrize("source", ["msforms", "google", "jotform", "gravity", "govuk"])
@pytest.mark.parametrize(
    "joined", ["Race, Religion and belief, or none, Gender", "Race;Religion and belief, or none;Gender", "Race\nGender"]
)
def test_options_joined_into_one_text_are_taken_apart_even_with_commas_inside(source: str, joined: str) -> None:
    programme = with_every_form()
    questions = tuple(
        question.model_copy(
            update={
                "options": tuple(
                    option.model_copy(update={"text": "Religion and belief, or none"})
                    if option.value == "religion"
                    else option
                    for option in question.options
                )
            }
        )
        for question in programme.questions
    )
    body = ALL[source].body(changed(items_of(source), "topics", type="choice", answer=joined))
    known = known_as(source)

    found = known.parse(body, programme.model_copy(update={"questions": questions})).answers["topics"]

    assert found == (["race", "religion", "gender"] if "Religion" in joined else ["race", "gender"])


# 17: questions reordered, added, removed


@hazard(17)
def test_the_order_of_questions_means_nothing(source: str) -> None:
    assert answered(source, items_of(source)[::-1]) == wanted(source)


@hazard(17)
async def test_a_new_question_is_told_once_to_administrators_with_the_line_to_write(source: str) -> None:
    new = with_key(Item("x", "", "Do you drive a car to work?", "text", answer="CANARY-ANSWER"), source)
    body = ALL[source].body([*items_of(source), new])
    shown = new.title if source in TITLED else new.key

    world = world_of(source)
    await world.tick()
    await send(world, source, body)
    await send(world, source, ALL[source].body([*items_of(source, email="a2@example.nhs.uk"), new], response_id="28"))

    (letter,) = world.letters(ADMINISTRATORS, "do not fit")
    assert f"- &#34;{shown}&#34;" in letter.html
    assert "CANARY-ANSWER" not in letter.html
    assert {row["FormFits"] for row in receptions(world)} == {False}
    assert answered(source, [*items_of(source), new]) == wanted(source)


@hazard(17, only=set(ALL) - {"standard"})
def test_a_question_that_nobody_reads_can_be_ignored_by_title_or_key(source: str) -> None:
    new = with_key(Item("x", "", "Do you drive a car to work?", "text", answer="yes"), source)
    programme = with_every_form()
    submission = read(source, ALL[source].body([*items_of(source), new]))
    (asked,) = submission.unmapped
    known = known_as(source)

    for word in {asked.title, asked.key} - {""}:
        ignoring = programme.model_copy(update={"ignored_questions": (word,)})
        assert known.parse(ALL[source].body([*items_of(source), new]), ignoring).unmapped == ()


@hazard(17, only=set(ALL) - {"standard"})
def test_a_required_question_that_was_deleted_is_told_with_its_title(source: str) -> None:
    body = ALL[source].body([item for item in items_of(source) if item.field != "organisation"])

    (said,) = remarks(with_every_form(), read(source, body))

    assert "The organisation you work for" in said
    assert "required: no" in said


# 18: new words


@hazard(18)
def test_a_question_in_new_words_is_known_by_its_key(source: str) -> None:
    if source == "google":
        items = changed(items_of(source), "job_title", title="Job title (as on your badge)")
        body = ALL[source].body(items)
        item_id = next(i["id"] for i in json.loads(body)["items"] if i["title"].startswith("Job title"))
        programme = with_every_form()
        questions = tuple(
            q.model_copy(update={"keys": {"google": str(item_id)}}) if q.field == "job_title" else q
            for q in programme.questions
        )
        found = known_as(source).parse(body, programme.model_copy(update={"questions": questions}))
        assert found.answers["job_title"] == "Staff nurse"
        return
    assert answered(source, changed(items_of(source), "job_title", title="What do you do?")) == wanted(source)


@hazard(18, only=TITLED)
def test_a_question_with_a_new_key_is_known_by_its_title(source: str) -> None:
    items = [with_key(item, source) if item.field == "job_title" else item for item in items_of(source)]

    assert answered(source, items) == wanted(source)


@hazard(18, only=TITLED)
def test_a_question_with_new_key_and_new_words_is_told_with_the_line_for_its_keys(source: str) -> None:
    items = [
        dataclasses.replace(with_key(item, source), title="The organisation that you work for now")
        if item.field == "organisation"
        else item
        for item in items_of(source)
    ]
    submission = read(source, ALL[source].body(items))

    (said,) = remarks(with_every_form(), submission)

    assert "\u2018The organisation you work for\u2019 did not arrive" in said
    assert "field: organisation" in said
    assert f"{source}: " in said


@hazard(18)
@pytest.mark.parametrize(
    "words",
    [
        "thursday 26 march 2026, 9:30am to 12:30pm",
        "Thursday 26 March 2026,  9:30am to 12:30pm ",
        "Thursday 26 March 2026, 9:30am to 12:30pm.",
        "Thursday\u00a026\u00a0March 2026, 9:30am to 12:30pm\u200b",
    ],
)
def test_an_option_in_nearly_the_same_words_is_known(source: str, words: str) -> None:
    items = [
        dataclasses.replace(item, answer=words, options=((item.options[0][0], words),))
        if item.title.startswith("Reverse mentors")
        else item
        for item in items_of(source)
    ]

    assert answered(source, items) == wanted(source)


@hazard(18, only=WITH_IDS)
def test_an_option_in_quite_other_words_is_known_by_its_id(source: str) -> None:
    items = [
        dataclasses.replace(item, answer="Mars", options=(("option-id-1", "Mars"),)) if item.field == "area" else item
        for item in items_of(source)
    ]
    programme = with_every_form()
    questions = tuple(
        question.model_copy(
            update={
                "options": tuple(
                    option.model_copy(update={"aliases": ("option-id-1",)}) if option.value == "llr" else option
                    for option in question.options
                )
            }
        )
        if question.field == "area"
        else question
        for question in programme.questions
    )
    known = known_as(source)

    found = known.parse(ALL[source].body(items), programme.model_copy(update={"questions": questions}))

    assert found.answers["area"] == "llr"
    assert [p.field for p in understood(source, ALL[source].body(items)).problems] == ["area"]


@hazard(18)
async def test_an_option_that_the_file_does_not_have_is_told_to_administrators_once(source: str) -> None:
    """Its applicants are told to choose from words that their form does not show, and cannot get past it."""
    forms = [
        ALL[source].body(
            changed(
                items_of(source, email=f"p{number}@example.nhs.uk"), "area", answer=words, options=((words, words),)
            ),
            response_id=str(number),
        )
        for number, words in enumerate(["Leicestershire", "Leicestershire", "Leicester, Leicestershire and Rutland"], 1)
    ]

    world = world_of(source)
    await world.tick()
    for body in forms:
        await send(world, source, body)

    (letter,) = world.letters(ADMINISTRATORS, "do not fit")
    assert letter.html.count("field: area") == 1
    assert "Where do you work?" in letter.html
    assert sorted(bool(row["FormFits"]) for row in receptions(world)) == [False, False, True]


@hazard(18)
def test_a_dash_in_an_option_may_be_long_or_short(source: str) -> None:
    programme = with_every_form()
    questions = tuple(
        question.model_copy(
            update={"options": tuple(o.model_copy(update={"text": f"{o.text} \u2013 here"}) for o in question.options)}
        )
        if question.field == "area"
        else question
        for question in programme.questions
    )
    words = "Leicester, Leicestershire and Rutland - here"
    items = changed(items_of(source), "area", answer=words, options=(("1", words),))
    known = known_as(source)

    found = known.parse(ALL[source].body(items), programme.model_copy(update={"questions": questions}))

    assert found.answers["area"] == "llr"


# 19 and 20: titles


@hazard(19)
def test_two_questions_of_one_title_are_told_apart_by_key(source: str) -> None:
    items = changed(changed(items_of(source), "email", title="E-mail"), "manager_email", title="E-mail")
    if source == "google":  # known by title: then nobody can tell whose address is whose, and neither is taken
        found = read(source, ALL[source].body(items))
        assert {"email", "manager_email"} & set(found.answers) == set()
        assert {asked.title for asked in found.unmapped} == {"E-mail"}
        return

    assert answered(source, items) == wanted(source)


@hazard(19, only=TITLED)
def test_two_unknown_questions_with_the_title_of_one_are_neither(source: str) -> None:
    """Guessing could send a person's application to themselves for approval."""
    twins = [
        dataclasses.replace(with_key(item, source), title="Your work email address", key=key)
        for item, key in zip(
            [item for item in items_of(source) if item.field in {"email", "manager_email"}], ("98", "99"), strict=True
        )
    ]
    rest = [item for item in items_of(source) if item.field not in {"email", "manager_email"}]

    found = read(source, ALL[source].body([*twins, *rest]))

    assert {"email", "manager_email"} & set(found.answers) == set()


def test_a_sheet_merges_questions_of_one_title_and_neither_is_taken() -> None:
    items = changed(changed(items_of("google"), "email", title="E-mail"), "manager_email", title="E-mail")

    found = read("google", google_columns(items, ALL["google"].sent()))

    assert {"email", "manager_email"} & set(found.answers) == set()
    assert [asked.title for asked in found.unmapped] == ["E-mail"]


@hazard(20)
@pytest.mark.parametrize(
    "title",
    [
        "Your job title *",
        "Your job title?\n",
        "<p><strong>Your</strong> job&nbsp;title:</p>",
        "  Your   job\u00a0title ",
        "*Your job title*",
        "YOUR JOB TITLE",
        "Your job title {{field:abc}}",
        "\ufeffYour job title\u200b",
    ],
)
def test_markup_marks_and_spaces_around_a_title_mean_nothing(source: str, title: str) -> None:
    items = [
        dataclasses.replace(with_key(item, source), title=title) if item.field == "job_title" else item
        for item in items_of(source)
    ]

    assert answered(source, items) == wanted(source)


# 21 and 22: names that mean something to the sender, things nobody has seen


@hazard(21)
@pytest.mark.parametrize("name", ["id", "Type", "IP", "formId", "form_id", "response_id", "status", "test", "preview"])
def test_a_question_with_a_name_of_the_senders_own_changes_nothing_about_the_response(source: str, name: str) -> None:
    odd = Item("x", ALL[source].key(name), name, "text", answer="true")

    found = read(source, ALL[source].body([odd, *items_of(source)]))

    plain = read(source, ALL[source].body(items_of(source)))
    assert dataclasses.replace(found, unmapped=()) == plain


def with_news(value: object) -> object:
    """The JSON value with things nobody has seen in every object."""
    if isinstance(value, dict):
        inner = {key: with_news(one) for key, one in value.items()}
        return inner | {"novelty": {"deep": [1, None, {"x": True}]}, "e\u0301": 1.5}
    return [with_news(one) for one in value] if isinstance(value, list) else value


@hazard(22)
def test_what_nobody_has_seen_before_is_passed_by(source: str) -> None:
    body = ALL[source].body(items_of(source))
    if source == "jotform":
        body = body.replace(f"--{BOUNDARY}--".encode(), multipart({"novelty": "1", "teamID": ""}))
    elif source in {"msforms", "standard"}:  # where every key is a question
        body = json.dumps(json.loads(body) | {"novelty": {"deep": [1]}}).encode()
    else:
        body = json.dumps(with_news(json.loads(body))).encode()

    found = read(source, body)

    assert check(with_every_form(), found.answers).problems == ()
    assert found.unmapped == ()


@hazard(22)
@pytest.mark.parametrize("kind", ["RANKING", "payment", "multi_format", "signature", "matrix"])
def test_an_answer_of_an_unknown_kind_is_named_and_stops_nothing(source: str, kind: str) -> None:
    odd: dict[str, Callable[[Any], object]] = {
        "typeform": lambda b: b["form_response"]["answers"].append(
            {"type": kind, kind: {"amount": "1"}, "field": {"id": "x", "ref": "odd", "type": kind}}
        ),
        "tally": lambda b: b["data"]["fields"].append(
            {"key": "odd", "label": "Odd", "type": kind, "value": {"a": ["b"]}, "rows": [], "columns": []}
        ),
        "google": lambda b: b["items"].append({"id": 5, "title": "Odd", "type": kind, "value": [["a"], ["b"]]}),
        "smartsurvey": lambda b: b[0]["pages"][0]["questions"].append(
            {"id": 5, "title": "Odd", "type": kind, "answers": [{"type": kind, "value": {"x": 1}}]}
        ),
        "govuk": lambda b: b["answers"].append({"question_id": "odd", "question_text": "Odd", "answer_text": {"a": 1}}),
        "gravity": lambda b: b.update({"77": {"a": [1]}}),
        "msforms": lambda b: b["response"].update({"odd": {"a": [1]}}),
        "standard": lambda b: b["answers"].update({"odd": {"a": [1]}}),
    }
    body = ALL[source].body(items_of(source))
    if source == "jotform":
        body = body.replace(b'"timeToSubmit"', b'"q77_odd": {"a": {"b": 1}}, "timeToSubmit"')
    else:
        value = json.loads(body)
        odd[source](value)
        body = json.dumps(value).encode()

    found = read(source, body)

    assert check(with_every_form(), found.answers).problems == ()
    assert len(found.unmapped) == 1


# 23: options and questions that are not listed


@hazard(23)
def test_an_option_that_is_not_listed_and_an_answer_without_a_question_stop_nothing_else(source: str) -> None:
    value = json.loads(ALL[source].body(items_of(source)))
    if source == "typeform":
        value["form_response"]["definition"]["fields"] = value["form_response"]["definition"]["fields"][:2]
    elif source == "tally":
        for field in value["data"]["fields"]:
            if field["label"] == "Where do you work?":
                field["options"] = [{"id": "none of these", "text": "x"}, {"text": "no id"}, "no object"]
    else:
        for question in value[0]["pages"][0]["questions"]:
            if question["title"] == "Where do you work?":
                question["answers"] = [{"id": 1, "type": "radio", "choice_id": 999, "choice_title": "Mars"}]

    problems = understood(source, json.dumps(value).encode()).problems

    assert [problem.field for problem in problems] == ([] if source == "typeform" else ["area"])


# 24 and 25: the body as a whole


@hazard(24)
def test_json_that_was_quoted_once_more_is_read(source: str) -> None:
    body = ALL[source].body(items_of(source))
    if source == "jotform":  # the other coat of a form
        quoted = urlencoded(json.dumps(read_fields(body)).encode())
    elif source == "gravity":
        quoted = urlencoded(body)
    else:
        quoted = json.dumps(body.decode()).encode()

    assert check(with_every_form(), read(source, quoted).answers).problems == ()


COATS = {
    "empty": b"",
    "blanks": b" \r\n\t",
    "multipart without a boundary": b"--\r\n",
    "multipart cut short": b"--x\r\nContent-Disposition: form-data; name=",
    "multipart of nothing": b"--x--\r\n",
    "urlencoded nonsense": b"a&b&c=%ff%fe",
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "a number": b"3",
    "null": b"null",
    "JSON in UTF-16": '{"a": 1}'.encode("utf-16"),
    "JSON in cp1252": '{"a": "\u2019"}'.encode("cp1252"),
    "nested deep": b"[" * 100_000,
    "a number of 5,000 digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "a field twice": b'{"formId": 1, "formId": 2}',
    "NaN": b'{"a": NaN}',
}


@hazard(24)
@pytest.mark.parametrize("coat", COATS)
def test_a_body_in_a_coat_nobody_can_open_is_parked_with_a_reason(source: str, coat: str) -> None:
    with pytest.raises(UnreadableSubmission) as caught:
        read(source, COATS[coat])

    assert caught.value.reason


def _nested(parts: int) -> bytes:
    """A multipart form, a field of it inside so many others."""
    inner = b'Content-Disposition: form-data; name="a"\r\n\r\n1'
    for number in range(parts):
        inner = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--" % (
            number, number, inner, number
        )  # fmt: skip
    return b"--all\r\n" + inner + b"\r\n--all--\r\n"


TOLD = {
    "gzip": (gzip.compress(b'{"a": 1}'), "the body is compressed"),
    "zlib": (zlib.compress(b'{"a": 1}'), "the body is compressed"),
}
TOLD_OF_FORMS = {
    "nested 30 deep": (_nested(30), "nested deeper than 20 levels"),
    "nested 4,000 deep": (_nested(4_000), "nested deeper than 20 levels"),
    "501 fields": (b"&".join(b"%d=x" % number for number in range(501)), "more than 500 fields"),
    "501 parts": (multipart({str(number): "x" for number in range(501)}), "more than 500 fields"),
}


@hazard(24)
@pytest.mark.parametrize("coat", TOLD)
def test_a_parked_body_has_the_true_reason(source: str, coat: str) -> None:
    body, reason = TOLD[coat]

    with pytest.raises(UnreadableSubmission, match=reason):
        read(source, body)


@hazard(24, only=["jotform", "gravity"])
@pytest.mark.parametrize("coat", TOLD_OF_FORMS)
def test_a_parked_form_has_the_true_reason(source: str, coat: str) -> None:
    body, reason = TOLD_OF_FORMS[coat]

    with pytest.raises(UnreadableSubmission, match=reason):
        read(source, body)


@pytest.mark.parametrize(
    "before",
    [b"\r\n", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"This is a multi-part message in MIME format.\r\n\r\n", b"a=b&c\n"],
)
def test_a_multipart_form_may_begin_with_what_nobody_reads(before: bytes) -> None:
    body = multipart({"one": "1", "two": "a\r\nb", "three": ""})

    assert read_fields(before + body) == read_fields(body) == {"one": "1", "two": "a\r\nb", "three": ""}


def test_a_search_for_the_boundary_ends_however_many_lines_look_like_one() -> None:
    began = time.process_time()

    with pytest.raises(UnreadableSubmission):
        read_fields(b"a\n" + b"--a:b\n" * 40_000)

    assert time.process_time() - began < 5


@hazard(24)
@pytest.mark.parametrize("content_type", ["text/plain", "", "multipart/form-data", "application/xml; charset=utf-16"])
def test_the_content_type_means_nothing(source: str, content_type: str) -> None:
    body = ALL[source].body(items_of(source))
    world = world_of(source)

    async def story() -> int:
        if not ALL[source].header:
            return (await send(world, source, body)).status
        sent = {**ALL[source].headers(body), "Content-Type": content_type}
        status = (await knock(world, source, body, sent)).status
        await world.run()
        return status

    assert asyncio.run(story()) == 200
    assert world.application()["FullName"] == "Amara Okafor"


@hazard(24, only=set(ALL) - {"govuk"})
def test_a_body_that_is_too_large_is_413_and_nothing_is_kept(source: str) -> None:
    largest = 8 * 1024 * 1024 if source == "smartsurvey" else 256 * 1024
    world = world_of(source)
    body = b" " * (largest + 1)

    answer = asyncio.run(knock(world, source, body, ALL[source].headers(body)))

    assert answer.status == 413
    assert not world.bodies.kept


@hazard(24, only=set(ALL) - {"govuk"})
def test_a_body_that_arrives_empty_because_it_was_chunked_is_411(source: str) -> None:
    headers = ALL[source].headers(b"") | {"Transfer-Encoding": "chunked"}

    assert asyncio.run(knock(world_of(source), source, b"", headers, programme=PROGRAMME)).status == 411


@hazard(25)
@pytest.mark.parametrize(
    "typed",
    [
        '{"name": He said "let\'s"\nand left}',
        '{"about": "a "quoted" word"}',
        '{"a": "line\nbreak"}',
        '{"a": null text}',
    ],
)
def test_json_typed_by_hand_is_parked_without_a_word_of_it(source: str, typed: str) -> None:
    with pytest.raises(UnreadableSubmission) as caught:
        read(source, typed.encode())

    assert not any(word in caught.value.reason for word in ("said", "quoted", "break", "null text"))
