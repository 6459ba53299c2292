"""Whatever an administrator types into whichever cell: every page is in words, and the clock's work goes on."""

import asyncio
import os
import random
from collections.abc import Mapping
from copy import copy
from datetime import UTC, date, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import UUID

import azure.functions as func
import pytest

from functions import apply, approval, checkins, participation, returning
from shared import bootstrap
from shared.domain.earlier import Details, Earlier
from shared.domain.exports import Restore, RestoreStatus
from shared.domain.references import Purpose
from shared.services.base.links import decision_page, own_page
from shared.stores.applications import Applications
from shared.stores.links import link_of
from shared.stores.names import TableName
from tests.factories import approved_pair
from tests.visitor import come_to, just_sent, typed
from tests.world import ADMINISTRATORS, NINE, PROGRAMME, World, answers, token

THE_DAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
NASTY: tuple[Any, ...] = (
    None,
    "",
    " ",
    "aproved",
    " 12/03/2026 ",
    "2026-03-26 09:30",
    "2026-03-26T09:30:00+01:00",
    datetime(1601, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    0,
    -1,
    2**31 - 1,
    2**40,
    1.5,
    1e300,
    float("nan"),
    True,
    "{}",
    "[]",
    "null",
    "[1]",
    '{"a": 1}',
    '{"a": "2026-02-10T09:00:00"}',
    '[{"number": "x"}]',
    '[{"session": 1, "joined": null}]',
    '{"a":',
    "9" * 5_000,
    "[" * 3_000,
    b"bytes",
    UUID(int=7),
)
# Tables whose rows lie in no programme's partition, or whose every nonsense means "none": the digest has no line.
UNNAMED = {TableName.DRAFTS, TableName.UPKEEP, TableName.MAILBOXES, TableName.TALLIES, TableName.PAIRS}

type Rows = dict[TableName, Any]


class Places:
    """The links of a world, and the browser that has a draft."""

    def __init__(self, world: World, links: Mapping[Purpose, str], cookies: Mapping[str, str]) -> None:
        self.world = world
        self.links = links
        self.cookies = cookies

    async def look(self) -> list[tuple[str, func.HttpResponse]]:
        """Every page, and the forms that people send most."""
        me, decision, checkin, back = (
            self.links[purpose] for purpose in (Purpose.OWN_PAGE, Purpose.DECISION, Purpose.CHECK_IN, Purpose.RETURNING)
        )
        programme = {"programme": PROGRAMME}
        asked = [
            ("own", participation.own_page, {"token": me}, "", {}),
            ("own download", participation.own_page, {"token": me}, "", {"action": "download", "format": "html"}),
            (
                "own session",
                participation.own_page,
                {"token": me},
                "",
                {"action": "choose_session", "session": "peer-1"},
            ),
            ("own deletion", participation.own_page, {"token": me}, "", {"action": "ask_deletion"}),
            ("decision", approval.decision, {"token": decision}, "", {}),
            ("decision sent", approval.decision, {"token": decision}, "", {"decision": "decline", "revision": "0"}),
            ("checkin", checkins.checkin, {"token": checkin}, "", {}),
            ("checkin sent", checkins.checkin, {"token": checkin}, "", {"met": "yes"}),
            ("returning", returning.returning, programme, "", {}),
            ("returning sent", returning.returning, programme, "", {"email": "zoe@example.org"}),
            ("welcome back", returning.welcome_back, {"token": back}, "", {}),
            ("apply", apply.apply, programme, "", {}),
            ("apply draft", apply.apply, {**programme, "page": "check"}, self.cookies["draft"], {}),
            ("apply sent", apply.apply, {**programme, "page": "sent"}, self.cookies["sent"], {}),
            ("equality", apply.apply, {**programme, "page": "equality"}, self.cookies["sent"], {}),
        ]
        answers_ = []
        for name, door, route, cookie, form in asked:
            request = func.HttpRequest(
                method="POST" if form else "GET",
                url="https://mentoring.example.nhs.uk/",
                route_params=route,
                body=urlencode(form).encode(),
                headers={"Cookie": cookie} if cookie else {},
            )
            answers_.append((name, await door.build().get_user_function()(request)))
        return answers_


async def full_world() -> Places:
    """A world in which every table that pages or the clock read has rows, somewhat before a check-in is due."""
    world = World()
    mentor, mentee = await approved_pair(world)
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "peer-1", "Capacity": 1})
    # Pages behind the link of somebody whose manager has not answered, and of a pair that goes on.
    await world.submit(answers(full_name="Sam Lee", email="sam@example.nhs.uk", training_session=None))
    await world.type_in(
        TableName.PAIRS,
        {
            "PartitionKey": PROGRAMME,
            "RowKey": "pair",
            "Mentor": mentor,
            "Mentee": mentee,
            "StartDate": "2026-03-02",
            "Status": "confirmed",
        },
    )
    await world.tick(THE_DAY)
    people = [Earlier(Details("Zoe Day", "zoe@example.org"), "cohort 6", date(2027, 1, 1))]
    await world.app.earlier.bring_in(people)
    known = world.app.returning.programme(PROGRAMME)
    assert known is not None
    await world.app.returning.ask(known, "zoe@example.org")
    await world.run()
    draft = await come_to(world, "check", email="new@example.nhs.uk")
    sent, _ = await just_sent(world, full_name="Ann Lee", email="ann@example.nhs.uk", manager_email="mo@example.nhs.uk")
    doubtful = await come_to(world, "declaration", email="held@example.nhs.uk")
    await doubtful.press("declaration", {**typed(email="held@example.nhs.uk"), "website": "x"})
    await world.run()
    await world.later(minutes=5)
    await world.type_in(
        TableName.COMMANDS, {"PartitionKey": PROGRAMME, "RowKey": "1", "Command": "why", "Reference": "x", "Note": "y"}
    )
    await world.app.backup._upkeep.note_restore(
        Restore("2026-02-01T00-00-00Z", NINE, RestoreStatus.RESUMED, NINE), instead_of=None
    )
    await world.later(minutes=5)
    tokens = world.tokens
    checkin = next(
        row for row in world.rows(TableName.LINKS) if row["Purpose"] == "checkins" and "1.mentor" in str(row["Detail"])
    )
    link = link_of(checkin)
    sam = await Applications(world.tables(TableName.APPLICATIONS)).get(
        PROGRAMME, str(world.application(Email="sam@example.nhs.uk")["RowKey"])
    )
    assert sam is not None
    links = {
        Purpose.OWN_PAGE: tokens(own_page(sam.value)),
        Purpose.DECISION: tokens(decision_page(sam.value, 1)),
        Purpose.CHECK_IN: tokens(link),
        Purpose.RETURNING: token(world.letters("zoe@example.org")[0], "welcome-back"),
    }
    return Places(world, links, {"draft": draft.cookie, "sent": sent.cookie})


class Kept:
    """Everything that a world holds, to be put back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows = {name: copy(world.tables(name).rows) for name in TableName}
        self._bodies = dict(world.bodies.kept), set(world.bodies._waiting)
        self._mails = dict(world.mailbox.items)
        self._now = world.clock.now()

    def put_back(self) -> None:
        world = self._world
        for name, rows in self._rows.items():
            world.tables(name).rows = copy(rows)
        world.bodies.kept, world.bodies._waiting = dict(self._bodies[0]), set(self._bodies[1])
        world.mailbox.items = dict(self._mails)
        world.exports.files.clear()
        world.exports.manifests.clear()
        world.wakeups.submissions.clear()
        world.wakeups.mailboxes.clear()
        world.clock.set(self._now)


def cells(world: World, table: TableName) -> list[tuple[str, str, str]]:
    """A cell of each column, in the row of each kind that the pages look at."""
    found: dict[tuple[str, ...], tuple[str, str, str]] = {}
    sam = str(world.application(Email="sam@example.nhs.uk")["RowKey"])
    for row in sorted(world.rows(table), key=lambda row: sam in str(row["RowKey"]) or row.get("Meeting") == 1):
        kind = str(row.get("Kind", "")), str(row.get("Purpose", "")), str(row.get("About", ""))
        for column in row.keys() - {"PartitionKey", "RowKey"}:
            found[(*kind, column)] = str(row["PartitionKey"]), str(row["RowKey"]), column
    return sorted(set(found.values()))


def in_words(answer: func.HttpResponse) -> bool:
    """Whether an answer is a page of ours, or leads to one."""
    if answer.status_code == 303:
        return True
    body = answer.get_body().decode()
    return "nosniff" in answer.headers.get("X-Content-Type-Options", "") and "<h1" in body


async def every_cell(table: TableName, count: int, seed: int) -> tuple[int, int, list[str]]:
    """Type nonsense into cells of a table; returns pages looked at, rows that had to be mended, and what went wrong."""
    places = await full_world()
    world = places.world
    kept = Kept(world)
    wrong: list[str] = []
    looked = mended = 0
    typed_in = [(place, value) for place in cells(world, table) for value in NASTY]
    if count:
        typed_in = random.Random(seed).sample(typed_in, min(count, len(typed_in)))  # noqa: S311 -- a sample
    for (partition, key, column), value in typed_in:
        kept.put_back()
        rows = world.tables(table).rows
        row, etag = rows[partition, key]
        rows[partition, key] = {**row, column: value}, etag
        if value is None:
            del rows[partition, key][0][column]
        case = f"{table}.{column} = {str(value)[:40]!r} ({type(value).__name__})"
        waits = False
        with patch.object(bootstrap, "get_app", lambda: world.app):
            try:
                for name, answer in await places.look():
                    looked += 1
                    waits = waits or answer.status_code == 503
                    if (answer.status_code >= 500 and answer.status_code != 503) or not in_words(answer):
                        wrong.append(f"{case}: {name} answers {answer.status_code}")
                await clock_goes_on(world, table)
                if waits and table not in UNNAMED:
                    mended += 1
                    mails = "".join(mail.html for mail in world.letters(ADMINISTRATORS, "act on")).replace("\u2060", "")
                    if f"{table}, row {key}: column {column}" not in mails:
                        wrong.append(f"{case}: not named in the digest")
            except Exception as exc:  # noqa: BLE001 -- each case is told of
                wrong.append(f"{case}: {type(exc).__name__} {exc}")
    return looked, mended, wrong


async def clock_goes_on(world: World, table: TableName) -> None:
    """A tick, the daily run and the mailbox worker work, and somebody else's application is seen to."""
    ann = next(str(row["RowKey"]) for row in world.rows(TableName.APPLICATIONS) if row.get("FullName") == "Ann Lee")
    for key, verb in enumerate(("withdraw", "erase", "retry parked", "resend approval")):
        row = {"PartitionKey": PROGRAMME, "RowKey": f"typed-{key}", "Command": verb, "Reference": ann}
        await world.type_in(TableName.COMMANDS, row)
    await world.submit(answers(full_name="Kim Roe", email="kim@example.nhs.uk", manager_email="lou@example.nhs.uk"))
    await world.app.tick.run()
    await world.run()
    await world.app.tick.daily()
    await world.run()
    if table not in STOPS_EVERYBODY:
        assert world.letters("lou@example.nhs.uk"), "nobody asked somebody else's manager"


# What is typed there is about the whole programme, or the whole account: others may well have to wait.
STOPS_EVERYBODY = {TableName.PROGRAMMES, TableName.UPKEEP, TableName.MAILBOXES}
# Every value in every cell takes ten minutes: EVERY_CELL=1 does it, and otherwise there is a sample of each table.
MOST = 0 if os.environ.get("EVERY_CELL") else 15
READ = tuple(table for table in TableName if table not in {TableName.MONITORING, TableName.MONITORING_BOX})


@pytest.mark.parametrize("table", READ)
def test_nonsense_in_any_cell_is_never_a_bare_error(table: TableName) -> None:
    looked, mended, wrong = asyncio.run(every_cell(table, count=MOST, seed=7))

    print(f"{table}: {looked} pages, {mended} cells to be mended, {len(wrong)} wrong")  # noqa: T201 -- how much was tried
    assert wrong == []
