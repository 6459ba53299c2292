"""Evaluations: asked once at each wave, answered by link, kept without a name, told in numbers that tell of nobody."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from urllib.parse import urlencode

import azure.functions as func
import pytest

from functions import evaluations
from shared import bootstrap
from shared.domain.evaluation import Evaluated, figures
from shared.proofread import proofread
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

    told = figures(programme, {"baseline": 40, "end": 40}, [*before, *after], day=MONDAY.date())

    assert "Before you begin: those asked: 40 people (answered 30, no answer 10)." in told
    assert "From the first answer to the last, How sure" in told
    assert "higher 20" in told
    few = figures(programme, {"baseline": 4}, before[:3], day=MONDAY.date())
    assert not any(character.isdecimal() and character in "34" for character in few.replace("1 to 7", ""))


async def test_the_command_tells_them() -> None:
    world, _, _ = await a_pair()
    await world.tick(MIDWAY)
    await send(world, link(world, AMARA, "Half way"), {"own-sure": "3"})

    words = await command(world, "evaluation figures", "")

    assert words.startswith("Done")
    assert "Half way: those asked" in words
    assert "(answered" in words


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
