"""A cohort's year as people read it: few mails, on working days, and nothing that waits for the team is told late."""

import asyncio
import statistics
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.domain.pairs import CheckInAnswer, PartnerAnswer
from shared.domain.rhythm import is_working_day
from shared.errors import UnreadableRow
from shared.stores.mistyped import Mistyped
from shared.stores.names import TableName
from tests.factories import command, manager_says, own_link
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, mentee, token

PAIRS = 20
MOST = 60
OPENS, PAIRED, LEAVES, END = date(2026, 2, 9), date(2026, 4, 14), date(2026, 7, 14), date(2026, 12, 31)
SILENT, ABANDONED, TALKS, SLOW, TO_DECIDE = {3, 11}, 7, 5, {4, 9}, 2
MET = CheckInAnswer(met=True, met_on=None, rating=4, note="", wants_to_talk=False)
WANTS_TO_TALK = CheckInAnswer(met=True, met_on=None, rating=2, note="", wants_to_talk=True)
ROLES = ("mentor", "mentee")


def person(role: str, number: int) -> str:
    return f"{role}.{number}@example.nhs.uk"


def manager(role: str, number: int) -> str:
    return f"manager.{person(role, number)}"


def addresses(role: str) -> list[str]:
    """Everybody of a role; managers are one."""
    if role == "manager":
        return [manager(one, number) for one in ROLES for number in range(PAIRS)]
    return [person(role, number) for number in range(PAIRS)]


class Year:
    """Forty people, most of whom do what they are asked, on working days; and what was sent on which day."""

    def __init__(self) -> None:
        self.world = World(now=datetime(2026, 2, 9, 9, tzinfo=UTC))
        self.days_of_mail: Counter[date] = Counter()
        self.late_updates: list[str] = []
        self.sent: list[tuple[date, str]] = []
        self.begins: dict[str, date] = {"peer-4": OPENS}
        self.checked_in: set[str] = set()
        self.partner: dict[int, int] = {}
        self.row_names: dict[int, str] = {}
        self._letters = self._told = 0

    async def play(self) -> None:
        """From the day applications open to the end of the year; the digest goes first thing, the rest by day."""
        worked = 0
        for number in range((END - OPENS).days + 1):
            day = OPENS + timedelta(days=number)
            before = len(self.world.letters(ADMINISTRATORS))
            await self.world.tick(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))
            await self.world.app.tick._digests.post()
            await self.world.run()
            if is_working_day(day):
                await self.people_act(day, worked)
                worked += 1
            await self.world.tick(datetime(day.year, day.month, day.day, 16, tzinfo=UTC))
            mails = self.world.letters(ADMINISTRATORS)[before:]
            self.sent += [(day, letter.html.replace("\u2060", "")) for letter in mails]
            self.note(day)

    def note(self, day: date) -> None:
        """Count what left today, and what calendars were told of sessions that are over."""
        letters, told = self.world.mailbox.sent, self.world.calendar.told
        self.days_of_mail[day] += len(letters) - self._letters
        for event, _, what in told[self._told :]:
            content = self.world.calendar.events[event].content
            if content.ends_at <= self.world.clock.now():
                self.late_updates.append(f"{day}: {what}, of {content.ends_at}")
        self._letters, self._told = len(letters), len(told)

    async def people_act(self, day: date, number: int) -> None:
        for role in ROLES:
            if number < PAIRS:
                await self.apply(role, number, day)
            for one in range(PAIRS):
                answers_on = one + (7 if role == "mentor" and one in SLOW else 1)
                if number == answers_on and (role, one) != ("mentee", TO_DECIDE):
                    await manager_says(self.world, manager(role, one))
        if number == TO_DECIDE + 2:
            await command(self.world, "admit", self.reference("mentee", TO_DECIDE))
            await manager_says(self.world, manager("mentee", TO_DECIDE))
        if day == PAIRED:
            await self.pair()
        if day == LEAVES:
            await self.leave(day)
        for one in set(range(PAIRS)) - SILENT if self.partner else ():
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
            organisation=f"Trust {role} {number}",
            training_session=f"{role}-training-1",
        )
        if (role, number) == ("mentee", TO_DECIDE):
            given |= {"area": "northamptonshire", "sector": "other_healthcare"}
        await self.world.submit(given)
        if (role, number) == ("mentee", TO_DECIDE):
            self.begins[f"Mentee Number{TO_DECIDE}, mentee (Needs a decision)"] = day
        if role == "mentor" and number in SLOW:
            self.begins[f"of Mentor Number{number} ({self.reference(role, number)}): 7 days"] = day + timedelta(days=6)

    async def pair(self) -> None:
        """The team draws and publishes the pairs, and everybody says yes."""
        await command(self.world, "draw pairs", "", key="draw")
        note = {"PartitionKey": PROGRAMME, "RowKey": "publish", "Note": f"{PAIRS} from 2026-04-20"}
        await self.world.type_in(TableName.COMMANDS, note)
        assert (await command(self.world, "publish pairs", "", key="publish")).startswith("Done: 20 pairs are offered")
        await self.world.later(minutes=5)
        numbers = {role: {self.reference(role, n): n for n in range(PAIRS)} for role in ROLES}
        for row in self.world.rows(TableName.PAIRS):
            one = numbers["mentor"][str(row["Mentor"])]
            self.partner[one] = numbers["mentee"][str(row["Mentee"])]
            self.row_names[one] = str(row["RowKey"])
            for address in (person("mentor", one), person("mentee", self.partner[one])):
                (offer,) = self.world.letters(address, "A partner for you")
                await self.world.app.partners.answer(token(offer, "partner"), PartnerAnswer.YES)
                await self.world.run()

    async def leave(self, day: date) -> None:
        """One mentor withdraws; and somebody tidies up a session that is long over."""
        await self.world.app.own_pages.withdraw(own_link(self.world, person("mentor", ABANDONED)))
        await self.world.run()
        self.begins[f"Pair {self.row_names[ABANDONED]}: the mentor, Mentor Number{ABANDONED}"] = day
        over = {"PartitionKey": PROGRAMME, "RowKey": "mentee-training-1", "Status": "cancelled"}
        await self.world.type_in(TableName.SESSIONS, over)

    async def answer(self, day: date, number: int) -> None:
        for role, one in (("mentor", number), ("mentee", self.partner[number])):
            asked = self.world.letters(person(role, one), "Meeting ")
            if not asked or asked[-1].key in self.checked_in:
                continue
            self.checked_in.add(asked[-1].key)
            talks = (role, number, len(asked)) == ("mentee", TALKS, 2)
            await self.world.app.checkins.answer(token(asked[-1], "checkins"), WANTS_TO_TALK if talks else MET)
            if talks:
                self.begins["WantsToTalk"] = day

    def reference(self, role: str, number: int) -> str:
        return str(self.world.application(Email=person(role, number))["RowKey"])

    def days_off_with_mail(self) -> list[date]:
        return [day for day, letters in self.days_of_mail.items() if letters and not is_working_day(day)]

    def numbers(self) -> list[str]:
        """What the year cost whom, to be read."""
        lines = []
        for role in (*ROLES, "manager"):
            each = [len(self.world.letters(address)) for address in addresses(role)]
            lines.append(f"mails to a {role}: median {statistics.median(each):g}, most {max(each)}")
        return [
            *lines,
            f"mails to the team: {len(self.sent)} (at most {MOST})",
            f"days off with mail: {len(self.days_off_with_mail())}",
            f"updates of events after their session: {len(self.late_updates)}",
        ]


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
    print(*year.numbers(), sep="\n")  # noqa: T201 -- what the year cost whom

    assert len(year.sent) <= MOST
    assert year.days_off_with_mail() == []
    assert year.late_updates == []
    assert len(year.begins) == 1 + 1 + 2 + 1 + 2 * len(SILENT) + 1
    for matter, begins in year.begins.items():
        told = next((day for day, said in year.sent if matter in said), None)
        assert told is not None, matter
        working_days = [n for n in range(1, (told - begins).days + 1) if is_working_day(begins + timedelta(days=n))]
        assert len(working_days) <= 1, f"{matter}: began on {begins}, told on {told}"
