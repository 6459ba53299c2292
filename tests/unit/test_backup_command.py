"""``python -m shared.backup``: what it prints, and that it refuses in words."""

import asyncio
from datetime import timedelta

import pytest

from shared.backup import main
from shared.settings import SettingsProblem
from shared.stores.names import TableName
from tests.world import PROGRAMME, World


@pytest.fixture
def world() -> World:
    lived = World()
    asyncio.run(lived.tick())
    asyncio.run(lived.submit())
    return lived


def test_an_export_is_made_listed_and_checked(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert [main([what], world.app) for what in ("export", "list", "check")] == [0, 0, 0]

    made, listed, checked = capsys.readouterr().out.splitlines()
    assert made.startswith("2026-02-10T090000Z: ")
    assert listed.startswith("2026-02-10T090000Z ")
    assert "rows" in listed
    assert checked.startswith("2026-02-10T090000Z: whole, ")


def test_an_export_that_has_lost_most_rows_is_told_and_not_restored_unless_it_is_named(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    asyncio.run(world.tick())
    asyncio.run(world.submit())
    main(["export"], world.app)
    rows = [str(row["RowKey"]) for row in world.rows(TableName.APPLICATIONS)]
    for row in rows:
        asyncio.run(world.tables(TableName.APPLICATIONS).delete(PROGRAMME, row))
    for hours in (24, 24):
        world.clock.advance(timedelta(hours=hours))
        main(["export"], world.app)
    capsys.readouterr()

    assert main(["list"], world.app) == 0
    listed = capsys.readouterr().out.splitlines()
    assert main(["check"], world.app) == 0
    assert capsys.readouterr().out.startswith("2026-02-10T090000Z: whole, "), "the one that restore takes"
    lost = World()
    lost.exports.__dict__.update(world.exports.__dict__)
    assert main(["restore"], lost.app) == 0

    assert ["Applications 0" in line for line in listed] == [True, False, True, False, False]
    assert [line for line in listed if "far fewer rows" in line] == [
        "    far fewer rows than before in Applications: not restored unless it is named"
    ] * 2
    assert caplog.text.count("far fewer rows than in the last good export: Applications") == 2
    assert world.row(TableName.UPKEEP, RowKey="export")["Fewer"] == "Applications"
    assert [row["RowKey"] for row in lost.rows(TableName.APPLICATIONS)] == rows

    named = listed[0].split()[0]
    assert main(["accept", "--export", named], world.app) == 0
    world.clock.advance(timedelta(hours=24))
    main(["export"], world.app)
    assert world.row(TableName.UPKEEP, RowKey="export")["Fewer"] == ""


def test_a_damaged_export_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    main(["export"], world.app)
    del world.exports.files["2026-02-10T090000Z", TableName.LINKS.value, 1]

    assert main(["check"], world.app) == 1

    assert "part 1 of Links is missing" in capsys.readouterr().out


def test_checking_nothing_says_so(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"], world.app) == 1
    assert capsys.readouterr().out == "There is no such export.\n"


def test_a_restore_says_what_comes_next_and_names_nobody(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    main(["export"], world.app)
    lost = World()
    lost.exports.__dict__.update(world.exports.__dict__)

    assert main(["restore"], lost.app) == 0

    out = capsys.readouterr().out
    assert "rows restored and compared; 0 people erased since are left out." in out
    assert "type 'resume' in Commands" in out
    assert "okafor" not in out.lower()
    assert lost.rows(TableName.APPLICATIONS) == world.rows(TableName.APPLICATIONS)


def test_lost_rows_are_put_back_and_a_table_whose_rows_come_and_go_asks_which(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["export"], world.app)
    before = world.rows(TableName.APPLICATIONS)
    asyncio.run(world.tables(TableName.APPLICATIONS).delete(PROGRAMME, str(before[0]["RowKey"])))
    capsys.readouterr()

    assert main(["put-back", "--table", "Applications"], world.app) == 0
    assert main(["put-back", "--table", "Alarms"], world.app) == 1
    assert main(["put-back", "--table", "Aplications"], world.app) == 1

    said = capsys.readouterr()
    assert said.out.endswith(
        ": 1 of the rows of Applications were lost, and are put back; the others are as they were.\n"
    )
    which, none = said.err.splitlines()
    assert which == "Rows of Alarms come and go by themselves: say which, with --only and a reference."
    assert none.startswith("No export holds a table 'Aplications'. They hold: Alarms, ")
    assert world.rows(TableName.APPLICATIONS) == before


def test_a_refusal_is_words_and_no_traceback(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    main(["export"], world.app)

    assert main(["restore"], world.app) == 1

    assert "This account is not empty" in capsys.readouterr().err


def test_bad_settings_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def no_app() -> None:
        raise SettingsProblem("MAILBOX: Field required")

    monkeypatch.setattr("shared.bootstrap.get_app", no_app)

    assert main(["list"]) == 1

    assert capsys.readouterr().err == "MAILBOX: Field required\n"
