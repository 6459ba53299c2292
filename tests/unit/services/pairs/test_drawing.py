"""Pairs from the first draft to the introduction, by what the team types and what people are sent."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.cohort_model import Role
from shared.domain.earlier import Details, Earlier
from shared.domain.matching.rules import Partners, usual
from shared.domain.pairs import PartnerAnswer
from shared.domain.programme import Programme
from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import GRACE, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, cohort_7, mentee, token

PAIRING = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)
SAYS = PartnerAnswer


class Cohort:
    """A world of approved people, and a team that types."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.people: dict[str, str] = {}
        self._commands = 0

    async def people_are(
        self, *names: str, topics_of: Mapping[str, list[str]] | None = None, **more: str | None
    ) -> None:
        """Approve people: 'M...' are mentors, 'E...' mentees; each has a manager and an organisation of their own."""
        await self.world.tick()
        for name in names:
            form = answers if name.startswith("M") else mentee
            given = form(
                full_name=f"{name} Person",
                email=f"{name.lower()}@example.nhs.uk",
                manager_email=f"boss.{name.lower()}@example.nhs.uk",
                organisation=f"Trust of {name}",
                topics=(topics_of or {}).get(name, ["race"]),
                **more,
            )
            await self.world.submit(given)
            await manager_says(self.world, f"boss.{name.lower()}@example.nhs.uk")
            row = self.world.application(Email=f"{name.lower()}@example.nhs.uk")
            self.people[name] = str(row["RowKey"])
        self.world.clock.set(PAIRING)

    async def types(self, words: str, reference: str = "", note: str = "") -> str:
        """Type a command; returns 'Status: Result' when it is answered."""
        self._commands += 1
        row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": f"c{self._commands:02}", "Command": words}
        await self.world.type_in(TableName.COMMANDS, {**row, "Reference": reference, "Note": note})
        await self.world.tick()
        answered = self.world.row(TableName.COMMANDS, RowKey=f"c{self._commands:02}")
        return f"{answered.get('Status')}: {answered.get('Result')}"

    def pairs(self, *statuses: str) -> list[tuple[str, str]]:
        """Names of the people in pairs of these statuses, sorted."""
        named = {reference: name for name, reference in self.people.items()}
        rows = self.world.rows(TableName.PAIRS)
        chosen = [row for row in rows if row["Status"] in statuses]
        return sorted((named[str(row["Mentor"])], named[str(row["Mentee"])]) for row in chosen)

    def mails(self, name: str) -> list[str]:
        """The kinds of mail about pairs that somebody was sent."""
        about = {"partner offered", "match not going ahead", "introduction", "partner left", "no partner this time"}
        about.add("no partner in this round")
        return [kind for kind in mails_to(self.world, f"{name.lower()}@example.nhs.uk") if kind in about]

    async def says(self, name: str, says: PartnerAnswer) -> str:
        """Open the newest offer and answer; returns the state of the page afterwards."""
        letter = self.world.letters(f"{name.lower()}@example.nhs.uk", "A partner for you")[-1]
        view = await self.world.app.partners.answer(token(letter, "partner"), says)
        await self.world.run()
        assert view is not None
        return view.state


async def test_pairs_are_drafted_with_reasons_and_nobody_is_told() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "M2", "E1", "E2", "E3")

    answer = await cohort.types("draw pairs")

    assert answer.startswith("Done: 4 of 5 people have a partner: 2 drafts. 1 has none.")
    assert "type 'publish pairs' with Note 2" in answer
    rows = cohort.world.rows(TableName.PAIRS)
    assert {row["Status"] for row in rows} == {"draft"}
    assert all(row["Names"] and row["Why"] and row["Rules"] == "none broken" and row["Price"] for row in rows)
    (letter,) = cohort.world.letters(ADMINISTRATORS, "are drafted")
    said = re.sub(r"<[^>]+>", " ", letter.html)
    assert "Pairs drafted: 2" in said
    assert "People without a partner: 1" in said
    assert "to publish, 2 as things stand" in said
    drawn = cohort.world.row(TableName.ROUNDS)
    counted = {name: drawn[name] for name in ("Round", "People", "Paired", "WithoutPartner", "RulesBroken")}
    assert counted == {"Round": 1, "People": 5, "Paired": 4, "WithoutPartner": 1, "RulesBroken": 0}
    assert len(str(drawn["Inputs"])) == 64
    assert [kind for name in cohort.people for kind in cohort.mails(name)] == []
    notes = cohort.world.rows(TableName.MATCH_NOTES)
    assert any("Topic in common: Race" in str(note["Why"]) for note in notes)
    assert not any("Race" in str(row) or "topic" in str(row).lower() for row in (*rows, drawn, answer, said))


async def test_drawing_again_keeps_what_a_person_decided_and_is_the_same_round_for_the_same_people() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "M2", "E1", "E2")
    await cohort.types("draw pairs")
    first = cohort.pairs("draft")
    await cohort.types("draw pairs")
    assert (cohort.pairs("draft"), len(cohort.world.rows(TableName.ROUNDS))) == (first, 1)
    assert len(cohort.world.letters(ADMINISTRATORS, "are drafted")) == 1
    rows = cohort.world.rows(TableName.PAIRS)
    await cohort.world.type_in(TableName.PAIRS, {**rows[0], "Status": " Forbidden"})
    await cohort.types("draw pairs")

    swapped = cohort.pairs("draft")
    assert set(swapped).isdisjoint(first)
    assert len(cohort.pairs(" Forbidden")) == 1
    assert len(cohort.world.rows(TableName.ROUNDS)) == 2
    kept = {"PartitionKey": PROGRAMME, "RowKey": "mine", "Mentor": cohort.people["M1"], "Status": "proposed"}
    forbidden = {"M1": first[0][1]} if first[0][0] == "M1" else {"M1": first[1][1]}
    other = next(name for name in ("E1", "E2") if name != forbidden["M1"])
    await cohort.world.type_in(TableName.PAIRS, {**kept, "Mentee": cohort.people[other]})
    answer = await cohort.types("draw pairs")
    assert ("M1", other) in cohort.pairs("proposed")
    assert "beside 1 pair that stay" in answer
    assert (await cohort.types("undo draft")).startswith("Done: 1 draft removed")
    assert cohort.pairs("draft") == []
    await cohort.world.tick(PAIRING + timedelta(days=1))
    assert len(cohort.world.letters(ADMINISTRATORS, "are drafted")) == 1  # nothing is left to read of the third round


async def test_published_pairs_are_told_to_both_and_confirmed_when_nobody_says_no() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "M2", "E1", "E2")
    await cohort.types("draw pairs")

    assert (await cohort.types("publish pairs")).startswith("Refused: Note must say how many pairs")
    assert (await cohort.types("publish pairs", note="3")).startswith("Refused: Note says 3, but there are 2 pairs")
    assert {kind for name in cohort.people for kind in cohort.mails(name)} == set()
    answer = await cohort.types("publish pairs", note=" 2 ")
    assert answer == (
        "Done: 2 pairs are offered to both people, who can say no until Monday 20 April 2026. Then they are confirmed."
    )
    assert {name: cohort.mails(name) for name in cohort.people} == {name: ["partner offered"] for name in cohort.people}
    assert len(cohort.pairs("offered")) == 2
    assert (await cohort.types("publish pairs", note="2")).startswith("Refused: Pairs has no drafts")

    await cohort.world.tick(datetime(2026, 4, 21, 8, 0, tzinfo=UTC))
    await cohort.world.later(minutes=5)
    assert len(cohort.pairs("confirmed")) == 2
    start = datetime.fromisoformat(f"{cohort.world.rows(TableName.PAIRS)[0]['StartDate']}T09:30:00Z")
    await cohort.world.tick(start)
    assert {tuple(cohort.mails(name)) for name in cohort.people} == {("introduction", "partner offered")}


async def test_a_no_gives_both_the_same_words_and_a_new_search_with_everybody_else_left_alone() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "M2", "M3", "E1", "E2")
    await cohort.types("draw pairs")
    drafted = cohort.pairs("draft")
    await cohort.types("publish pairs", note="2")
    (mentor, other), stays = drafted[0], drafted[1]

    assert await cohort.says(mentor, SAYS.NO) == "over"
    assert await cohort.says(mentor, SAYS.YES) == "over"  # too late, and told so
    assert cohort.mails(mentor) == cohort.mails(other) == ["match not going ahead", "partner offered"]
    letters = [cohort.world.letters(f"{n.lower()}@example.nhs.uk", "not going ahead")[0] for n in (mentor, other)]
    bodies = {letter.html.replace(f"{n} Person", "X") for letter, n in zip(letters, (mentor, other), strict=True)}
    assert len({body.split("<hr>")[0] for body in bodies}) == 1
    await cohort.world.later(minutes=5)
    assert cohort.pairs("declined") == [drafted[0]]
    assert cohort.pairs("offered") == [stays]
    free = next(name for name in ("M1", "M2", "M3") if name not in {mentor, stays[0]})
    assert cohort.pairs("draft") == [(free, other)]
    assert cohort.mails(stays[0]) == ["partner offered"]


async def test_a_first_day_that_comes_before_the_last_to_say_no_is_promised_to_nobody() -> None:
    cohort = Cohort()
    world = cohort.world
    await cohort.people_are("M1", "E1")
    await cohort.types("draw pairs")
    await cohort.types("publish pairs", note="1 from 2026-04-17")  # both can say no until 20 April
    answer = await cohort.types("draw pairs")
    assert answer.startswith("Done: 2 of 2 people have a partner: 0 drafts, beside 1 pair that stay. Nothing new")

    (offer,) = world.letters("m1@example.nhs.uk", "A partner for you")
    assert "You start on Friday 17 April 2026 if both of you have said yes by then" in offer.html
    page = await world.app.partners.view(token(offer, "partner"))
    assert page is not None
    assert (page.starts_later, page.begun) == (False, False)

    await world.tick(datetime(2026, 4, 21, 8, 0, tzinfo=UTC))
    (letter,) = world.letters("m1@example.nhs.uk", "Meet your partner")
    assert "You can start now." in letter.html
    assert "17 April" not in letter.html
    page = await world.app.partners.view(token(offer, "partner"))
    assert page is not None
    assert (page.state, page.begun) == ("confirmed", True)


async def test_an_introduction_says_what_the_partner_knows_and_no_more() -> None:
    file = cohort_7()
    told = file.matching.model_copy(update={"told_of_partner": ("name", "role", "job title")})
    cohort = Cohort(World(programme=file.model_copy(update={"matching": told})))
    await cohort.people_are("M1", "E1")
    await cohort.types("draw pairs")
    await cohort.types("publish pairs", note="1")

    await cohort.world.tick(datetime(2026, 4, 27, 8, 30, tzinfo=UTC))
    (letter,) = cohort.world.letters("m1@example.nhs.uk", "Meet your partner")
    assert "Trust of E1" not in letter.html
    assert "your partner knows your name, role, job title and email address, and nothing else" in letter.html


async def test_two_who_both_say_yes_are_a_pair_at_once() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "E1")
    await cohort.types("draw pairs")
    await cohort.types("publish pairs", note="1 from 2026-05-11")

    assert await cohort.says("M1", SAYS.YES) == "open"
    assert await cohort.says("E1", SAYS.YES) == "confirmed"
    assert await cohort.says("E1", SAYS.NO) == "confirmed"
    assert cohort.pairs("confirmed") == [("M1", "E1")]
    assert cohort.world.row(TableName.PAIRS)["StartDate"] == "2026-05-11"
    assert cohort.mails("M1") == ["partner offered"]


async def test_who_would_like_to_talk_first_is_no_yes_and_only_the_team_hears_of_it() -> None:
    cohort = Cohort()
    world = cohort.world
    await cohort.people_are("M1", "E1")
    await cohort.types("draw pairs")
    await cohort.types("publish pairs", note="1")
    link = {
        n: token(world.letters(f"{n.lower()}@example.nhs.uk", "A partner for you")[0], "partner") for n in ("M1", "E1")
    }

    async def seen(name: str) -> tuple[str, bool]:
        view = await world.app.partners.view(link[name])
        assert view is not None
        return view.state, view.unsettled

    before = await seen("E1")
    for _ in range(2):
        assert await cohort.says("M1", SAYS.TALK) == "open"
    assert await seen("E1") == before == ("open", False)
    await world.app.tick.daily()
    await world.run()
    digest = world.letters(ADMINISTRATORS)[-1].html
    assert "they would like to talk before they say yes or no" in digest
    assert "M1 Person" not in digest
    await world.tick(datetime(2026, 4, 27, 9, 0, tzinfo=UTC))

    assert cohort.pairs("offered") == [("M1", "E1")]
    assert await seen("E1") == await seen("M1") == ("open", True)
    assert cohort.mails("E1") == cohort.mails("M1") == ["partner offered"]
    assert await cohort.says("M1", SAYS.YES) == "confirmed"  # the other one kept silent until the last day
    await world.later(minutes=5)
    assert cohort.pairs("confirmed") == [("M1", "E1")]


async def test_that_two_know_each_other_is_told_to_the_team_and_neither_hears_who_said_it() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "E1")
    await cohort.types("draw pairs")
    await cohort.types("publish pairs", note="1")

    assert await cohort.says("E1", SAYS.KNOW_EACH_OTHER) == "over"
    await cohort.world.app.tick.daily()
    await cohort.world.run()

    assert "MenteeSays: they know each other" in cohort.world.letters(ADMINISTRATORS)[-1].html.replace("\u2060", "")
    assert cohort.mails("M1") == cohort.mails("E1") == ["match not going ahead", "partner offered"]
    await cohort.types("draw pairs")
    assert cohort.pairs("draft") == []


@pytest.mark.parametrize("confirmed", [False, True])
async def test_whose_partner_withdraws_is_told_the_same_day_and_gets_another(confirmed: bool) -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "M2", "E1")
    await cohort.types("draw pairs")
    ((mentor, _),) = cohort.pairs("draft")
    await cohort.types("publish pairs", note="1")
    if confirmed:
        await cohort.says(mentor, SAYS.YES)
        await cohort.says("E1", SAYS.YES)
    await cohort.types("withdraw", cohort.people[mentor])
    await cohort.world.later(minutes=5)
    await cohort.world.later(minutes=5)

    told = "partner left" if confirmed else "match not going ahead"
    assert sorted(cohort.mails("E1")) == sorted([told, "partner offered"])
    assert cohort.mails(mentor) == ["partner offered"]
    if confirmed:
        assert (await cohort.types("find another", cohort.people["E1"])).startswith("Done: Drafted: drawn-")
        assert cohort.pairs("ended") == [(mentor, "E1")]
    free = "M2" if mentor == "M1" else "M1"
    assert cohort.pairs("draft") == [(free, "E1")]


async def test_who_looks_for_another_partner_is_told_what_became_of_the_pair_there_was() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "M2", "E1")
    await cohort.types("draw pairs")
    first = cohort.pairs("draft")

    answer = await cohort.types("find another", cohort.people["E1"])
    assert cohort.pairs("forbidden") == first
    assert "'drawn-001'. It is 'forbidden' now" in answer

    await cohort.types("publish pairs", note="1")
    answer = await cohort.types("find another", cohort.people["E1"])
    await cohort.world.later(minutes=5)
    assert answer.startswith("Done: Nobody is free")
    assert "The pair 'drawn-002' is over: whoever knew of it is told" in answer
    assert cohort.mails("E1") == ["match not going ahead", "partner offered"]


async def test_nobody_for_somebody_is_said_kindly_and_they_come_first_next_time() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "E1", "E2")
    await cohort.types("draw pairs")
    ((_, paired),) = cohort.pairs("draft")
    alone = "E2" if paired == "E1" else "E1"
    assert "is in the pair" in await cohort.types("no partner this time", cohort.people[paired])

    assert (await cohort.types("no partner this time", cohort.people[alone])).startswith("Done: The person is told")
    assert cohort.mails(alone) == ["no partner this time"]
    assert "no partner this time" in str(cohort.world.application(RowKey=cohort.people[alone])["NextStep"])
    answer = await cohort.types("draw pairs")
    assert answer.startswith("Done: 2 of 2 people have a partner")
    assert "Nobody is free" in await cohort.types("find another", cohort.people[alone])
    assert cohort.world.application(RowKey=cohort.people[alone]).get("NoPartnerAt") in {None, ""}
    assert len(cohort.mails(alone)) == 1


async def test_who_is_in_none_of_the_pairs_hears_it_kindly_once_when_they_are_published() -> None:
    cohort = Cohort()
    world = cohort.world
    await cohort.people_are("M1", "E1", "E2", "E3")
    await cohort.types("draw pairs")
    ((_, paired),) = cohort.pairs("draft")
    alone, decided = sorted({"E1", "E2", "E3"} - {paired})
    await cohort.types("no partner this time", cohort.people[decided])
    await world.later(minutes=30)
    await world.submit(mentee(full_name="E4 Person", email="e4@example.nhs.uk", manager_email=GRACE))
    cohort.people["E4"] = str(world.application(Email="e4@example.nhs.uk")["RowKey"])
    await cohort.types("approve late", cohort.people["E4"])
    await manager_says(world, GRACE)  # approved after the draw, so nobody has looked for them

    answer = await cohort.types("publish pairs", note="1")

    assert answer.endswith("1 person has no partner among them, and is told so kindly.")
    assert cohort.mails(alone) == ["no partner in this round"]
    assert (cohort.mails(decided), cohort.mails("E4")) == (["no partner this time"], [])
    assert "and told so" in str(world.application(RowKey=cohort.people[alone])["NextStep"])
    now = world.clock.now()
    for at, waits in ((now, True), (datetime(2027, 1, 4, 9, tzinfo=UTC), False)):
        world.clock.set(at)
        page = await world.app.own_pages.page(own_link(world, f"{alone.lower()}@example.nhs.uk"))
        assert page is not None
        assert (page.left_out, page.is_ending) == (waits, not waits)
    world.clock.set(now)
    await cohort.types("draw pairs")
    await world.type_in(TableName.PAIRS, {**world.row(TableName.PAIRS), "Status": "ended"})
    await cohort.types("draw pairs")
    drafts = cohort.pairs("draft")
    assert drafts == [("M1", alone)], "whoever waited comes first"
    (key,) = [row["RowKey"] for row in world.rows(TableName.PAIRS) if row["Status"] == "draft"]
    answer = await cohort.types("publish pairs", str(key), note="1")
    assert answer.endswith("2 people have no partner among them, and are told so kindly."), (
        "the last one ends the round"
    )
    while world.clock.now() < datetime(2026, 6, 25, tzinfo=UTC):
        await world.tick(world.clock.now() + timedelta(days=1))
    kinds = mails_to(world, f"{paired.lower()}@example.nhs.uk")
    assert (kinds.count("no partner in this round"), kinds.count("no partner yet")) == (1, 1)


async def test_nobody_hears_that_there_is_no_partner_while_one_is_offered_or_a_match_has_just_ended() -> None:
    cohort = Cohort()
    world = cohort.world
    await cohort.people_are("M1", "E1")
    await world.tick(datetime(2026, 5, 7, 9, 0, tzinfo=UTC))
    await cohort.types("draw pairs")
    await cohort.types("publish pairs", note="1")
    waited = mails_to(world, "m1@example.nhs.uk").count("no partner yet")

    async def until(day: datetime) -> int:
        while world.clock.now() < day:
            await world.tick(world.clock.now() + timedelta(days=1))
        return mails_to(world, "m1@example.nhs.uk").count("no partner yet") - waited

    # Due on 11 May, while both can still answer; on 9 June, less than four weeks after the match has ended; on 9 July.
    assert await until(datetime(2026, 5, 12, 9, 0, tzinfo=UTC)) == 0
    world.clock.set(datetime(2026, 5, 12, 17, 0, tzinfo=UTC))
    assert await cohort.says("M1", SAYS.NO) == "over"
    assert await until(datetime(2026, 6, 11, 9, 0, tzinfo=UTC)) == 0
    assert await until(datetime(2026, 7, 11, 9, 0, tzinfo=UTC)) == 1


async def test_a_pair_that_is_published_in_place_of_many_drafts_tells_nobody_else_that_they_have_none() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "M2", "M3", "E1", "E2", "E3")
    await cohort.types("draw pairs")
    await cohort.types("undo draft")
    mine: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": "mine", "Status": "proposed"}
    both: dict[str, Cell] = {"Mentor": cohort.people["M1"], "Mentee": cohort.people["E1"], "StartDate": "2026-05-11"}
    await cohort.world.type_in(TableName.PAIRS, {**mine, **both})

    answer = await cohort.types("publish pairs", note="1")

    assert answer.startswith("Done: 1 pair is offered")
    assert {name: cohort.mails(name) for name in cohort.people if cohort.mails(name)} == {
        "M1": ["partner offered"],
        "E1": ["partner offered"],
    }


async def test_who_was_left_out_of_an_earlier_cohort_and_never_met_anybody_comes_first_in_this_one() -> None:
    before = "llr-rmi-2026-c6"
    cohort = Cohort(World(earlier=cohort_7().model_copy(update={"id": before})))
    world = cohort.world
    await cohort.people_are("M1", "E1", "E2")
    await cohort.types("draw pairs")
    ((_, drawn),) = cohort.pairs("draft")
    other = "E2" if drawn == "E1" else "E1"
    row = world.application(RowKey=cohort.people[other])
    await world.type_in(TableName.APPLICATIONS, {**row, "PartitionKey": before, "LeftOutAt": PAIRING})

    await cohort.types("draw pairs")
    assert cohort.pairs("draft") == [("M1", other)]
    met: dict[str, Cell] = {"PartitionKey": before, "RowKey": "p", "Status": "ended", "ConfirmedAt": PAIRING}
    await world.type_in(TableName.PAIRS, {**met, "Mentor": cohort.people[drawn], "Mentee": cohort.people[other]})
    await cohort.types("draw pairs")
    assert cohort.pairs("draft") == [("M1", drawn)]


async def test_who_has_no_partner_this_time_is_invited_to_the_training_alone() -> None:
    cohort = Cohort()
    world = cohort.world
    await cohort.people_are("M1", "E1", "E2")
    await cohort.types("draw pairs")
    ((_, paired),) = cohort.pairs("draft")
    alone = "E2" if paired == "E1" else "E1"

    def booked(name: str) -> set[str]:
        rows = [row for row in world.rows(TableName.BOOKINGS) if row["Status"] == "Booked"]
        return {str(row["Session"]) for row in rows if row["Reference"] == cohort.people[name]}

    before = booked(alone)
    await cohort.types("no partner this time", cohort.people[alone])
    celebration = world.row(TableName.SESSIONS, RowKey="celebration-1")
    day = {"StartsAt": datetime(2026, 12, 17, 14, 0, tzinfo=UTC), "EndsAt": datetime(2026, 12, 17, 16, 0, tzinfo=UTC)}
    await world.type_in(TableName.SESSIONS, {**celebration, **day, "Status": "confirmed"})
    await world.later(minutes=10)

    assert "celebration-1" in booked(paired)
    assert before - booked(alone) == {"midway-1", "evaluation-1"}
    assert booked(alone) == {"mentee-training-1"}
    page = await world.app.own_pages.page(own_link(world, f"{alone.lower()}@example.nhs.uk"))
    assert page is not None
    assert [group.id for group in page.groups] == ["mentee-training"]
    assert page.next_step.startswith("We found no partner for you this time.")
    await cohort.types("find another", cohort.people[alone])
    assert booked(alone) == {"mentee-training-1", "midway-1", "evaluation-1", "celebration-1"}


async def test_why_is_answered_in_words_that_everybody_may_read() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "E1", "E2", topics_of={"E2": ["gender"]})
    await cohort.types("draw pairs")
    both = f"{cohort.people['M1']} {cohort.people['E1']}"

    assert "They work for different organisations." in await cohort.types("why", both)
    assert "MatchNotes, row why" in await cohort.types("why", cohort.people["E1"])
    nobody = await cohort.types("why", cohort.people["E2"])
    assert nobody.startswith("Done: No partner in the best plan. There is 1 mentor.")
    assert "topic" not in nobody
    note = cohort.world.row(TableName.MATCH_NOTES, RowKey=f"why {cohort.people['E2']}")
    assert "'topic in common' rules out 1 mentor" in str(note["Why"])
    assert (await cohort.types("why", "nonsense")).startswith("Refused: Type one reference")
    assert "same side" in await cohort.types("why", f"{cohort.people['E1']}, {cohort.people['E2']}")


async def test_a_typed_pair_that_breaks_a_rule_is_held_until_it_is_overruled() -> None:
    cohort = Cohort()
    world = cohort.world
    await world.tick()
    for given in (answers(manager_email=GRACE), mentee(manager_email=GRACE)):
        await world.submit(given)
    await manager_says(world, GRACE, which=0)
    await manager_says(world, GRACE, which=1)
    mentor, other = (str(world.application(Role=role)["RowKey"]) for role in ("mentor", "mentee"))
    row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": "p", "Mentor": mentor, "Mentee": other}
    await world.type_in(TableName.PAIRS, {**row, "StartDate": "2026-04-20", "Status": "confirmed"})
    await world.tick(PAIRING)

    assert "type 'same manager' into the column Overruled" in str(world.row(TableName.PAIRS)["Remark"])
    await world.type_in(TableName.PAIRS, {**row, "Overruled": "Same Manager"})
    await world.later(minutes=5)
    assert world.row(TableName.PAIRS)["Remark"] == ""
    await world.tick(datetime(2026, 4, 20, 9, 0, tzinfo=UTC) + timedelta(hours=1))
    assert "introduction" in mails_to(world, "tom.hughes@example.nhs.uk")


def of_equals() -> Programme:
    """Cohort 7 as a reciprocal programme: everybody is a learner, and pairs are of two."""
    programme = cohort_7()
    learner = programme.model.roles[Role.MENTEE].model_copy(update={"title": "Learner"})
    model = programme.model.model_copy(update={"kind": "reciprocal", "roles": {Role.PARTNER: learner}})
    questions = tuple(q for q in programme.questions if q.field not in {"role", "training_session"})
    changes = {"model": model, "questions": questions, "groups": (), "matching": usual("reciprocal")}
    return programme.model_copy(update=changes)


async def test_equals_are_paired_with_one_another_told_the_same_and_nobody_is_a_mentor() -> None:
    cohort = Cohort(World(programme=of_equals()))
    await cohort.people_are("M1", "M2", "M3", "M4", role=None, training_session=None)

    answer = await cohort.types("draw pairs")

    assert answer.startswith("Done: 4 of 4 people have a partner: 2 drafts. Nobody has been told of them.")
    assert {name for pair in cohort.pairs("draft") for name in pair} == set(cohort.people)
    (one, other), _ = cohort.pairs("draft")
    assert "They work for different organisations." in await cohort.types(
        "why", f"{cohort.people[other]} {cohort.people[one]}"
    )
    assert (await cohort.types("publish pairs", note="2")).startswith("Done: 2 pairs are offered")
    assert await cohort.says(one, SAYS.YES) == "open"
    assert await cohort.says(other, SAYS.YES) == "confirmed"
    offers = [letter.html for letter in cohort.world.mailbox.sent if "A partner for you" in letter.subject]
    written = [*offers, *(str(row["Why"]) for row in cohort.world.rows(TableName.MATCH_NOTES))]
    assert len(offers) == 4
    assert [text for text in written if re.search(r"\b(mentee|mentor)s?\b", text, re.IGNORECASE)] == []


async def test_who_has_several_partners_is_in_as_many_pairs_and_hears_of_each_by_itself() -> None:
    programme = cohort_7()
    several = programme.matching.model_copy(update={"partners": Partners(mentor=3)})
    cohort = Cohort(World(programme=programme.model_copy(update={"matching": several})))
    world = cohort.world
    await cohort.people_are("M1", "E1", "E2", "E3", "E4")

    assert (await cohort.types("draw pairs")).startswith("Done: 4 of 5 people have a partner: 3 drafts. 1 has none.")
    assert (await cohort.types("publish pairs", note="3 from 2026-05-11")).startswith("Done: 3 pairs are offered")
    partners = [name for _, name in cohort.pairs("offered")]
    await cohort.says(partners[0], SAYS.NO)
    await world.tick(datetime(2026, 5, 11, 8, 30, tzinfo=UTC))
    assert cohort.pairs("confirmed") == [("M1", name) for name in partners[1:]]
    assert cohort.mails("M1").count("introduction") == 2
    page = await world.app.own_pages.behind(own_link(world, "m1@example.nhs.uk"))
    shown = await world.app.partners.behind(own_link(world, "m1@example.nhs.uk"))
    assert page is not None
    assert sorted(view.partner.name for view in shown if view.partner) == [f"{name} Person" for name in partners[1:]]
    meetings = await world.app.checkins.of_person(*page)
    assert sorted(one.partner for one in meetings) == [f"{name} Person" for name in partners[1:]]


async def test_who_is_erased_leaves_no_name_and_no_note_and_their_own_data_tells_of_the_pair() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "E1")
    world = cohort.world
    await cohort.types("draw pairs")
    await cohort.types("publish pairs", note="1")
    data = await world.app.subject_access.behind(own_link(world, "m1@example.nhs.uk"))
    assert data is not None
    told = dict(next(section for section in data.sections if section.title == "Your pairs").entries[0])
    assert (told["Status"], told["Your partner's reference"]) == ("offered", cohort.people["E1"])
    assert "E1" not in str(data)

    await cohort.types("erase", cohort.people["M1"])
    await world.later(minutes=5)

    row = world.row(TableName.PAIRS)
    assert {row[name] for name in ("Names", "Why", "Rules", "Price")} == {""}
    assert [note for note in world.rows(TableName.MATCH_NOTES) if cohort.people["M1"] in str(note)] == []
    assert cohort.mails("E1") == ["match not going ahead", "partner offered"]


async def test_partners_of_an_earlier_cohort_are_not_drawn_again_and_a_typed_pair_of_them_is_held() -> None:
    cohort = Cohort()
    await cohort.people_are("M1", "E1")
    book = cohort.world.app.earlier
    known = frozenset({book.pseudonym("e1@example.nhs.uk")})
    people = [Earlier(Details("M1 Person", "m1@example.nhs.uk"), "cohort 6", date(2027, 1, 1), known)]
    await book.bring_in(people)

    assert (await cohort.types("draw pairs")).startswith("Done: 0 of 2 people have a partner")
    row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": "p", "Status": "confirmed", "StartDate": "2026-04-20"}
    both = {"Mentor": cohort.people["M1"], "Mentee": cohort.people["E1"]}
    await cohort.world.type_in(TableName.PAIRS, {**row, **both})
    await cohort.world.later(minutes=5)
    assert "type 'partners before' into the column Overruled" in str(cohort.world.row(TableName.PAIRS)["Remark"])


async def test_where_nobody_is_asked_a_published_pair_is_confirmed_and_introduced_on_its_first_day() -> None:
    programme = cohort_7()
    at_once = programme.model_copy(update={"matching": programme.matching.model_copy(update={"days_to_say_no": 0})})
    cohort = Cohort(World(programme=at_once))
    await cohort.people_are("M1", "E1")
    await cohort.types("draw pairs")

    assert (await cohort.types("publish pairs", note="1 from 2026-04-20")).startswith("Done: 1 pair confirmed.")
    await cohort.world.later(minutes=5)
    assert (cohort.pairs("confirmed"), cohort.mails("M1")) == ([("M1", "E1")], [])
    await cohort.world.tick(datetime(2026, 4, 20, 8, 30, tzinfo=UTC))
    assert cohort.mails("M1") == cohort.mails("E1") == ["introduction"]
