"""Pairs that would introduce the wrong two people are held until somebody says that they are meant."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from shared.domain.application import Answer, LineManager
from shared.domain.pairs import Objection, overruled
from shared.errors import TemporaryFailure
from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, TOM, command, mails_to, manager_says
from tests.world import PROGRAMME, World, answers, mentee

START_DAY = datetime(2026, 4, 20, 8, 0, tzinfo=UTC)
BOTH = {Objection.LINE_MANAGER, Objection.SECOND_PAIR}
SAM = "sam.lee@example.nhs.uk"
ANN = "ann.bell@example.nhs.uk"
LINE_MANAGER = "type 'line manager' into the column Overruled of this row."
BOTH = {Objection.LINE_MANAGER, Objection.SECOND_PAIR}
SECOND_PAIR = "type 'second pair' into the column Overruled of this row."


@dataclass
class Cohort:
    """A world with approved people, by address and role."""

    world: World

    async def mentor(self, email: str, manager: str = PRIYA.email) -> str:
        return await self._approved(answers(full_name=email, email=email, manager_email=manager), manager, "mentor")

    async def mentee(self, email: str, manager: str = GRACE) -> str:
        return await self._approved(mentee(full_name=email, email=email, manager_email=manager), manager, "mentee")

    async def _approved(self, given: dict[str, object], manager: str, role: str) -> str:
        await self.world.tick()
        await self.world.submit(given)
        local, _, domain = manager.rpartition("@")
        await manager_says(self.world, f"{local}@{domain.lower()}")
        row = self.world.application(Email=str(given["email"]).lower(), Role=role)
        assert row["Status"] == "Approved"
        return str(row["RowKey"])

    async def typed(self, key: str, mentor: str, mentee_: str, **columns: Cell) -> None:
        row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": key, "Mentor": mentor, "Mentee": mentee_}
        await self.world.type_in(TableName.PAIRS, {**row, "StartDate": "2026-04-20", "Status": "confirmed", **columns})

    def remark(self, key: str = "pair-01") -> str:
        return str(self.world.row(TableName.PAIRS, RowKey=key)["Remark"])

    def introduced(self) -> list[str]:
        """Whom an introduction has gone to, once for each that has."""
        everybody = {str(row["Email"]) for row in self.world.rows(TableName.APPLICATIONS)}
        return sorted(to for to in everybody for kind in mails_to(self.world, to) if kind == "introduction")


async def held(cohort: Cohort, mentor: str, mentee_: str, *says: str) -> None:
    """The pair is held with these words, the digest names it and nobody hears of it."""
    await cohort.typed("pair-01", mentor, mentee_)
    await cohort.world.tick(START_DAY)
    await cohort.world.later(minutes=5)
    remark = cohort.remark()
    assert remark.startswith("Not confirmed: ")
    for words in says:
        assert words in remark
    row = cohort.world.row(TableName.PAIRS, RowKey="pair-01")
    assert not row.get("ConfirmedAt")
    assert cohort.introduced() == []
    assert cohort.world.rows(TableName.CHECK_INS) == []
    assert {row["Pairs"] for row in cohort.world.rows(TableName.APPLICATIONS)} == {""}
    await cohort.world.app.tick.daily()
    await cohort.world.run()
    assert "Pair pair-01: Not confirmed" in cohort.world.letters("equality.team@example.nhs.uk")[-1].html


async def test_nobody_is_paired_with_themself_whatever_is_typed() -> None:
    cohort = Cohort(World())
    mentor, other = await cohort.mentor(AMARA), await cohort.mentee(AMARA)
    await held(cohort, mentor, other, "Mentor and Mentee are the same person.")
    assert "Overruled" not in cohort.remark()
    await cohort.typed("pair-01", mentor, other, Overruled="line manager, second pair, themself")
    await cohort.world.later(minutes=5)
    assert cohort.introduced() == []


async def test_nobody_is_paired_with_themself_by_two_addresses_of_one_mailbox() -> None:
    cohort = Cohort(World())
    mentor, other = await cohort.mentor("amara+one@example.nhs.uk"), await cohort.mentee("amara+two@example.nhs.uk")
    await held(cohort, mentor, other, "Mentor and Mentee are the same person.")


async def test_a_line_manager_is_known_by_every_address_of_their_mailbox() -> None:
    cohort = Cohort(World())
    mentor, other = await cohort.mentor(AMARA), await cohort.mentee(TOM, AMARA.replace("@", "+work@"))
    await held(cohort, mentor, other, "the mentor is the mentee's line manager.", LINE_MANAGER)


@pytest.mark.parametrize("direction", ["the mentor is the mentee's", "the mentee is the mentor's"])
@pytest.mark.parametrize("typed", ["line manager", " LINE  Manager. ", "linemanager", "'line manager'"])
async def test_somebody_and_their_own_line_manager_are_held_until_it_is_overruled(direction: str, typed: str) -> None:
    cohort = Cohort(World())
    theirs = direction == "the mentor is the mentee's"
    mentor = await cohort.mentor(AMARA, PRIYA.email if theirs else TOM.title())
    other = await cohort.mentee(TOM, AMARA.upper() if theirs else GRACE)
    await held(cohort, mentor, other, f"{direction} line manager.", LINE_MANAGER)
    await cohort.typed("pair-01", mentor, other, Overruled="second pair")
    await cohort.world.later(minutes=5)
    assert cohort.introduced() == []
    await cohort.typed("pair-01", mentor, other, Overruled=typed)
    await cohort.world.later(minutes=5)
    assert (cohort.remark(), cohort.introduced()) == ("", [AMARA, TOM])


async def test_who_said_that_they_are_not_the_manager_is_none_and_who_was_named_instead_is() -> None:
    cohort = Cohort(World())
    world = cohort.world
    mentor, ann = await cohort.mentor(AMARA), await cohort.mentor(ANN)
    await world.submit(mentee(full_name="Tom", email=TOM, manager_email=AMARA))
    await manager_says(world, AMARA, Answer.NOT_MY_REPORT, right_manager=LineManager("Ann Bell", ANN))
    await manager_says(world, ANN)
    other = str(world.application(Email=TOM)["RowKey"])
    await cohort.typed("pair-01", ann, other)
    await cohort.typed("pair-02", mentor, other)
    await world.tick(START_DAY)
    assert "the mentor is the mentee's line manager" in cohort.remark("pair-01")
    assert (cohort.remark("pair-02"), cohort.introduced()) == ("", [AMARA, TOM])


@pytest.mark.parametrize("seat", ["mentor", "mentee", "the other seat"])
async def test_who_is_in_a_confirmed_pair_is_in_no_second_one_until_it_is_overruled(seat: str) -> None:
    cohort = Cohort(World())
    world = cohort.world
    mentor, other = await cohort.mentor(AMARA), await cohort.mentee(TOM)
    match seat:
        case "mentor":
            second = (mentor, await cohort.mentee(SAM))
        case "mentee":
            second = (await cohort.mentor(SAM), other)
        case _:  # the mentor of the first pair has applied as a mentee too
            second = (await cohort.mentor(SAM), await cohort.mentee(AMARA))
    await cohort.typed("pair-01", mentor, other)
    await world.tick(START_DAY)
    await cohort.typed("pair-02", *second)
    await world.later(minutes=5)
    await world.later(minutes=5)
    who = "mentor" if seat == "mentor" else "mentee"
    assert f"the {who} is in the pair 'pair-01' already." in cohort.remark("pair-02")
    assert SECOND_PAIR in cohort.remark("pair-02")
    assert cohort.introduced() == [AMARA, TOM]
    await cohort.typed("pair-02", *second, Overruled="Second Pair")
    await world.later(minutes=5)
    assert cohort.remark("pair-02") == ""
    assert len(cohort.introduced()) == 4


async def test_a_second_pair_is_taken_up_by_itself_when_the_first_has_ended() -> None:
    cohort = Cohort(World())
    mentor, tom, sam = await cohort.mentor(AMARA), await cohort.mentee(TOM), await cohort.mentee(SAM)
    await cohort.typed("pair-01", mentor, tom)
    await cohort.typed("pair-02", mentor, sam)
    await cohort.world.tick(START_DAY)
    await cohort.typed("pair-01", mentor, tom, Status="ended")
    await cohort.world.later(minutes=5)
    assert cohort.remark("pair-02") == ""
    assert cohort.introduced() == [AMARA, AMARA, SAM, TOM]
    # ... and the first cannot come back while the second is there.
    await cohort.typed("pair-01", mentor, tom)
    await cohort.world.later(minutes=5)
    assert "'pair-02' already" in cohort.remark("pair-01")


@pytest.mark.parametrize("order", list(permutations(("pair-01", "pair-02", "pair-03"))))
async def test_of_rows_typed_at_the_same_time_the_first_by_name_is_confirmed(order: tuple[str, ...]) -> None:
    cohort = Cohort(World())
    mentor = await cohort.mentor(AMARA)
    mentees = {"pair-01": await cohort.mentee(TOM), "pair-02": await cohort.mentee(SAM)}
    mentees["pair-03"] = await cohort.mentee(ANN)
    for key in order:
        await cohort.typed(key, mentor, mentees[key])
    await cohort.world.tick(START_DAY)
    await cohort.world.later(minutes=5)
    assert cohort.introduced() == [AMARA, TOM]
    assert cohort.remark("pair-01") == ""
    assert "'pair-01' already" in cohort.remark("pair-02")
    assert "'pair-01' already" in cohort.remark("pair-03")


async def test_a_write_that_fails_between_the_two_steps_lets_no_second_row_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first row is marked before anything follows, so a crash there neither forgets nor frees its people."""

    cohort = Cohort(World())
    world = cohort.world
    mentor, tom, sam = await cohort.mentor(AMARA), await cohort.mentee(TOM), await cohort.mentee(SAM)
    await cohort.typed("pair-02", mentor, sam)
    checkins = world.app.checkins
    reconcile, fails = checkins.reconcile, [True]

    async def cut(*given: Any) -> None:
        if fails:
            fails.pop()
            raise TemporaryFailure("storage does not answer")
        await reconcile(*given)

    monkeypatch.setattr(checkins, "reconcile", cut)
    await world.tick(START_DAY)
    assert cohort.introduced() == []
    await cohort.typed("pair-01", mentor, tom)  # comes first by name, and the other is on its way
    await world.later(minutes=5)
    assert cohort.introduced() == [AMARA, SAM]
    assert "'pair-02' already" in cohort.remark("pair-01")


async def test_both_objections_are_told_and_both_have_to_be_overruled() -> None:
    cohort = Cohort(World())
    mentor, tom, sam = await cohort.mentor(AMARA), await cohort.mentee(TOM), await cohort.mentee(SAM, AMARA)
    await cohort.typed("pair-01", mentor, tom)
    await cohort.typed("pair-02", mentor, sam)
    await cohort.world.tick(START_DAY)
    assert "type 'line manager, second pair' into" in cohort.remark("pair-02")
    await cohort.typed("pair-02", mentor, sam, Overruled="line manager")
    await cohort.world.later(minutes=5)
    assert SECOND_PAIR in cohort.remark("pair-02")
    await cohort.typed("pair-02", mentor, sam, Overruled="Second pair and line manager")
    await cohort.world.later(minutes=5)
    assert cohort.remark("pair-02") == ""
    assert cohort.introduced() == [AMARA, AMARA, SAM, TOM]


async def test_a_row_edited_to_somebodys_line_manager_stops_and_tells_nobody() -> None:
    cohort = Cohort(World())
    mentor, tom, sam = await cohort.mentor(AMARA), await cohort.mentee(TOM), await cohort.mentee(SAM, AMARA)
    await cohort.typed("pair-01", mentor, tom)
    await cohort.world.tick(START_DAY)
    await cohort.typed("pair-01", mentor, sam)
    await cohort.world.later(minutes=5)
    await cohort.world.tick(datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert LINE_MANAGER in cohort.remark()
    assert mails_to(cohort.world, SAM).count("introduction") == 0
    assert [k for k in mails_to(cohort.world, SAM) if k.startswith("check-in")] == []


async def test_a_start_that_is_moved_is_no_second_pair() -> None:
    cohort = Cohort(World())
    mentor, other = await cohort.mentor(AMARA), await cohort.mentee(TOM)
    await cohort.typed("pair-01", mentor, other)
    await cohort.world.tick(START_DAY)
    await cohort.typed("pair-01", mentor, other, StartDate="2026-04-27")
    await cohort.world.later(minutes=5)
    assert cohort.remark() == ""


async def test_who_was_erased_does_not_keep_their_partner_from_another_pair() -> None:
    cohort = Cohort(World())
    mentor, tom, sam = await cohort.mentor(AMARA), await cohort.mentee(TOM), await cohort.mentor(SAM)
    await cohort.typed("pair-01", mentor, tom)
    await cohort.world.tick(START_DAY)
    await command(cohort.world, "erase", mentor)
    await cohort.typed("pair-02", sam, tom)
    await cohort.world.later(minutes=5)
    assert cohort.remark("pair-02") == ""


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("", set()),
        ("yes", set()),
        ("not line manager", set()),
        ("line manager", {Objection.LINE_MANAGER}),
        ("LINE\tMANAGER", {Objection.LINE_MANAGER}),
        ("\u2018second pair\u2019", {Objection.SECOND_PAIR}),
        ("second pair; Line Manager", BOTH),
        ("line manager and second pair", BOTH),
        ("line manager\nsecond pair", BOTH),
        ("Second-Pair", {Objection.SECOND_PAIR}),
        ("line_manager / second\u00a0pair!", BOTH),
        ("(line\u2010manager)\u200b", {Objection.LINE_MANAGER}),
    ],
)
def test_what_a_cell_overrules(typed: str, means: set[Objection]) -> None:
    assert overruled(typed) == means


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ({"StartDate": "2026-03-20"}, True),
        ({"StartDate": "2026-03-20", "Overruled": "start date"}, False),
        ({"StartDate": "2026-04-10"}, False),
        # The portal's own type, at local midnight in summer.
        ({"StartDate": datetime(2026, 4, 19, 23, 0, tzinfo=UTC)}, False),
        ({"StartDate": "2026-04-19T23:00:00Z"}, False),
    ],
)
async def test_a_start_more_than_a_week_back_is_held_until_it_is_overruled(typed: dict[str, Cell], held: bool) -> None:
    cohort = Cohort(World())
    mentor, mentee_ = await cohort.mentor(AMARA), await cohort.mentee(TOM)
    cohort.world.clock.set(datetime(2026, 4, 16, 9, 0, tzinfo=UTC))
    await cohort.typed("pair-01", mentor, mentee_, **typed)
    await cohort.world.tick(datetime(2026, 4, 16, 9, 0, tzinfo=UTC))
    await cohort.world.tick(START_DAY)

    assert cohort.introduced() == ([] if held else sorted([AMARA, TOM]))
    assert ("Friday 20 March 2026, more than a week ago" in cohort.remark()) == held
