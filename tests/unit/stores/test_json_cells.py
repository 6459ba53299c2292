"""Cells of JSON: rows that lie in tables are read and written as ever, and nonsense is named without being quoted."""

import json
import traceback
from datetime import UTC, date, datetime, timedelta

import pytest

from local.memory.tables import MemoryTable
from shared.domain.answers import Problem
from shared.domain.application import (
    Answer,
    Change,
    LineManager,
    ManagerRequest,
    Released,
    ReleasedDate,
    Suggestion,
    Wait,
)
from shared.errors import UnreadableRow
from shared.ports import Row
from shared.stores.applications import Applications
from tests.world import PROGRAMME

NINE = datetime(2026, 2, 10, 9, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
STORED: Row = {
    "PartitionKey": PROGRAMME,
    "RowKey": "RM-1",
    "Status": "Awaiting manager",
    "ReceivedAt": NINE,
    "Problems": '[["band", "Your band", "Zoë O\'Hara, \\"Zo\\"\\nand more"], ["email", "E-mail", "Check it."]]',
    "FlagsList": '["First remark; with a semicolon.", "Zoë"]',
    "Requests": '[{"number": 1, "name": "", "email": "first@example.nhs.uk", '
    '"asked_at": "2026-02-10T09:00:00.123456+00:00", "link": 1, "answer": null, "reason": "", "note": "", '
    '"answered_at": null, "revision": 0, "bounced_at": null}, {"number": 2, "name": "Priya Shah", '
    '"email": "priya@example.nhs.uk", "asked_at": "2026-02-10T10:00:00.123456+00:00", "link": 3, "answer": "decline", '
    '"reason": "Zoë", "note": "b", "answered_at": "2026-02-10T11:00:00.123456+00:00", "revision": 4, '
    '"bounced_at": "2026-02-10T12:00:00.123456+00:00"}]',
    "Changes": '[{"content": "00fd", "received": "2026-02-10T09:00:00.123456+00:00", '
    '"submitted": "2026-02-10T08:00:00.123456+00:00", "source": "typeform", "response": "r/2", '
    '"ask": "2026-02-10T10:00:00.123456+00:00"}]',
    "Released": '[{"number": 2, "at": "2026-02-10T09:00:00.123456+00:00", '
    '"dates": {"mentor-training": [["mentor-training-1", "2026-02-10T09:00:00.123456+00:00", '
    '"2026-02-10T10:00:00.123456+00:00"]]}}]',
    "Suggestion": '{"answer": "approve", "request": 2, "at": "2026-02-10T09:00:00.123456+00:00"}',
    "Waits": '[{"session": "peer-1", "joined": "2026-02-10T09:00:00.123456+00:00", '
    '"offered": "2026-02-10T10:00:00.123456+00:00", "until": "2026-02-10T11:00:00.123456+00:00", '
    '"over": "2026-02-10T12:00:00.123456+00:00"}, {"session": "peer-2", "joined": "2026-02-10T09:00:00.123456+00:00"}]',
    "SessionsConfirmed": '{"mentee-training-1": "2026-02-10T09:00:00.123456+00:00"}',
    "PairsList": '{"pair-01": "2026-04-20", "Rutland, 2": "2026-05-01"}',
    "Questions": '{"hope": "What do you hope for?"}',
}
CELLS = {column: cell for column, cell in STORED.items() if str(cell).startswith(("[", "{"))}


async def test_what_lies_in_a_table_is_read_and_written_as_ever() -> None:
    table = MemoryTable()
    await table.insert(STORED)
    store = Applications(table)

    found = await store.get(PROGRAMME, "RM-1")

    assert found is not None
    read = found.value
    assert read.problems == (
        Problem("band", "Your band", 'Zoë O\'Hara, "Zo"\nand more'),
        Problem("email", "E-mail", "Check it."),
    )
    assert read.flags == ("First remark; with a semicolon.", "Zoë")
    assert read.requests == (
        ManagerRequest(1, LineManager("", "first@example.nhs.uk"), NINE),
        ManagerRequest(
            2,
            LineManager("Priya Shah", "priya@example.nhs.uk"),
            NINE + HOUR,
            link=3,
            answer=Answer.DECLINE,
            reason="Zoë",
            note="b",
            answered_at=NINE + 2 * HOUR,
            revision=4,
            bounced_at=NINE + 3 * HOUR,
        ),
    )
    assert read.changes == (Change("00fd", NINE, NINE - HOUR, "typeform", "r/2", NINE + HOUR),)
    training = ReleasedDate("mentor-training-1", NINE, NINE + HOUR)
    assert read.released == (Released(2, NINE, {"mentor-training": (training,)}),)
    assert read.suggestion == Suggestion(Answer.APPROVE, 2, NINE)
    assert read.waits == (Wait("peer-1", NINE, NINE + HOUR, NINE + 2 * HOUR, NINE + 3 * HOUR), Wait("peer-2", NINE))
    assert read.confirmed == {"mentee-training-1": NINE}
    assert read.pairs == {"pair-01": date(2026, 4, 20), "Rutland, 2": date(2026, 5, 1)}
    assert [(told.id, told.title) for told in read.told] == [("hope", "What do you hope for?")]

    assert await store.replace(read, "", found.etag)
    written = await table.get(PROGRAMME, "RM-1")
    assert written is not None
    assert {column: written.row[column] for column in CELLS} == CELLS


async def test_a_form_whose_time_is_not_known_is_read_however_it_was_written() -> None:
    table = MemoryTable()
    changes = json.loads(str(STORED["Changes"]))
    for key, unknown in (("old", ""), ("new", None)):
        cell = json.dumps([{**changes[0], "submitted": unknown}])
        await table.insert({**STORED, "RowKey": key, "Changes": cell})

    assert [one.changes[0].submitted_at async for one in Applications(table).all(PROGRAMME)] == [None, None]


@pytest.mark.parametrize(
    ("column", "typed"),
    [
        *(
            (column, typed)
            for column in CELLS
            for typed in ("[Zoë", "[" * 300, '"Zoë"', "5", '["Zoë", 5]', '{"Zoë": 5}')
        ),
        ("Suggestion", '{"answer": "Zoë", "request": 2, "at": "2026-02-10T09:00:00+00:00"}'),
        ("Suggestion", '{"answer": "approve", "request": true, "at": "2026-02-10T09:00:00+00:00"}'),
        ("Waits", '[{"session": "Zoë", "joined": "2026-02-10T09:00:00"}]'),
        ("Waits", '[{"session": "Zoë", "joined": 1770714000}]'),
        ("Waits", '[{"session": "Zoë", "joined": "0001-01-01T00:00:00+05:00"}]'),
        ("Waits", '[{"session": "Zoë"}]'),
        ("SessionsConfirmed", '{"Zoë": "2026-02-10T09:00:00"}'),
        ("PairsList", '{"Zoë": 20492}'),
        ("PairsList", '{"Zoë": "20/04/2026"}'),
        ("Requests", str(STORED["Requests"]).replace('"link": 3', '"link": -1')),
        ("Requests", str(STORED["Requests"]).replace('"link": 3', '"link": "3"')),
        ("Requests", str(STORED["Requests"]).replace('"answer": "decline"', '"answer": "Zoë"')),
        ("Requests", str(STORED["Requests"]).replace('"email": "priya@example.nhs.uk", ', "")),
        ("Requests", str(STORED["Requests"]).replace('"reason": "Zoë"', '"reason": 5')),
    ],
)
async def test_nonsense_names_its_column_and_quotes_nothing(column: str, typed: str) -> None:
    table = MemoryTable()
    await table.insert({**STORED, column: typed})

    with pytest.raises(UnreadableRow) as caught:
        await Applications(table).get(PROGRAMME, "RM-1")

    assert caught.value.column == column
    assert "Zo" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("column", CELLS)
@pytest.mark.parametrize("typed", ["", " ", None])
async def test_an_emptied_cell_holds_nothing(column: str, typed: str | None) -> None:
    table = MemoryTable()
    await table.insert({**STORED, column: typed})

    found = await Applications(table).get(PROGRAMME, "RM-1")

    assert found is not None
    assert await Applications(table).replace(found.value, "", found.etag)
    written = await table.get(PROGRAMME, "RM-1")
    assert written is not None
    assert written.row.get(column, "") in {"", "[]"}
