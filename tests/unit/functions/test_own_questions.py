"""A programme's own questions: on our form, at the check, in tables by who sees them, in the download, and erased."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

from openpyxl import load_workbook

from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, command, manager_says, own_link
from tests.own_questions import IN_WORDS, OWN_ANSWERS, asking_more
from tests.visitor import Shown, Visitor, typed
from tests.world import PROGRAMME, World, answers, mentee

CONFIDENTIAL = ("canary-hopes", "14 May 2026", "canary-badge", "A poster")
MORE: dict[str, dict[str, str | list[str]]] = {
    "question-meals": {"own-meals": ["vegan", "halal"]},
    "question-matters": {"own-matters": ["share", "learn", ""]},
    "question-drives": {"own-drives": "yes"},
    "question-how-far": {"own-how_far": "12"},
    "question-begins": {"own-begins": "14 May 2026"},
    "question-hopes": {"own-hopes-mentor": "canary-hopes"},
    "question-heard-of-us": {"own-heard_of_us": "poster"},
    "question-badge": {"own-badge": "canary-badge"},
}


def a_world() -> World:
    world = World()
    world.files.change(PROGRAMME, questions=asking_more().questions)
    return world


async def answered(visitor: Visitor) -> Shown:
    """All of the form but for its declaration."""
    shown = await visitor.fill_in(typed(), until="question-meals")
    for page, given in MORE.items():
        shown = await visitor.press(page, given)
    return shown


async def downloaded(world: World, email: str = AMARA) -> dict[str, str]:
    data = await world.app.subject_access.behind(own_link(world, email))
    assert data is not None
    return {name: value for section in data.sections for facts in section.entries for name, value in facts}


async def test_our_form_asks_them_and_only_of_whom_they_are_for() -> None:
    world = a_world()
    visitor = Visitor(world)

    check = await answered(visitor)

    assert check.heading == "Check your answers"
    for words in ("Vegan Halal", "1. Sharing 2. Learning", "How many miles could you drive?", "canary-hopes"):
        assert words in check.words
    far = await visitor.look("question-how-far")
    assert far.heading == "How many miles could you drive?"
    wrong = await visitor.press("question-how-far", {"own-how_far": "far"})
    assert wrong.errors == ["Enter a whole number from 1 to 100."]
    twice = await visitor.press("question-matters", {"own-matters": ["share", "share"]})
    assert twice.errors == ["Choose each answer once only."]
    three = await visitor.press("question-meals", {"own-meals": ["vegan", "halal", "anything"]})
    assert three.errors == ["Choose 2 at most."]
    check = await visitor.press("question-drives", {"own-drives": "no"})
    assert "How many miles" not in check.words
    check = await visitor.press("question-drives", {"own-drives": "yes"})
    assert "How many miles could you drive? 12" in check.words


async def test_whoever_begins_to_be_asked_something_needed_is_led_there() -> None:
    world = a_world()
    visitor = Visitor(world)
    await visitor.fill_in(typed(), until="question-meals")
    for page, given in MORE.items():
        if page != "question-how-far":
            await visitor.press(page, {**given, **({"own-drives": "no"} if page == "question-drives" else {})})

    led = await visitor.press("question-drives", {"own-drives": "yes"})

    assert led.heading == "How many miles could you drive?"
    empty = await visitor.press("question-how-far", {"own-how_far": ""})
    assert empty.errors == ["Answer the question ‘How many miles could you drive?’."]


async def test_answers_are_kept_by_who_may_see_them_and_told_whole_to_their_owner() -> None:
    world = a_world()
    await world.submit(answers(**OWN_ANSWERS))

    application = world.application()
    lived, closed = world.row(TableName.LIVED_EXPERIENCE), world.row(TableName.CLOSED_ANSWERS)
    assert [application[f"Q_{name}"] for name in ("meals", "matters", "drives", "how_far")] == [
        "Vegan; Halal", "1. Sharing; 2. Learning", "Yes", "12",
    ]  # fmt: skip
    assert [lived[f"Q_{name}"] for name in ("begins", "hopes")] == ["Thursday 14 May 2026", "canary-hopes"]
    assert [closed[f"Q_{name}"] for name in ("heard_of_us", "badge")] == ["A poster", "canary-badge"]
    assert not [words for words in CONFIDENTIAL if words in str(application)]
    assert not [words for words in CONFIDENTIAL[2:] if words in str(lived)]
    mails = " ".join(f"{mail.subject} {mail.html}" for mail in world.mailbox.sent)
    assert world.mailbox.sent
    assert not [words for words in IN_WORDS.values() if len(words) > 5 and words in mails]
    assert (await downloaded(world)).items() >= IN_WORDS.items()


async def test_the_team_reads_in_its_files_what_administrators_may_see_and_nothing_else() -> None:
    world = a_world()
    await world.submit(answers(**OWN_ANSWERS))
    await world.submit(mentee())
    await manager_says(world, PRIYA.email)
    await manager_says(world, GRACE)
    # A question that is gone keeps its column while somebody has answered it.
    world.files.change(PROGRAMME, questions=tuple(q for q in asking_more().questions if q.field != "drives"))

    await command(world, "workbook", "")
    await command(world, "foi pack", "", key="2")
    await command(world, "draw pairs", "", key="3")
    await world.app.tick.daily()

    book = load_workbook(BytesIO(world.reports.files[f"{PROGRAMME}/workbook.xlsx"]))
    header, *rows = [[cell.value for cell in row] for row in book["Applications"].iter_rows() if row[1].value]
    heads = [str(head) for head in header]
    amara = next(dict(zip(heads, row, strict=True)) for row in rows if "Amara Okafor" in row)
    own = ("What do you eat?", "What matters most to you?", "Do you drive?", "How many miles could you drive?")
    assert {title: amara[title] for title in own} == {title: IN_WORDS[title] for title in own}
    everything = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    everything += [data.decode(errors="replace") for name, data in world.reports.files.items() if ".html" in name]
    everything += [mail.html for mail in world.mailbox.sent]
    apart = {TableName.LIVED_EXPERIENCE, TableName.CLOSED_ANSWERS}
    everything += [str(world.rows(table)) for table in TableName if table not in apart]
    confidential = (*CONFIDENTIAL, "From which day", "What do you hope", "How did you hear", "on your badge")
    assert world.rows(TableName.MATCH_NOTES)
    assert [words for words in confidential if words in " ".join(everything)] == []


async def test_what_was_told_goes_when_it_is_held_too_long() -> None:
    world = a_world()
    await world.submit(answers(**OWN_ANSWERS))
    await manager_says(world, PRIYA.email)
    left = []
    # A notice, and 90 days after the end; a notice, and two years after it.
    for year, month, day in ((2027, 2, 23), (2027, 3, 16), (2028, 11, 24), (2028, 12, 15)):
        world.clock.set(datetime(year, month, day, 7, tzinfo=UTC))
        await world.tick()
        await world.app.tick.daily()
        await world.run()
        left.append(str([world.rows(table) for table in TableName]))

    assert [[words for words in (*CONFIDENTIAL, "Vegan; Halal") if words in rows] for rows in left] == [
        [*CONFIDENTIAL, "Vegan; Halal"],
        ["Vegan; Halal"],  # which administrators may see, as they may the application
        ["Vegan; Halal"],
        [],
    ]


async def test_an_answer_stays_readable_when_its_question_is_changed_or_gone() -> None:
    world = a_world()
    await world.submit(answers(**OWN_ANSWERS))
    world.files.change(PROGRAMME, questions=asking_more().questions[:-8])

    told = await downloaded(world)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(band="6", **OWN_ANSWERS), response_id="r-1")

    assert told.items() >= IN_WORDS.items()


async def test_a_later_version_replaces_them_all_and_an_erased_person_leaves_none() -> None:
    world = a_world()
    await world.submit(answers(**OWN_ANSWERS), response_id="one")
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(meals="anything", badge="canary-other"), response_id="one")

    assert "Q_matters" not in world.application()
    assert world.application()["Q_meals"] == "Anything"
    assert "Q_hopes" not in world.row(TableName.LIVED_EXPERIENCE)
    assert world.row(TableName.CLOSED_ANSWERS)["Q_badge"] == "canary-other"
    reference = str(world.application()["RowKey"])
    await command(world, "withdraw", reference)
    await command(world, "erase", reference, key="2")
    assert world.rows(TableName.CLOSED_ANSWERS) == []
    left = str([world.rows(table) for table in TableName])
    assert not [words for words in ("Anything", "canary-other", *CONFIDENTIAL) if words in left]


async def test_a_form_that_needs_correction_keeps_what_could_be_read() -> None:
    world = a_world()
    await world.submit(answers(**OWN_ANSWERS | {"how_far": "1000", "sector": "circus"}))

    row = world.application()

    assert row["Status"] == "Needs correction"
    assert row["Q_drives"] == "Yes"
    assert "How many miles could you drive?" in str(row["Problems"])
    assert "Q_how_far" not in row
