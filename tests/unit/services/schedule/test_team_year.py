"""A cohort's year as the team reads it: few mails, and nothing that waits for them is told late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.domain.pairs import CheckInAnswer
from shared.domain.rhythm import is_working_day
from shared.errors import UnreadableRow
from shared.stores.mistyped import Mistyped
from shared.stores.names import TableName
from tests.factories import command, manager_says, own_link
from tests.unit.services.pairs.test_checkins import pair_row
from tests.world import ADMINISTRATORS, World, answers, mentee, token

PAIRS = 20
MOST = 60
OPENS, PAIRED, LEAVES, END = date(2026, 2, 9), date(2026, 4, 13), date(2026, 7, 14), date(2026, 12, 31)
SILENT, ABANDONED, TALKS, SLOW, TO_DECIDE = {3, 11}, 7, 5, {4, 9}, 2
MET = CheckInAnswer(met=True, met_on=None, rating=4, note="", wants_to_talk=False)
WANTS_TO_TALK = CheckInAnswer(met=True, met_on=None, rating=2, note="", wants_to_talk=True)


def person(role: str, number: int) -> str:
    return f"{role}.{number}@example.nhs.uk"


def manager(role: str, number: int) -> str:
    return f"manager.{person(role, number)}"


class Year:
    """Forty people, most of whom do what they are asked; and what the team was sent on which day."""

    def __init__(self) -> None:
        self.world = World(now=datetime(2026, 2, 9, 9, tzinfo=UTC))
        self.sent: list[tuple[date, str]] = []
        self.begins: dict[str, date] = {}
        self.checked_in: set[str] = set()

    async def play(self) -> None:
        """From the day applications open to the end of the year; the digest goes first thing."""
        for number in range((END - OPENS).days + 1):
            day = OPENS + timedelta(days=number)
            before = len(self.world.letters(ADMINISTRATORS))
            await self.world.tick(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
            await self.world.app.tick._digests.post()
            await self.world.run()
            mails = self.world.letters(ADMINISTRATORS)[before:]
            self.sent += [(day, letter.html.replace("\u2060", "")) for letter in mails]
            await self.people_act(day, number)

    async def people_act(self, day: date, number: int) -> None:
        for role in ("mentor", "mentee"):
            if number < PAIRS:
                await self.apply(role, number, day)
            for one in range(PAIRS):
                if number == one + (9 if role == "mentor" and one in SLOW else 1) and (role, one) != (
                    "mentee",
                    TO_DECIDE,
                ):
                    await manager_says(self.world, manager(role, one))
        if number == TO_DECIDE + 2:
            await command(self.world, "admit", self.reference("mentee", TO_DECIDE))
            await manager_says(self.world, manager("mentee", TO_DECIDE))
        if day == PAIRED:
            for one in range(PAIRS):
                two = [self.reference(role, one) for role in ("mentor", "mentee")]
                await pair_row(self.world, *two, RowKey=f"pair-{one}")
        if day == LEAVES:
            await self.world.app.own_pages.withdraw(own_link(self.world, person("mentor", ABANDONED)))
            await self.world.run()
            self.begins[f"Pair pair-{ABANDONED}: the mentor, Mentor Number{ABANDONED}"] = day
        for one in set(range(PAIRS)) - SILENT:
            await self.answer(day, one)
        for row in self.world.rows(TableName.CHECK_INS):
            # Settled by today's tick, before today's digest.
            if row["Status"] == "Silent" and row["Meeting"] == 2:
                self.begins.setdefault(
                    f"{row['Reference']}: no answer to the last 2 check-ins", day - timedelta(days=1)
                )

    async def apply(self, role: str, number: int, day: date) -> None:
        given = (answers if role == "mentor" else mentee)(
            full_name=f"{role.title()} Number{number}",
            email=person(role, number),
            manager_email=manager(role, number),
            training_session=f"{role}-training-1",
        )
        if (role, number) == ("mentee", TO_DECIDE):
            given |= {"area": "northamptonshire", "sector": "other_healthcare"}
        await self.world.submit(given)
        if (role, number) == ("mentee", TO_DECIDE):
            self.begins[f"Mentee Number{TO_DECIDE}, mentee (Needs a decision)"] = day
        if role == "mentor" and number in SLOW:
            self.begins[f"of Mentor Number{number} ({self.reference(role, number)}): 7 days"] = day + timedelta(days=6)

    async def answer(self, day: date, number: int) -> None:
        for role in ("mentor", "mentee"):
            asked = self.world.letters(person(role, number), "Meeting ")
            if not asked or asked[-1].key in self.checked_in:
                continue
            self.checked_in.add(asked[-1].key)
            talks = (role, number, len(asked)) == ("mentee", TALKS, 2)
            await self.world.app.checkins.answer(token(asked[-1], "checkins"), WANTS_TO_TALK if talks else MET)
            if talks:
                self.begins["WantsToTalk"] = day

    def reference(self, role: str, number: int) -> str:
        return str(self.world.application(Email=person(role, number))["RowKey"])


async def no_rows(*_: Any) -> AsyncIterator[UnreadableRow]:
    """Nobody mistypes anything: to look through every row each day would take most of the time."""
    nobody: list[UnreadableRow] = []
    for row in nobody:
        yield row


def test_a_cohort_of_forty_costs_the_team_at_most_60_mails_a_year_and_each_matter_is_told_in_a_working_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Mistyped, "rows", no_rows)
    year = Year()
    asyncio.run(year.play())

    assert len(year.sent) <= MOST
    assert all(is_working_day(day) for day, _ in year.sent)
    assert len(year.begins) == 1 + 2 + 1 + 2 * len(SILENT) + 1
    for matter, begins in year.begins.items():
        told = next((day for day, said in year.sent if matter in said), None)
        assert told is not None, matter
        working_days = [n for n in range(1, (told - begins).days + 1) if is_working_day(begins + timedelta(days=n))]
        assert len(working_days) <= 1, f"{matter}: began on {begins}, told on {told}"
