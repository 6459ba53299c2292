"""Whoever is erased is gone from tables, bodies and exports, and nothing that comes late brings them back."""

import asyncio
import gzip
from datetime import date, timedelta

import pytest

from shared.adapters import table_policies
from shared.adapters.lines import line_of
from shared.domain.earlier import Details, Earlier
from shared.domain.exports import Manifest
from shared.services.form.earlier import Imported
from shared.stores.names import TableName
from tests.factories import AMARA, TOM, approved_pair, command, manager_says, own_link
from tests.visitor import come_to
from tests.world import NINE, PROGRAMME, World, answers, mentee

SECRETS = ("okafor", "priya", "what i have seen", "without stairs", "staff nurse")
OTHER = "llr-rmi-2025-c6"


async def full_life(world: World) -> str:
    """A mentor with rows wherever a person can have one; returns the reference."""
    mentor, tom = await approved_pair(world)
    await world.app.earlier.bring_in([earlier()])
    await world.type_in(
        TableName.PAIRS,
        {
            "PartitionKey": PROGRAMME,
            "RowKey": "first",
            "Mentor": mentor,
            "Mentee": tom,
            "StartDate": "2026-02-11",
            "Status": "confirmed",
        },
    )
    await world.tick()  # confirmed in time: a start long past is asked about
    await world.later(days=40)
    row = next(row for row in world.rows(TableName.CHECK_INS) if row["Reference"] == mentor)
    await world.type_in(TableName.CHECK_INS, {**row, "Met": "yes", "Note": "I, Amara Okafor, met Tom"})
    note = {"PartitionKey": PROGRAMME, "RowKey": "0", "Note": "Ms Okafor rang", "Command": "admit"}
    await world.type_in(TableName.COMMANDS, {**note, "Reference": mentor.lower()})
    await world.tick()
    return mentor


def earlier(email: str = AMARA) -> Earlier:
    return Earlier(Details("Amara Okafor", email, "Staff nurse", "5", "Trust", "nhs", "llr"), "6", date(2027, 1, 1))


def texts(world: World) -> str:
    """Everything that is held outside the mailbox, in small letters."""
    tables = [str(world.rows(name)) for name in TableName]
    bodies = [str(body.data) for body in world.bodies.kept.values()]
    exports = [gzip.decompress(data).decode() for data, _ in world.exports.files.values()]
    tombstones = [str(tombstone) for tombstone in world.tombstones.kept.values()]
    return "\n".join([*tables, *bodies, *exports, *tombstones]).lower()


async def exported(world: World) -> Manifest:
    manifest = await world.app.backup.further(world.app.backup.new_export(), seconds=60)
    assert manifest is not None
    return manifest


async def test_the_live_tables_and_what_was_exported_are_erased_by_one_set_of_rules() -> None:
    world = World()
    mentor = await full_life(world)
    await command(world, "erase", mentor)

    erased = {(t.partition, t.reference): t for t in world.tombstones.kept.values()}
    assert {reference for _, reference in erased} >= {mentor}
    assert {partition for partition, _ in erased} == {PROGRAMME, "earlier"}
    for table in TableName:
        for row in world.rows(table):
            if table is TableName.COMMANDS and row["Command"] == "erase":
                continue  # its answer came last, and names nobody
            line = line_of(row)
            assert table_policies.without(table, line, erased) == line, f"{table} {row['RowKey']}"


def test_of_every_row_that_names_the_person_by_reference_a_rule_says_what_becomes_of_it() -> None:
    world = World()
    asyncio.run(full_life(world))

    told = {table for table in TableName for row in world.rows(table) if any(s in str(row).lower() for s in SECRETS)}
    ruled = {table for table, care in table_policies.POLICIES.items() if care.erased is not table_policies.Erased.STAYS}
    # An organisation's name and domain are about no person.
    assert told <= ruled
    assert told >= {TableName.APPLICATIONS, TableName.LIVED_EXPERIENCE, TableName.APPROVALS, TableName.BOOKINGS}
    assert told >= {TableName.CHECK_INS, TableName.COMMANDS, TableName.EARLIER_PARTICIPANTS}


async def test_nothing_of_an_erased_person_is_held_anywhere_after_the_night() -> None:
    world = World()
    mentor = await full_life(world)
    await exported(world)
    world.clock.advance(timedelta(hours=1))
    first = await exported(world)
    world.clock.advance(timedelta(hours=1))
    await command(world, "erase", mentor)
    await world.app.tick.daily()
    cleaned = await world.exports.manifest(first.export)
    assert cleaned is not None
    assert [await world.app.backup.check(m) for m in await world.app.backup.whole()] == ["", "", ""]

    held = texts(world)
    assert [word for word in ("amara", "okafor", "staff nurse", "priya") if word in held] == []
    assert "tom hughes" in held
    assert len(cleaned.erased) == 2
    assert not cleaned.being_cleaned
    assert cleaned.rows < first.rows
    assert {part.table for part in first.parts if part not in cleaned.parts} == {
        "Applications",
        "LivedExperience",
        "Approvals",
        "Bookings",
        "CheckIns",
        "Commands",
        "EarlierParticipants",
    }


async def test_an_export_can_be_restored_at_every_moment_of_its_cleaning() -> None:
    world = World()
    mentor = await full_life(world)
    manifest = await exported(world)
    world.clock.advance(timedelta(hours=1))
    await command(world, "erase", mentor)
    write, finish, problems, states = world.exports.write, world.exports.finish, [], []

    async def look() -> None:
        now = await world.exports.manifest(manifest.export)
        assert now is not None
        problems.append(await world.app.backup.check(now))
        states.append(now.being_cleaned)

    async def dying(*arguments: object) -> object:
        part = await write(*arguments)  # type: ignore[arg-type]
        await look()
        raise SystemExit
        return part

    world.exports.write = dying  # type: ignore[method-assign,assignment]
    for _ in range(20):
        try:
            assert await world.app.tick._nightly._cleaner.further(seconds=60)
            break
        except SystemExit:
            continue
    await look()
    assert finish == world.exports.finish
    lost = World(now=world.clock.now())
    lost.exports.__dict__.update({"files": world.exports.files, "manifests": world.exports.manifests})
    await lost.app.restorer.restore()
    held = texts(lost)

    assert set(problems) == {""}
    assert states == [True] * 7 + [False]
    assert "amara" not in held


async def test_a_tombstone_says_nothing_about_the_person() -> None:
    world = World()
    await command(world, "erase", await full_life(world))
    told = list(world.tombstones.kept.values())

    assert len(told) == 2
    assert [secret for secret in (*SECRETS, "amara", "nurse") if secret in str(told).lower()] == []
    assert any(tombstone.left for tombstone in told)


async def test_the_same_persons_other_applications_are_named_and_stay() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await world.submit(mentee(email=AMARA.upper(), full_name="Amara Okafor"))
    mentor = str(world.application(Role="mentor")["RowKey"])
    other = str(world.application(Role="mentee")["RowKey"])
    result = await command(world, "erase", mentor)

    assert result == (
        "Done: Erased. Mails already sent stay in the mailbox; see its retention policy. The same person is also held "
        f"as {other} in {PROGRAMME}: type 'erase' for each that is to go too."
    )
    assert world.application(RowKey=other)["FullName"] == "Amara Okafor"


def test_a_form_that_was_replaced_by_the_one_erased_is_named() -> None:
    async def story() -> str:
        world = World()
        await world.tick()
        await world.submit(response_id="a")
        first = str(world.application()["RowKey"])
        world.clock.advance(timedelta(minutes=5))
        await world.submit(answers(email="amara.okafor@home.example"), response_id="a")
        newest = str(world.application(Email="amara.okafor@home.example")["RowKey"])
        result = await command(world, "erase", newest)
        assert f"{first} in {PROGRAMME}" in result
        return result

    assert asyncio.run(story()).startswith("Done: Erased.")


async def test_somebody_of_an_earlier_cohort_is_erased_by_key_and_stays_out_of_the_next_import() -> None:
    world = World()
    await world.tick()
    await world.app.earlier.bring_in([earlier(), earlier(TOM)])
    key = world.app.earlier.key(AMARA)
    first = await command(world, "erase", key)
    again = await world.app.earlier.bring_in([earlier(), earlier(TOM)])
    second = await command(world, "erase", key, key="2")

    assert first == "Done: Erased from EarlierParticipants."
    assert again == Imported(stored=1, left_out=1)
    assert second == "Refused: There is no application with this reference."
    assert [row["Email"] for row in world.rows(TableName.EARLIER_PARTICIPANTS)] == [TOM]


@pytest.mark.parametrize("late", ["a", "b"], ids=["the newest version", "an earlier response"])
async def test_the_body_of_a_late_copy_does_not_stay(late: str) -> None:
    world = World()
    await world.tick()
    await world.submit(response_id="b", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(band="6"), response_id="a", submitted_at=NINE + timedelta(hours=1))
    await command(world, "erase", str(world.application()["RowKey"]))
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(band="7"), response_id=late, submitted_at=NINE + timedelta(minutes=30))

    assert world.application()["Status"] == "Erased"
    assert world.bodies.kept == {}
    assert world.rows(TableName.LIVED_EXPERIENCE) == []


async def test_whoever_applies_anew_after_an_erasure_is_in_the_next_export_and_restore() -> None:
    world = World()
    await world.tick()
    await world.submit(response_id="a")
    await command(world, "erase", str(world.application()["RowKey"]))
    world.clock.advance(timedelta(days=1))
    await world.submit(response_id="new", submitted_at=world.clock.now())
    await command(world, "accept change", str(world.application()["RowKey"]), key="2")
    await manager_says(world, "priya.shah@example.nhs.uk")
    assert own_link(world, AMARA)
    await exported(world)
    await world.app.tick.daily()
    lost = World(now=world.clock.now())
    for part in ("exports", "tombstones"):
        getattr(lost, part).__dict__.update(getattr(world, part).__dict__)
    await lost.app.restorer.restore()

    assert lost.application()["Status"] == "Approved"
    assert lost.rows(TableName.APPLICATIONS) == world.rows(TableName.APPLICATIONS)


async def held_back(world: World, **changes: object) -> str:
    """An application of our own form that waits for an administrator; returns its body's hash."""
    visitor = await come_to(world, "declaration", **changes)
    known = {row["RowKey"] for row in world.rows(TableName.QUARANTINE)}
    await visitor.declare("x", **changes)
    (row,) = (row for row in world.rows(TableName.QUARANTINE) if row["RowKey"] not in known)
    return str(row["RowKey"])


async def waiting_elsewhere(world: World) -> str:
    """A mentor of whom more is held than their reference leads to; returns the reference."""
    await world.submit(answers(organisation="Okafor and Daughters", email="Amara.Okafor@okafor.example"))
    reference = str(world.application()["RowKey"])
    held = {"role": "mentee", "topics": ["disability"], "training_session": "mentee-training-1"}
    await held_back(world, **held, email="amara.okafor@okafor.example", about_you="held back words")
    await come_to(world, "check", email="AMARA.okafor@okafor.example", about_you="words of a draft")
    await come_to(world, "check", full_name="Kim Roe", email="somebody@else.example", about_you="words of another")
    note = {"PartitionKey": PROGRAMME, "Command": "admit"}
    mistyped = reference[:-1] + ("A" if reference[-1] != "A" else "B")
    await world.type_in(TableName.COMMANDS, {**note, "RowKey": "1", "Reference": mistyped, "Note": "she rang twice"})
    await world.type_in(TableName.COMMANDS, {**note, "RowKey": "2", "Reference": "Amara Okafor", "Note": "who?"})
    await world.type_in(TableName.COMMANDS, {**note, "RowKey": "3", "Reference": "x", "Note": "amara  OKAFOR rang"})
    await world.type_in(TableName.COMMANDS, {**note, "RowKey": "4", "Reference": "y", "Note": "Tom rang"})
    await world.tick()
    return reference


async def test_erasure_finds_the_person_and_not_only_the_reference() -> None:
    world = World()
    reference = await waiting_elsewhere(world)
    before = await exported(world)
    assert "held back words" in texts(world)
    assert "okafor and daughters" in texts(world)
    assert (await command(world, "erase", reference, key="9")).startswith("Done: Erased.")
    await world.app.tick.daily()
    await world.later(minutes=5)
    await world.later(minutes=5)
    restored = World()
    restored.exports.files.update(world.exports.files)
    restored.exports.manifests.update(world.exports.manifests)
    restored.tombstones.kept.update(world.tombstones.kept)
    await restored.app.restorer.restore(before.export)

    for held in (texts(world), texts(restored)):
        words = ("okafor", "held back words", "words of a draft", "she rang", "who?")
        assert [word for word in words if word in held] == []
        assert "tom rang" in held
    assert "words of another" in texts(world)
    assert len(world.bodies.kept) == 0


async def test_what_may_be_the_same_person_and_is_not_removed_is_named() -> None:
    world = World()
    await world.submit()
    await world.submit(mentee(email=AMARA.upper(), full_name="Amara Okafor"))
    parked = await world.deliver(f'{{"form_id": "{PROGRAMME}", "e": "{AMARA}"'.encode())
    mentor = str(world.application(Role="mentor")["RowKey"])
    said = await command(world, "erase", mentor)

    assert f"also held as {world.application(Role='mentee')['RowKey']} in {PROGRAMME}" in said
    assert f"Their address stands in submissions that could not be read: look for {parked[:12]} in Submissions." in said


async def test_somebody_of_whom_only_a_held_back_application_is_there_is_erased_by_its_reference() -> None:
    world = World()
    await held_back(world, about_you="held back words")
    reference = str(world.row(TableName.QUARANTINE)["Reference"])
    said = await command(world, "erase", reference)

    assert said == "Done: Erased from Quarantine, with what was sent."
    assert "held back words" not in texts(world)
    assert world.rows(TableName.QUARANTINE) == []


async def test_an_organisation_that_others_name_too_stays_known() -> None:
    world = World()
    await approved_pair(world)
    await command(world, "erase", str(world.application(Role="mentor")["RowKey"]))

    assert world_domains(world) == ["example.nhs.uk"]


def world_domains(world: World) -> list[object]:
    return [row["Domain"] for row in world.rows(TableName.ORGANISATIONS)]
