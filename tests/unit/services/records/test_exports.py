"""The nightly export is whole or says that it is not; a restored account is exact, silent, and sends nothing twice."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.adapters.table_policies import POLICIES
from shared.domain.application import Status
from shared.domain.exports import Manifest, RestoreStatus, begun_at
from shared.errors import PermanentFailure
from shared.ports import Cell
from shared.services.records.restore import CannotRestore, Restored
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, approved_pair, command, manager_says
from tests.world import NINE, PROGRAMME, World, answers, mentee

NIGHT = NINE.replace(hour=7) + timedelta(days=1)


async def lived() -> World:
    """A world with rows in most tables."""
    world = World()
    await approved_pair(world)
    await world.submit(answers(email="late.to.the.party@example.nhs.uk", full_name="Canary Secret"))
    return world


async def exported(world: World) -> Manifest:
    manifest = await world.app.backup.further(world.app.backup.new_export(), seconds=60)
    assert manifest is not None
    return manifest


def after_the_loss(before: World) -> World:
    """The account's tables are gone; bodies, exports, tombstones and the mailbox are there."""
    world = World(now=before.clock.now() + timedelta(hours=3))
    for part in ("bodies", "exports", "tombstones", "mailbox", "calendar", "inbox"):
        theirs = getattr(before, part)
        ours = getattr(world, part)
        ours.__dict__.update(theirs.__dict__)
    return world


def exported_rows(world: World) -> dict[str, list[dict[str, Cell]]]:
    return {name.value: world.rows(name) for name in TableName if POLICIES[name].exported}


def test_every_table_has_a_rule() -> None:
    forgotten = set(TableName) - POLICIES.keys()

    assert forgotten == set(), (
        "say in shared/adapters/table_policies.py what becomes of these tables' rows in exports and at erasure"
    )
    assert [table for table, care in POLICIES.items() if not care.exported and not care.because] == []


async def test_an_export_holds_every_row_and_is_whole_when_its_manifest_is_there() -> None:
    world = await lived()
    manifest = await exported(world)

    rows = exported_rows(world)
    assert {part.table for part in manifest.parts} == set(rows)
    assert {table: sum(part.rows for part in manifest.of(table)) for table in rows} == {
        table: len(found) for table, found in rows.items()
    }
    assert manifest.rows > 40
    note = world.row(TableName.UPKEEP, RowKey="export")
    assert (note["Export"], note["Rows"]) == (manifest.export, manifest.rows)


def test_a_run_that_is_cut_off_goes_on_where_it_stopped() -> None:
    async def story() -> tuple[int, Manifest | None, Manifest]:
        world = await lived()
        export = world.app.backup.new_export()
        write, written = world.exports.write, 0

        async def dying(*arguments: object) -> object:
            nonlocal written
            if written == 4:
                raise SystemExit
            written += 1
            return await write(*arguments)  # type: ignore[arg-type]

        world.exports.write = dying  # type: ignore[method-assign,assignment]
        with pytest.raises(SystemExit):
            await world.app.backup.further(export, seconds=60)
        before = await world.exports.manifest(export)
        world.exports.write = write  # type: ignore[method-assign]
        kept = {key: file for key, (file, _) in world.exports.files.items()}
        manifest = await world.app.backup.further(export, seconds=60)
        assert manifest is not None
        assert all(world.exports.files[key][0] is file for key, file in kept.items())
        return len(kept), before, manifest

    kept, before, manifest = asyncio.run(story())

    assert (kept, before) == (4, None)
    assert manifest.rows > 40


async def test_the_timer_begins_and_the_ticks_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.services.schedule.nightly._SECONDS_AT_NIGHT", 0)
    monkeypatch.setattr("shared.services.records.exports._PAGES_IN_A_PART", 1)

    world = await lived()
    world.clock.set(NIGHT)
    await world.app.tick.daily()
    at_night = await world.app.backup.whole()
    await world.later(minutes=5)
    jobs = [row for row in world.rows(TableName.ALARMS) if row["About"] == "upkeep"]
    later = await world.app.backup.whole()

    assert at_night == []
    assert [manifest.begun for manifest in later] == [NIGHT]
    assert max(part.number for part in later[0].parts) > 2
    assert jobs == []


async def test_a_part_that_cannot_be_read_back_leaves_no_export() -> None:
    world = await lived()
    write = world.exports.write

    async def damaging(export: str, table: str, *rest: object) -> object:
        part = await write(export, table, *rest)  # type: ignore[arg-type]
        if table == TableName.BOOKINGS:
            world.exports.files[export, table, 1] = world.exports.files[export, table, 1][0][:-12], part
        return part

    world.exports.write = damaging  # type: ignore[method-assign,assignment]
    with pytest.raises(PermanentFailure, match="Bookings ends in the middle"):
        await exported(world)

    assert (world.exports.files, world.exports.manifests) == ({}, {})


async def restored(before: World, name: str = "") -> tuple[World, Restored]:
    world = after_the_loss(before)
    return world, await world.app.restorer.restore(name)


async def test_an_empty_account_is_filled_with_the_same_rows() -> None:
    before = await lived()
    await exported(before)
    world, done = await restored(before)

    assert exported_rows(world) == exported_rows(before)
    assert done.rows == sum(len(rows) for rows in exported_rows(before).values())
    assert world.row(TableName.UPKEEP, RowKey="restore")["Status"] == RestoreStatus.WAITING


async def test_an_account_with_rows_is_refused_and_left_as_it_is() -> None:
    before = await lived()
    await exported(before)
    world = after_the_loss(before)
    await world.tick()
    with pytest.raises(CannotRestore) as refused:
        await world.app.restorer.restore()
    why = refused.value.reason

    assert "not empty: Programmes, Sessions" in why
    assert "Stop the app" in why
    assert world.rows(TableName.APPLICATIONS) == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("lost", "part 1 of Bookings is missing"),
        ("cut", "part 1 of Bookings ends in the middle"),
        ("swapped", "part 1 of Bookings holds other rows"),
    ],
)
async def test_a_damaged_export_is_refused_before_a_row_is_written(harm: str, words: str) -> None:
    before = await lived()
    manifest = await exported(before)
    place = (manifest.export, "Bookings", 1)
    packed, part = before.exports.files[place]
    match harm:
        case "lost":
            del before.exports.files[place]
        case "cut":
            before.exports.files[place] = packed[:-9], part
        case _:
            before.exports.files[place] = before.exports.files[manifest.export, "Links", 1]
    world = after_the_loss(before)
    with pytest.raises(CannotRestore) as refused:
        await world.app.restorer.restore()
    why = refused.value.reason

    assert words in why
    assert all(world.rows(name) == [] for name in TableName)


async def test_what_cannot_be_restored_says_why() -> None:
    before = await lived()
    manifest = await exported(before)
    whys = []
    for harm in ("none", "name", "key", "table"):
        world = after_the_loss(before)
        name = ""
        if harm == "none":
            world.exports.manifests = {}
        elif harm == "name":
            name = "2020-01-01T000000Z"
        elif harm == "key":
            world.app.backup._tokens._oldest = b"another key that is long enough too"
        else:
            world.app.restorer._extracts.tables = lambda: ("Alarms",)  # type: ignore[method-assign]
        with pytest.raises(CannotRestore) as refused:
            await world.app.restorer.restore(name)
        whys.append(refused.value.reason)
    none, name, key, table, export = [*whys, manifest.export]

    assert "no whole export" in none
    assert f"There are: {export}." in name
    assert "another TOKEN_KEY" in key
    assert "does not know" in table


def test_a_restore_that_is_cut_off_can_be_run_again() -> None:
    async def story() -> tuple[World, World]:
        before = await lived()
        await exported(before)
        world = after_the_loss(before)
        load, loaded = world.outside.extracts.load, 0

        async def dying(table: str, lines: Sequence[bytes]) -> None:
            nonlocal loaded
            loaded += 1
            if loaded == 5:
                raise SystemExit
            await load(table, lines)

        world.outside.extracts.load = dying  # type: ignore[method-assign]
        with pytest.raises(SystemExit):
            await world.app.restorer.restore()
        assert await world.app.restorer.restore() is not None
        return before, world

    before, world = asyncio.run(story())

    assert exported_rows(world) == exported_rows(before)


async def day_after_the_export() -> tuple[World, World]:
    """An export, some hours of work after it, the loss, and the restore."""
    before = World()
    await before.tick()
    await before.submit()
    await exported(before)
    before.clock.advance(timedelta(hours=4))
    await before.submit(mentee())
    await manager_says(before, PRIYA.email)
    world, _ = await restored(before)
    return before, world


async def test_nothing_moves_in_a_restored_account_until_it_is_resumed() -> None:
    before, world = await day_after_the_export()
    await world.type_in(
        TableName.COMMANDS,
        {
            "PartitionKey": PROGRAMME,
            "RowKey": "1",
            "Command": "withdraw",
            "Reference": world.application()["RowKey"],
        },
    )
    await world.later(days=30)
    await world.app.tick.daily()
    await world.run()

    assert len(world.mailbox.sent) == len(before.mailbox.sent)
    assert world.application()["Status"] == Status.AWAITING_MANAGER
    assert "Status" not in world.row(TableName.COMMANDS)


async def resumed(world: World) -> str:
    result = await command(world, "Resume", "", key="resume")
    for _ in range(4):
        await world.later(minutes=5)
    return result


async def test_after_resume_what_was_received_since_the_export_is_back_and_no_mail_goes_twice() -> None:
    before, world = await day_after_the_export()
    result = await resumed(world)

    assert result.startswith("Done: Everything is looked at again.")
    assert world.row(TableName.UPKEEP, RowKey="restore")["Status"] == RestoreStatus.RESUMED
    # Both applications are there; the manager's answer, which no body holds, is not.
    assert {row["Email"]: row["Status"] for row in world.rows(TableName.APPLICATIONS)} == {
        row["Email"]: Status.AWAITING_MANAGER for row in before.rows(TableName.APPLICATIONS)
    }
    # A confirmation and a request for each, and the approval that had gone out before the loss.
    assert len(before.mailbox.sent) == 5
    assert [letter.key for letter in world.mailbox.sent] == [letter.key for letter in before.mailbox.sent]


async def test_the_manager_answers_again_and_the_applicant_is_not_told_twice() -> None:
    before, world = await day_after_the_export()
    await resumed(world)
    await manager_says(world, PRIYA.email)
    await manager_says(world, GRACE)
    _ = before

    assert len([letter for letter in world.mailbox.sent_to(AMARA) if "is confirmed" in letter.subject]) == 1
    assert {row["Status"] for row in world.rows(TableName.APPLICATIONS)} == {Status.APPROVED}


def test_resume_is_refused_where_nothing_waits() -> None:
    async def story() -> tuple[str, str]:
        world = World()
        never = await command(world, "resume", "")
        _, restored_world = await day_after_the_export()
        await resumed(restored_world)
        return never, await command(restored_world, "resume", "", key="again")

    assert asyncio.run(story()) == (
        "Refused: This account was not restored; nothing waits.",
        "Refused: It has been resumed already.",
    )


async def test_what_a_run_tells_differently_of_one_moment_is_made_good() -> None:
    """Tables are read one after the other: an application may be newer than the jobs, and older than the messages."""

    before = World()
    await before.tick()
    await before.submit()
    manifest = await exported(before)
    await before.submit(mentee())
    later = await before.app.backup.further("2026-02-10T090500Z", seconds=60)
    assert later is not None
    # Applications as they stood later, everything else as it stood before.
    for key in [key for key in before.exports.files if key[0] == manifest.export and key[1] == "Applications"]:
        del before.exports.files[key]
    for (export, table, number), file in list(before.exports.files.items()):
        if export == later.export and table == "Applications":
            before.exports.files[manifest.export, table, number] = file
    parts = (*(p for p in manifest.parts if p.table != "Applications"), *later.of("Applications"))
    await before.exports.finish(Manifest(manifest.export, manifest.finished, manifest.key, parts))
    world, _ = await restored(before, manifest.export)
    await resumed(world)

    assert len(world.rows(TableName.APPLICATIONS)) == 2
    by_person = {str(row["Reference"]) for row in world.rows(TableName.MESSAGES) if row["Kind"] == "approval request"}
    assert by_person == {str(row["RowKey"]) for row in world.rows(TableName.APPLICATIONS)}
    assert len(world.mailbox.sent) == 4


async def test_somebody_erased_after_the_export_does_not_come_back() -> None:
    before = await lived()
    await exported(before)
    reference = str(before.application(Email=AMARA)["RowKey"])
    before.clock.advance(timedelta(hours=1))
    await command(before, "erase", reference)
    world, done = await restored(before)
    await resumed(world)

    assert done.left_out >= 1
    assert world.application(RowKey=reference)["Status"] == Status.ERASED
    everything = "\n".join(str(row) for name in TableName for row in world.rows(name)).lower()
    assert "amara" not in everything
    assert [row for row in world.rows(TableName.LIVED_EXPERIENCE) if row["RowKey"] == reference] == []


def test_names_of_exports_sort_by_time() -> None:
    world = World()
    first = world.app.backup.new_export()
    world.clock.advance(timedelta(seconds=1))

    assert first < world.app.backup.new_export()
    assert begun_at(first) == NINE
