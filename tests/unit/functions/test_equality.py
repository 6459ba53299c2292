"""The equality questions: offered once, answered or left, and never to be joined to an application again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from shared.composition import root
from shared.domain.equality import QUESTIONS
from shared.errors import TemporaryFailure
from shared.services.base.tokens import Tokens
from shared.stores.equality import MonitoringBox
from shared.stores.names import TableName
from tests.factories import command
from tests.visitor import Shown, Visitor, just_sent, typed
from tests.world import PROGRAMME, World

ANSWERS = {"sex": "female", "ethnic_group": "black", "religion": "muslim", "sexual_orientation": "gay"}
OVER = datetime(2026, 3, 21, 7, 0, tzinfo=UTC)


def told[T](story: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await story()

    return asyncio.run(run())


async def applied(world: World, number: int = 0) -> tuple[Visitor, Shown]:
    """Somebody who has just sent an application."""
    person = {"full_name": f"Ann Lee {number}", "email": f"ann.lee{number}@example.nhs.uk"}
    visitor, sent = await just_sent(world, **person, manager_email=f"manager{number}@example.nhs.uk")
    await world.run()
    return visitor, sent


async def people_answer(world: World, count: int) -> None:
    """So many people apply and answer."""
    for number in range(count):
        visitor, _ = await applied(world, number)
        await visitor.press("equality", ANSWERS)


def sealed(world: World) -> MonitoringBox:
    keys = Tokens(key=world.settings.token_key.get_secret_value(), base_url="").keys_for("equality monitoring")
    return MonitoringBox(world.tables(TableName.MONITORING_BOX), keys)


async def box(world: World) -> list[Mapping[str, str]]:
    """The answers in the box, as only the app can open it."""
    return [one.answers for one in (await sealed(world).get(PROGRAMME)).value.waiting]


def mixed(world: World) -> list[dict[str, Any]]:
    return world.tables.all_rows(TableName.MONITORING)


async def night(world: World, now: datetime | None = None) -> None:
    if now:
        world.clock.set(now)
    await world.app.tick.daily()


def test_whoever_has_applied_is_offered_the_questions_and_thanked_once_they_are_answered() -> None:
    async def story() -> tuple[list[Mapping[str, str]], Shown, Shown, Shown]:
        world = World()
        visitor, sent = await applied(world)
        asked = await visitor.look(sent.onward)
        thanked = await visitor.press("equality", ANSWERS)
        return await box(world), sent, asked, thanked

    inside, sent, asked, thanked = told(story)

    assert "optional" in sent.words
    assert sent.onward == "equality"
    assert asked.fields == {question.id for question in QUESTIONS}
    assert [tag.get_text(strip=True) for tag in asked.soup.select("form button")] == [
        "Send my answers",
        "Skip these questions",
    ]
    assert thanked.heading == "We have your application"
    assert "Thank you for answering the equality questions." in thanked.words
    assert thanked.onward == ""
    assert inside == [
        {
            "sex": "Female",
            "ethnic_group": "Black, African, Caribbean or Black British",
            "religion": "Muslim",
            "sexual_orientation": "Gay or lesbian",
        }
    ]


def test_sent_twice_from_two_windows_and_after_a_night_answers_are_there_once() -> None:
    async def story() -> tuple[list[list[Mapping[str, str]]], Shown, int]:
        world = World()
        visitor, _ = await applied(world, 20)
        await asyncio.gather(visitor.send("POST", "equality", ANSWERS), visitor.send("POST", "equality", ANSWERS))
        again = await visitor.press("equality", {"sex": "male"})
        inside = [await box(world)]
        await people_answer(world, 10)
        await night(world)
        await visitor.press("equality", {"sex": "male"})
        inside.append(await box(world))
        return inside, again, len(mixed(world))

    (once, after_a_night), again, mixed_ = told(story)

    assert [one["sex"] for one in once] == ["Female"]
    assert again.heading == "We have your application"
    assert {one["sex"] for one in after_a_night} == {"Female"}
    assert len(after_a_night) + mixed_ == 11


@pytest.mark.parametrize("form", [{}, {**ANSWERS, "skip": "yes"}])
def test_what_is_left_empty_or_skipped_is_nobodys_answer_and_can_still_be_given(form: dict[str, str]) -> None:
    async def story() -> tuple[list[Mapping[str, str]], Shown]:
        world = World()
        visitor, _ = await applied(world)
        shown = await visitor.press("equality", form)
        return await box(world), shown

    inside, shown = told(story)

    assert inside == []
    assert shown.onward == "equality"


def test_the_page_is_made_once_for_each_look_of_a_programme() -> None:
    async def story() -> tuple[Shown, Shown, Shown]:
        world = World()
        visitor, _ = await applied(world)
        first, again = await visitor.look("equality"), await visitor.look("equality")
        world.files.change(PROGRAMME, branding="plain")
        return first, again, await visitor.look("equality")

    first, again, plain = told(story)

    assert first.html == again.html
    assert "icon-nhs" in first.html
    assert "icon-plain" in plain.html


def test_before_an_application_is_sent_there_are_no_equality_questions() -> None:
    async def story() -> tuple[list[Mapping[str, str]], Shown, Shown]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="topics")
        looked = await visitor.look("equality")
        pressed = await visitor.press("equality", ANSWERS)
        return await box(world), looked, pressed

    inside, looked, pressed = told(story)

    assert looked.heading == pressed.heading != "Equality questions"
    assert inside == []


def test_a_programme_that_does_not_ask_has_no_such_page() -> None:
    async def story() -> tuple[World, Shown, Shown]:
        world = World()
        world.files.change(PROGRAMME, asks_equality_questions=False)
        visitor, sent = await applied(world)
        return world, sent, await visitor.press("equality", ANSWERS)

    world, sent, pressed = told(story)

    assert "equality" not in sent.words.lower()
    assert pressed.heading == "We have your application"
    assert world.tables.all_rows(TableName.MONITORING_BOX) == []


def test_what_may_be_a_programs_does_not_spoil_the_figures() -> None:
    async def story() -> tuple[list[Mapping[str, str]], Shown]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="declaration")
        sent = await visitor.declare("https://cheap.example")
        await visitor.press("equality", ANSWERS)
        return await box(world), sent

    inside, sent = told(story)

    assert sent.onward == ""
    assert inside == []


SEXES, FAITHS, AGES = (
    [option.value for option in question.options]
    for question in (next(q for q in QUESTIONS if q.id == id_) for id_ in ("sex", "religion", "age_group"))
)


def a_persons_answers(number: int) -> dict[str, str]:
    """Answers that no other person of the first two hundred gives: whoever joins one has joined them all."""
    return {"sex": SEXES[number % 3], "religion": FAITHS[number // 3 % 9], "age_group": AGES[number // 27]}


class Reader:
    """Reads every table whenever it likes, with the time and the order of every write, and tries who said what."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.written: dict[tuple[TableName, str], int] = {}
        self.boxes: list[dict[str, Any]] = []
        self.writes = 0
        for name in TableName:
            self._watch(name)

    def _watch(self, name: TableName) -> None:
        table = self.world.tables(name)
        store = table._store

        def noted(row: Mapping[str, Any]) -> str:
            self.writes += 1
            self.written[name, str(row["RowKey"])] = self.writes
            if name is TableName.MONITORING_BOX:
                self.boxes.append(dict(row))
            return store(row)

        table._store = noted  # type: ignore[method-assign]

    def batches(self) -> list[list[str]]:
        """The rows of ``Monitoring`` in the order in which they were written, those of each night together."""
        found: list[list[str]] = [[]]
        known = -1
        for (name, key), at in sorted(self.written.items(), key=lambda one: one[1]):
            if name is TableName.MONITORING:
                if at != known + 1:
                    found.append([])
                found[-1].append(key)
                known = at
        return [batch for batch in found if batch]

    def guesses(self) -> dict[str, list[tuple[str, str]]]:
        """Pairs of a row of ``Monitoring`` and a person, by the way in which they were found."""
        rows = [str(row["RowKey"]) for row in mixed(self.world)]
        people = self.world.rows(TableName.APPLICATIONS)
        by_time = [str(row["RowKey"]) for row in sorted(people, key=lambda row: str(row["SubmittedAt"]))]
        by_draft = [
            str(row["Reference"])
            for row in sorted(
                self.world.rows(TableName.DRAFTS), key=lambda row: self.written[TableName.DRAFTS, str(row["RowKey"])]
            )
        ]
        by_write = sorted(rows, key=lambda key: self.written[TableName.MONITORING, key])
        by_reference = sorted(by_time)
        columns = {
            f"{seen} against {known}": list(zip(left, right, strict=False))
            for seen, left in (("order of keys", rows), ("order of writes", by_write), ("backwards", by_write[::-1]))
            for known, right in (("time", by_time), ("references", by_reference), ("drafts", by_draft))
        }
        cells = [
            (str(row.get("RowKey")), {str(value) for value in row.values()})
            for name in TableName
            if name not in {TableName.MONITORING, TableName.MONITORING_BOX}
            for row in self.world.tables.all_rows(name)
        ]
        columns["a value in both"] = [(row, key) for row in rows for key, values in cells if row in values]
        return columns


def same_order(batches: list[list[int]]) -> float:
    """How far numbers stand in their order: 1 if they do, -1 if they stand the other way round, 0 if by chance."""
    pairs = [one < other for batch in batches for at, one in enumerate(batch) for other in batch[at + 1 :]]
    return 2 * sum(pairs) / len(pairs) - 1


@pytest.mark.parametrize("seed", range(3))
def test_whoever_reads_every_table_cannot_tell_better_than_by_chance_who_gave_which_answers(seed: int) -> None:
    people = 30

    async def story() -> tuple[Reader, dict[str, dict[str, str]], list[int]]:
        with patch.object(root, "SystemRandom", lambda: Random(seed)):  # noqa: S311 -- a seed that replays
            world = World()
        reader, told_, boxes = Reader(world), {}, []
        for number in range(people):
            world.clock.advance(timedelta(minutes=7))
            visitor, sent = await applied(world, number)
            before = len(reader.boxes)
            if number % 5 == 4:
                await visitor.press("equality", {**a_persons_answers(number), "skip": "yes"})
            else:
                await visitor.press("equality", a_persons_answers(number))
                told_[sent.soup.select_one(".nhsuk-panel strong").get_text()] = a_persons_answers(number)  # type: ignore[union-attr]
            boxes.append(len(reader.boxes) - before)
            if number % 10 == 9:
                await night(world)
        await night(world, OVER)
        return reader, told_, boxes

    reader, truth, boxes = told(story)
    words = {question.id: question for question in QUESTIONS}
    found = {
        str(row["RowKey"]): {
            "sex": str(row["Sex"]),
            "religion": str(row["Religion"]),
            "age_group": str(row["AgeGroup"]),
        }
        for row in mixed(reader.world)
    }
    right = {
        how: sum(
            all(words[id_].words(truth[person][id_]) == found[row][id_] for id_ in words if id_ in found[row])
            for row, person in pairs
            if person in truth
        )
        for how, pairs in reader.guesses().items()
    }

    of_answers = {
        tuple(words[id_].words(answers[id_]) for id_ in answers): at for at, answers in enumerate(truth.values())
    }
    when_applied = {
        row: of_answers[tuple(answers[id_] for id_ in a_persons_answers(0))] for row, answers in found.items()
    }
    batches = [[row for row in batch if row in found] for batch in reader.batches()]

    assert len(found) == len(truth) == 24
    assert [len(batch) for batch in batches] == [11, 8, 5]
    # Of the rows of one night the order is no more that of the people than its opposite: 1 would be the same order.
    for keys in (batches, [sorted(batch) for batch in batches]):
        assert abs(same_order([[when_applied[row] for row in batch] for batch in keys])) < 0.75
    # Of 24 by chance one is right; nine or more are in one of a million such guesses.
    assert max(right.values()) <= 8, right
    assert right["a value in both"] == 0
    # Answering and skipping are one write each, and one row looks like the other.
    assert set(boxes) == {1}
    assert len({len(str(row["Sealed0"])) for row in reader.boxes}) == 1
    assert len({str(row["Sealed0"]) for row in reader.boxes}) == len(reader.boxes)
    assert {column for row in reader.boxes for column in row} == {"PartitionKey", "RowKey", "Sealed0"}
    assert not [
        row for row in reader.world.rows(TableName.DRAFTS) if any("equality" in column.lower() for column in row)
    ]


def test_the_box_is_sealed_anew_whenever_somebody_applies() -> None:
    async def story() -> list[str]:
        world = World()
        seen = []
        for number in range(3):
            await applied(world, number)
            seen += [str(row["Sealed0"]) for row in world.tables.all_rows(TableName.MONITORING_BOX)]
        return seen

    seen = told(story)

    assert len(set(seen)) == 3


def test_a_box_that_no_key_opens_is_begun_anew_and_stops_nobody() -> None:
    async def story() -> list[list[Mapping[str, str]]]:
        world = World()
        await people_answer(world, 2)
        (row,) = world.tables.all_rows(TableName.MONITORING_BOX)
        table = world.tables(TableName.MONITORING_BOX)
        found = []
        sealed = str(row["Sealed0"])
        for damaged in (("B" if sealed[0] == "A" else "A") + sealed[1:], "no base 64", sealed[:400]):
            await table.put({**row, "Sealed0": damaged})
            visitor, _ = await applied(world, 7)
            await visitor.press("equality", ANSWERS)
            found.append(await box(world))
        return found

    assert [[one["sex"] for one in inside] for inside in told(story)] == [["Female"]] * 3


def test_a_storage_that_fails_behind_the_sending_costs_nobody_their_application() -> None:
    async def story() -> tuple[Shown, World]:
        world = World()

        async def failing(*_: object) -> None:
            raise TemporaryFailure("storage does not answer")

        with patch.object(world.tables(TableName.MONITORING_BOX), "insert", failing):
            _, sent = await applied(world)
        return sent, world

    sent, world = told(story)

    assert sent.heading == "We have your application"
    assert world.application()["Status"] == "Awaiting manager"


def test_at_night_answers_leave_the_box_in_company_and_without_any_time() -> None:
    async def story() -> tuple[World, int, int]:
        world = World()
        await people_answer(world, 12)
        await night(world)
        after_one_night = len(await box(world)), len(mixed(world))
        await night(world, OVER)
        assert await box(world) == []
        return world, *after_one_night

    world, kept_back, left = told(story)

    assert (kept_back, left) == (5, 7)
    assert len(mixed(world)) == 12
    columns = {column for row in mixed(world) for column in row}
    assert columns == {"PartitionKey", "RowKey", "Sex", "EthnicGroup", "Religion", "SexualOrientation"}
    assert not [value for row in mixed(world) for value in row.values() if isinstance(value, datetime)]


def test_answers_of_fewer_than_five_are_deleted_unread_in_the_end() -> None:
    async def story() -> tuple[World, int]:
        world = World()
        await people_answer(world, 4)
        await night(world)
        waiting = len(await box(world))
        await night(world, OVER)
        assert await box(world) == []
        return world, waiting

    world, waiting = told(story)

    assert waiting == 4
    assert mixed(world) == []


@pytest.mark.parametrize("stored", range(9))
def test_a_night_that_is_cut_off_goes_on_with_the_same_answers_and_counts_nobody_twice(stored: int) -> None:
    async def story() -> tuple[World, set[str], set[str]]:
        world = World()
        await people_answer(world, 12)
        table = world.tables(TableName.MONITORING)
        insert, count = table.insert, 0

        async def dying(row: Mapping[str, Any]) -> bool:
            nonlocal count
            count += 1
            if count > stored:
                raise SystemExit
            return await insert(row)

        with patch.object(table, "insert", dying), suppress(SystemExit):
            await night(world)
        first = {str(row["RowKey"]) for row in mixed(world)}
        await people_answer_late(world)
        await world.later(minutes=30)
        second = {str(row["RowKey"]) for row in mixed(world)}
        await night(world, OVER)
        return world, first, second

    world, first, second = told(story)

    # Answers that came after the cut wait for another night.
    assert first <= second
    assert len(second) == 7
    assert len(mixed(world)) == 13


async def people_answer_late(world: World) -> None:
    visitor, _ = await applied(world, 40)
    await visitor.press("equality", {"sex": "male"})


def test_many_who_answer_and_apply_at_once_lose_nothing() -> None:
    async def story() -> int:
        world = World()
        visitors = [(await applied(world, number))[0] for number in range(20)]
        get = world.tables(TableName.MONITORING_BOX).get

        async def slow(*key: str) -> Any:
            found = await get(*key)
            await asyncio.sleep(0)
            return found

        with patch.object(world.tables(TableName.MONITORING_BOX), "get", slow):
            await asyncio.gather(*(visitor.send("POST", "equality", ANSWERS) for visitor in visitors))
        return len(await box(world))

    assert told(story) == 20


def test_figures_are_told_by_a_command() -> None:
    async def story() -> tuple[str, str]:
        world = World()
        await people_answer(world, 12)
        before = await command(world, "Equality  Figures", "")
        await night(world, OVER)
        after = await command(world, "equality figures", "", key="2")
        return before, after

    before, after = told(story)

    assert "there are no figures" in before
    assert after.startswith(f"Done: {PROGRAMME}: 10 people answered")
    assert "Religion: No religion 0, Christian 0" in after


def test_answers_go_two_years_after_the_programme_once_that_was_announced() -> None:
    async def story() -> tuple[World, int, list[str]]:
        world = World()
        await people_answer(world, 12)
        await night(world, OVER)
        ends = world.app.programmes.file(PROGRAMME)
        assert ends is not None
        assert ends.ends_at is not None
        due = ends.ends_at + timedelta(days=2 * 365)
        await night(world, due - timedelta(days=20))
        await world.run()
        before = len(mixed(world))
        notices = [letter.html for letter in world.mailbox.sent if "equality questions" in letter.html]
        await night(world, due + timedelta(days=1))
        return world, before, notices

    world, before, notices = told(story)

    assert before == 12
    assert len(notices) == 1
    assert mixed(world) == []
