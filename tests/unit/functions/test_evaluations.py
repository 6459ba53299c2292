"""Evaluations: asked once at each wave, answered by link, kept without a name, told in numbers that tell of nobody."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from unittest.mock import patch
from urllib.parse import urlencode

import azure.functions as func
import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from functions import evaluations
from shared import bootstrap
from shared.domain.disclosure import protect
from shared.domain.evaluation import Evaluated, EvaluationFigures, breakdowns
from shared.proofread import proofread
from shared.services.base.tokens import Tokens
from shared.services.pairs.evaluations import keys_of
from shared.stores.evaluations import Evaluations
from shared.stores.names import TableName
from tests.factories import AMARA, TOM, approved_pair, command, own_link
from tests.own_questions import EVALUATION, evaluation
from tests.unit.proofread.broken import TEXT as SHIPPED
from tests.visitor import Shown
from tests.world import PROGRAMME, World, cohort_7, token

MONDAY = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
MIDWAY = datetime(2026, 7, 20, 9, 0, tzinfo=UTC)


async def a_pair() -> tuple[World, str, str]:
    """A pair that began on Monday 20 April, of a programme that asks evaluation questions."""
    world = World()
    world.files.change(PROGRAMME, evaluation=evaluation())
    mentor, mentee = await approved_pair(world)
    row = {"PartitionKey": PROGRAMME, "RowKey": "pair", "Mentor": mentor, "Mentee": mentee}
    await world.type_in(TableName.PAIRS, row | {"StartDate": "2026-04-20", "Status": "confirmed"})
    await world.tick(MONDAY)
    return world, mentor, mentee


def link(world: World, email: str, wave: str) -> str:
    return token(world.letters(email, wave)[0], "evaluations")


async def send(world: World, link_: str, form: dict[str, str | Sequence[str]] | None = None) -> Shown:
    request = func.HttpRequest(
        method="GET" if form is None else "POST",
        url="https://mentoring.example.nhs.uk/",
        route_params={"token": link_},
        body=urlencode(form or {}, doseq=True).encode(),
        headers={},
    )
    with patch.object(bootstrap, "get_app", lambda: world.app):
        return Shown(await evaluations.evaluation.build().get_user_function()(request))


async def test_both_people_are_asked_once_at_each_wave_on_a_working_day() -> None:
    world, _, _ = await a_pair()
    for day in range(0, 400, 5):
        await world.tick(MONDAY + timedelta(days=day))

    for email in (AMARA, TOM):
        asked = [letter for letter in world.mailbox.sent if letter.to == (email,) and "your view of" in letter.subject]
        assert [letter.subject.partition(":")[0] for letter in asked] == [
            "Before you begin", "Half way", "At the end", "Half a year later",
        ]  # fmt: skip


async def test_whoever_is_paired_long_after_is_not_asked_about_what_is_over() -> None:
    world = World()
    world.files.change(PROGRAMME, evaluation=evaluation())
    mentor, mentee = await approved_pair(world)
    row = {"PartitionKey": PROGRAMME, "RowKey": "pair", "Mentor": mentor, "Mentee": mentee}
    await world.type_in(
        TableName.PAIRS, row | {"StartDate": "2026-04-20", "Status": "confirmed", "Overruled": "start date"}
    )
    await world.tick(datetime(2026, 6, 15, 9, 0, tzinfo=UTC))
    await world.tick(MIDWAY)

    assert [m.subject.partition(":")[0] for m in world.mailbox.sent if "your view of" in m.subject] == ["Half way"] * 2


async def test_whoever_would_rather_not_answer_can_say_so() -> None:
    world, _, _ = await a_pair()
    await world.tick(MIDWAY)
    page = await world.app.evaluations.page(link(world, AMARA, "Half way"))

    assert page is not None
    assert page.fields[0].choices[-1] == ("", "I would rather not answer", "")


async def test_answers_are_kept_without_a_name_and_told_to_their_owner_alone() -> None:
    world, mentor, _ = await a_pair()
    await world.tick(MIDWAY)
    mine = link(world, AMARA, "Half way")

    page = await send(world, mine)
    wrong = await send(world, mine, {"own-sure": "9"})
    thanks = await send(world, mine, {"own-sure": "3", "own-meetings": "no", "own-why_not": "canary-why"})

    assert page.heading == "Half way"
    assert "Only if you answered ‘no’ to ‘Did you meet as often as you had hoped?’" in page.words
    assert "not one that we offer" in wrong.errors[0]
    assert thanks.heading == "Thank you"
    (row,) = world.rows(TableName.EVALUATIONS)
    assert (row["Wave"], row["Role"], row["Q_sure"], row["Q_why_not"]) == ("midway", "mentor", "Fairly", "canary-why")
    person = [mentor, "Amara", AMARA]
    assert not [words for words in person if words in str(row)]
    elsewhere = [world.rows(table) for table in TableName if table is not TableName.EVALUATIONS]
    assert "canary-why" not in str(elsewhere) + str([m.html for m in world.mailbox.sent])
    assert str(row["RowKey"]).partition(".")[2] not in str(elsewhere)
    data = await world.app.subject_access.behind(own_link(world, AMARA))
    assert data is not None
    told = {section.title: section.entries for section in data.sections}
    assert ("What got in the way?", "canary-why") in told["What you answered about the programme"][0]


async def test_answering_again_replaces_and_leaving_all_empty_stores_nothing() -> None:
    world, _, _ = await a_pair()
    await world.tick(MIDWAY)
    mine = link(world, AMARA, "Half way")

    empty = await send(world, mine, {"own-sure": ""})
    assert world.rows(TableName.EVALUATIONS) == []
    await send(world, mine, {"own-sure": "1"})
    again = await send(world, mine)
    await send(world, mine, {"own-sure": "4"})

    assert "Nothing was saved" in empty.words
    assert "You have answered already" in again.words
    assert "Not at all" not in [str(tag.get("checked")) for tag in again.soup.select("input[checked]")]
    assert [row["Q_sure"] for row in world.rows(TableName.EVALUATIONS)] == ["Very"]


async def test_an_erased_person_leaves_no_answers_and_whoever_left_cannot_answer() -> None:
    world, mentor, _ = await a_pair()
    await world.tick(MIDWAY)
    mine, other = link(world, AMARA, "Half way"), link(world, TOM, "Half way")
    await send(world, mine, {"own-sure": "3"})
    await send(world, other, {"own-sure": "2"})

    await command(world, "withdraw", mentor)
    assert (await send(world, mine)).status == 404
    await command(world, "erase", mentor, key="2")

    assert [row["Role"] for row in world.rows(TableName.EVALUATIONS)] == ["mentee"]


def test_figures_tell_returns_answers_and_change_but_no_small_number() -> None:
    programme = cohort_7().model_copy(update={"evaluation": evaluation()})
    before = [Evaluated(f"{n}", "baseline", "mentor", {"sure": "1" if n < 20 else "3"}) for n in range(30)]
    after = [Evaluated(f"{n}", "end", "mentor", {"sure": "4" if n < 22 else "3"}) for n in range(27)]

    def figures(asked: dict[tuple[str, str], int], answered: list[Evaluated]) -> str:
        counted = breakdowns(programme, asked, answered)
        return EvaluationFigures(protect(counted, day=MONDAY.date()).tables).in_words

    told = figures({("baseline", "mentor"): 40, ("end", "mentor"): 40}, [*before, *after])

    assert (
        "Before you begin: reverse mentors who were asked: 40 people (answered 30, no answer 10, return rate 75%)."
        in told
    )
    assert "From the first answer to the last: How sure" in told
    assert "higher 20" in told
    few = figures({("baseline", "mentor"): 4}, before[:3])
    assert not any(character.isdecimal() and character in "34" for character in few.replace("1 to 7", ""))


async def test_the_command_tells_them() -> None:
    world, _, _ = await a_pair()
    await world.tick(MIDWAY)
    before = await command(world, "evaluation figures", "", key="0")
    await send(world, link(world, AMARA, "Half way"), {"own-sure": "3"})

    words = await command(world, "evaluation figures", "")

    assert before == "Done: Nobody has answered yet."
    assert words.startswith("Done")
    assert "Half way: reverse mentors who were asked: between 1 and 7 people" in words
    assert "(answered" in words
    # A 0 that was told would be told again until 5 have answered.
    assert "who were asked" not in words.replace("Half way: reverse mentors who were asked", "")


def asked_of(world: World, email: str) -> list[str]:
    asked = [letter for letter in world.mailbox.sent if letter.to == (email,) and "your view of" in letter.subject]
    return [letter.subject.partition(":")[0] for letter in asked]


async def test_a_pair_that_has_ended_is_asked_at_the_end_all_the_same_and_one_that_never_began_is_not() -> None:
    world, _, _ = await a_pair()
    await world.tick(MONDAY + timedelta(days=30))
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair", "Status": "ended"})
    await world.tick(MONDAY + timedelta(days=31))
    for day in (91, 183, 365, 366, 367):
        await world.tick(MONDAY + timedelta(days=day))

    assert asked_of(world, AMARA) == ["Before you begin", "Half way", "At the end", "Half a year later"]

    never = World()
    never.files.change(PROGRAMME, evaluation=evaluation())
    mentor, mentee = await approved_pair(never)
    row = {"PartitionKey": PROGRAMME, "RowKey": "pair", "Mentor": mentor, "Mentee": mentee, "StartDate": "2026-04-20"}
    for status in ("confirmed", "ended"):
        await never.type_in(TableName.PAIRS, row | {"Status": status})
        await never.tick(MONDAY - timedelta(days=10))
    await never.tick(MIDWAY)
    assert asked_of(never, AMARA) == []


async def test_an_evaluation_that_is_written_into_the_file_later_is_asked_from_then_on() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    row = {"PartitionKey": PROGRAMME, "RowKey": "pair", "Mentor": mentor, "Mentee": mentee}
    await world.type_in(TableName.PAIRS, row | {"StartDate": "2026-04-20", "Status": "confirmed"})
    await world.tick(MONDAY)
    await world.tick(MONDAY + timedelta(days=40))

    world.files.change(PROGRAMME, evaluation=evaluation())
    await world.tick(MONDAY + timedelta(days=41))
    await world.tick(MIDWAY)

    assert asked_of(world, AMARA) == ["Half way"]
    assert (await send(world, link(world, AMARA, "Half way"), {"own-sure": "3"})).heading == "Thank you"


async def test_answers_of_a_time_that_the_file_no_longer_names_are_said_and_go_with_the_person() -> None:
    world, mentor, _ = await a_pair()
    await world.tick(MIDWAY)
    await send(world, link(world, AMARA, "Half way"), {"own-sure": "3"})
    asks = evaluation()
    world.files.change(PROGRAMME, evaluation=asks.model_copy(update={"waves": asks.waves[:1]}))

    words = await command(world, "evaluation figures", "")
    data = await world.app.subject_access.behind(own_link(world, AMARA))
    await command(world, "erase", mentor, key="2")

    assert "The file no longer asks at midway." in words
    assert data is not None
    assert "What you answered about the programme" in [section.title for section in data.sections]
    assert world.rows(TableName.EVALUATIONS) == []


def test_a_newer_key_parts_nobodys_answers_from_those_before() -> None:
    old, both = (Tokens(key=key, base_url="https://x.example") for key in ("o" * 32, f"{'n' * 32} {'o' * 32}"))

    assert keys_of(both, PROGRAMME, "A")[0] == keys_of(old, PROGRAMME, "A")[0]
    assert keys_of(Tokens(key="n" * 32, base_url=""), PROGRAMME, "A")[0] in keys_of(both, PROGRAMME, "A")


async def test_workbook_and_page_tell_protected_numbers_that_stand_still_until_they_have_moved_by_five() -> None:
    world, _, _ = await a_pair()
    await world.tick(MIDWAY)
    store = Evaluations(world.tables(TableName.EVALUATIONS))
    seen = []
    for wanted in (7, 8, 11, 12):
        for number in range(wanted):
            await store.put(PROGRAMME, Evaluated(f"{number:02}", "midway", "mentor", {"sure": "3"}))
        await world.app.workbooks.make(PROGRAMME)
        page = load_workbook(BytesIO(world.reports.files[f"{PROGRAMME}/workbook.xlsx"]))["Evaluation"]
        rows = {(row[0], row[1]): row[2] for row in page.iter_rows(values_only=True)}
        seen.append(rows["Half way: How sure are you of speaking about race at work?", "Fairly"])
        shown = BeautifulSoup(world.reports.files[f"{PROGRAMME}/cohort.html"], "html.parser").get_text()
        told = " ".join(shown.split())
        assert "Fairly: " + ("between 1 and 7" if seen[-1] == "[c]" else str(seen[-1])) in told

    # Of 7 and 8 a reader of both would have known that it was 7, and one more.
    assert seen == ["[c]", "[c]", "[c]", 10]
    assert not [row for row in world.rows(TableName.UPKEEP) if "sure" in str(row)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("when: after 3 months", "when: in summer", "is not a time at which people can be asked"),
        ("id: why_not", "id: why-not", "cannot be an id"),
        ("only at: [midway, end]\n      only if", "only at: [half]\n      only if", "There is no wave 'half'."),
        ("only if: {meetings: no}", "only if: {sure: 7}", "'7' is not an answer to 'sure'."),
        ("id: midway,", "id: end,", "'end' is used twice"),
        ("      type: choice\n      options: {1: Not at all, 2: A little, 3: Fairly, 4: Very}", "      type: choice",
         "The question has no options"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_says_how_to_mend_it(old: str, new: str, says: str) -> None:
    assert EVALUATION.count(old) == 1

    found = proofread(SHIPPED.rstrip() + "\n" + EVALUATION.replace(old, new)).findings

    assert [f for f in found if f.severity == "error" and says in f.what], found
