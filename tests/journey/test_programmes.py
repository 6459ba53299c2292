"""Each programme of the sources, played in memory as far as its text goes: what people meet, and what they do not.

Every mail and page of a story is read for words that its programme does not have: in a reciprocal one nobody is a
mentor or a mentee.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import azure.functions as func
import pytest
from openpyxl import load_workbook

from functions import approval, boards, checkins, interest, participation, partner
from local.mails import samples
from shared import bootstrap
from shared.adapters.rendering import JinjaRenderer
from shared.domain.application import Status
from shared.domain.owed import Kind
from shared.domain.programme import Programme
from shared.ports import Cell, Letter
from shared.programmes import in_folder, shipped
from shared.proofread import load_programme
from shared.stores.names import TableName
from tests.visitor import Shown, Visitor
from tests.world import ADMINISTRATORS, World

PROGRAMMES = {path.stem: load_programme(path) for path in in_folder()}
DOORS = {
    "decisions": approval.decision,
    "me": participation.own_page,
    "checkins": checkins.checkin,
    "leave": interest.leave,
    "join": boards.join,
    "partner": partner.partner,
}
_LINK = re.compile(rf"https://mentoring\.example\.nhs\.uk/({'|'.join(DOORS)})/([A-Za-z0-9_-]{{43}})")
_OTHER_ROLES = re.compile(r"\b(mentor|mentee)(s|'s)?\b", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")
ANY_FORM = b'{"form_id": "x", "response_id": "r", "answers": {}}'
FEBRUARY = datetime(2026, 2, 10, 9, tzinfo=UTC)


@dataclass
class Story:
    """One programme with the people who meet it. ``seen`` is every page that anybody was shown."""

    world: World
    programme: str
    seen: list[str] = field(default_factory=list)

    async def fill_in(self, form: dict[str, Any], *, first: Shown | None = None, cookie: str = "") -> Shown:
        """Somebody fills in the form to its end."""
        visitor = Visitor(self.world, self.programme)
        visitor.cookie = cookie
        shown = await visitor.fill_in(form, first=first)
        self.seen += [shown.words]
        assert not shown.errors, shown.errors
        await self.world.run()
        return shown

    async def front(self) -> Shown:
        shown = await Visitor(self.world, self.programme).look()
        self.seen += [shown.words]
        return shown

    async def open(self, door: Any, form: dict[str, Any] | None = None, **route: str) -> Shown:
        """Ask one of the app's doors."""
        request = func.HttpRequest(
            method="POST" if form is not None else "GET",
            url="https://mentoring.example.nhs.uk/",
            route_params=route,
            body=urlencode(form or {}, doseq=True).encode(),
            headers={},
        )
        with patch.object(bootstrap, "get_app", lambda: self.world.app):
            shown = Shown(await door.build().get_user_function()(request))
        self.seen += [shown.words]
        return shown

    async def follow(self, letter: Letter, purpose: str, form: dict[str, Any] | None = None) -> Shown:
        """Open the link of a mail; with ``form``, send what its page was filled in with."""
        token = next(m.group(2) for m in _LINK.finditer(letter.html) if m.group(1) == purpose)
        if form is None:
            return await self.open(DOORS[purpose], token=token)
        hidden = (await self.open(DOORS[purpose], token=token)).given()
        shown = await self.open(DOORS[purpose], {**hidden, **form}, token=token)
        await self.world.run()
        return shown

    async def command(self, word: str, reference: str = "", note: str = "") -> str:
        key = f"{len(self.world.rows(TableName.COMMANDS))}"
        typed: dict[str, Cell] = {
            "PartitionKey": self.programme,
            "RowKey": key,
            "Command": word,
            "Reference": reference,
            "Note": note,
        }
        await self.world.type_in(TableName.COMMANDS, typed)
        await self.world.tick()
        return str(self.world.row(TableName.COMMANDS, RowKey=key)["Result"])

    def of(self, address: str, containing: str = "") -> Letter:
        return self.world.letters(address, containing)[-1]

    async def match(self, *, pairs: int, start: date) -> list[set[str]]:
        """Draw pairs, publish them, and let the days pass in which people could say no. Returns who is with whom."""
        drawn = await self.command("draw pairs")
        assert f"{pairs} draft" in drawn, drawn
        published = await self.command("publish pairs", note=f"{pairs} from {start}")
        assert "offered to both people" in published, published
        offers = [letter for letter in self.letters() if letter.subject.startswith("A partner for you")]
        assert len(offers) == 2 * pairs
        for letter in offers:
            assert (await self.follow(letter, "partner")).heading == "Is this partner right for you?"
        await self.world.tick(datetime(start.year, start.month, start.day, 9, tzinfo=UTC))
        names = {row["RowKey"]: str(row["FullName"]) for row in self.world.rows(TableName.APPLICATIONS)}
        rows = [row for row in self.world.rows(TableName.PAIRS) if row["Status"] == "confirmed"]
        return [{names[str(row["Mentor"])], names[str(row["Mentee"])]} for row in rows]

    def words(self) -> str:
        """Every word that anybody of this programme has read; the team's own mails apart."""
        mails = [f"{letter.subject} {_TAGS.sub(' ', letter.html)}" for letter in self.letters()]
        return " ".join((*self.seen, *mails))

    def letters(self) -> list[Letter]:
        return [letter for letter in self.world.mailbox.sent if ADMINISTRATORS not in letter.to]


async def begun(programme: str, now: datetime = FEBRUARY, *, also: Programme | None = None) -> Story:
    world = World(now=now, programme=PROGRAMMES[programme], earlier=also)
    await world.tick()
    return Story(world, programme)


def person(name: str, **more: Any) -> dict[str, Any]:
    address = f"{name.split(maxsplit=1)[0].lower()}@example.nhs.uk"
    return {"full_name": name, "email": address, "consent": "true", **more}


def managed_by(name: str) -> dict[str, str]:
    return {"manager_name": name, "manager_email": f"{name.split(maxsplit=1)[0].lower()}@example.nhs.uk"}


def test_all_six_are_there_and_one_of_them_is_deployed() -> None:
    assert len(PROGRAMMES) == 6
    assert [path.stem for path in shipped()] == ["llr-rmi-2026-c7"]
    assert all(programme.id == name for name, programme in PROGRAMMES.items())


def test_every_title_is_a_question_that_somebody_could_be_asked() -> None:
    titles = {question.title for programme in PROGRAMMES.values() for question in programme.questions}

    assert {title for title in titles if not title.endswith("?")} == set()


async def test_cohort_3_has_a_month_for_its_training_and_invites_nobody_to_it() -> None:
    story = await begun("llr-rm-2022-c3", datetime(2022, 4, 20, 9, tzinfo=UTC))
    front = await story.front()
    where = {"area": "llr", "sector": "health", "topics": ["race"]}

    await story.fill_in(person("Amara Okafor", role="mentor", **where, **managed_by("Priya Shah")))
    await story.fill_in(person("Tom Hughes", role="mentee", **where, **managed_by("Grace Bell")))
    for manager in ("priya", "grace"):
        await story.follow(story.of(f"{manager}@example.nhs.uk"), "decisions", {"decision": "approve"})
    own = await story.follow(story.of("amara@example.nhs.uk"), "me")
    assert await story.match(pairs=1, start=date(2022, 6, 1)) == [{"Amara Okafor", "Tom Hughes"}]
    await story.world.tick(datetime(2022, 9, 1, 9, tzinfo=UTC))

    assert "until 11:59pm on Saturday 30 April 2022" in front.words
    assert "It runs from June 2022. Pairs have meetings over 6 months." in front.words
    assert "In May 2022, date to be confirmed" in own.words
    assert story.world.calendar.events == {}
    asked = story.world.letters("priya@example.nhs.uk", "release")[0]
    assert "hours not said" in _TAGS.sub("", asked.html)
    assert "ask LLR Academy" in asked.html
    assert "Are you still meeting?" in story.of("amara@example.nhs.uk").subject
    assert "@" not in " ".join(re.findall(r"Questions\?.*?</p>", " ".join(m.html for m in story.letters())))


async def test_a_cohort_that_was_over_before_it_was_set_up_here_is_not_summed_up() -> None:
    story = await begun("llr-rm-2022-c3")

    assert (await story.front()).heading == "Applications have closed"
    assert story.world.mailbox.sent == []


async def test_who_is_interested_is_told_once_when_a_cohort_opens() -> None:
    cohort = PROGRAMMES["llr-rmi-2026-c7"].model_copy(update={"follows": ("llr-rm-general",)})
    story = await begun("llr-rm-general", datetime(2026, 1, 20, 9, tzinfo=UTC), also=cohort)
    front = await story.front()
    wrong = await story.open(interest.interest, {"full_name": "", "email": "ada"}, programme="llr-rm-general")
    form = {"full_name": "Ada Obi", "email": "ada@example.nhs.uk", "role": "mentor", "consent": "yes"}
    noted = await story.open(interest.interest, form, programme="llr-rm-general")
    ben = {**form, "full_name": "Ben Lee", "email": "ben@example.nhs.uk", "role": "unknown"}
    await story.open(interest.interest, ben, programme="llr-rm-general")
    await story.world.run()
    left = await story.follow(story.of("ben@example.nhs.uk"), "leave", {})
    again = await story.follow(story.of("ben@example.nhs.uk"), "leave", {})
    for month, day in ((1, 25), (2, 3), (2, 4)):
        story.world.clock.set(datetime(2026, month, day, 7, tzinfo=UTC))
        await story.world.app.tick.daily()
        await story.world.run()

    assert "/interest/llr-rm-general" in front.html
    assert len(wrong.errors) == 4
    assert noted.heading == "We have noted that"
    assert left.heading == again.heading == "You are not on the list"
    assert [m.subject.partition(":")[0] for m in story.world.letters("ada@example.nhs.uk")] == [
        "We tell you when applications open",
        "Applications are open",
    ]
    assert [m.subject.partition(":")[0] for m in story.world.letters("ben@example.nhs.uk")] == [
        "We tell you when applications open"
    ]
    assert story.world.row(TableName.INTEREST)["ToldOf"] == "llr-rmi-2026-c7"
    story.world.clock.set(datetime(2028, 1, 21, 7, tzinfo=UTC))
    await story.world.app.interest.forget_old()
    assert story.world.rows(TableName.INTEREST) == []


@pytest.mark.parametrize("programme", ["midlands-reverse-2021", "llr-rm-general"])
async def test_where_there_is_no_cohort_a_form_is_kept_and_nobody_is_written_to(programme: str) -> None:
    story = await begun(programme)
    await story.world.receive(ANY_FORM, programme=programme)

    assert story.world.row(TableName.SUBMISSIONS)["Status"] == "Parked"
    assert story.world.rows(TableName.APPLICATIONS) == []
    assert story.letters() == []


async def test_a_completed_programme_says_so_and_takes_nothing() -> None:
    story = await begun("midlands-reverse-2021")
    front = await story.front()
    pressed = await Visitor(story.world, story.programme).press("", {"shown": "x"})
    asked = {"full_name": "Ada Obi", "email": "ada@example.nhs.uk", "role": "mentor", "consent": "yes"}
    told = await story.open(interest.interest, asked, programme=story.programme)
    await story.world.run()

    assert {front.heading, pressed.heading, told.heading} == {"This cohort is completed"}
    assert "It was completed at the end of March." in front.words
    assert "/interest/" not in front.html
    assert story.world.rows(TableName.INTEREST) == []
    assert story.world.row(TableName.PROGRAMMES)["Status"] == "Completed"
    assert story.letters() == []


async def a_board(
    story: Story | None = None,
    sponsor: str = "Ada Obi",
    organisation: str = "Example Trust",
    people: Sequence[str] = ("Ben Lee", "Cleo Ray"),
    *,
    answered: bool = True,
) -> Story:
    """A board that was admitted, and those of its people who were released by their sponsor, or wait for it."""
    story = story or await begun("midlands-reciprocal-board")
    address = f"{sponsor.split(maxsplit=1)[0].lower()}@example.nhs.uk"
    await story.front()
    board = {"organisation-sponsor": organisation, "board_members-sponsor": "8"}
    sent = await story.fill_in(person(sponsor, **board))
    assert "where you can correct your details or withdraw" in sent.words  # a sponsor has no dates to change
    row = story.world.row(TableName.APPLICATIONS, FullName=sponsor)
    assert (row["Status"], row["Role"], row["BoardMembers"]) == ("Needs a decision", "sponsor", "8")
    assert "nobody has to release them" in await story.command("admit", str(row["RowKey"]))
    for name in people:
        page = await story.follow(story.of(address, "confirmed"), "join")
        story.world.clock.advance(timedelta(minutes=1))
        token = _LINK.search(story.of(address, "confirmed").html)
        assert token is not None
        form = {key: value for key, value in page.given().items() if key != "website"}
        request = await _begin(story, token.group(2), form)
        visitor = Visitor(story.world, story.programme)
        visitor.cookie = str(request.headers["Set-Cookie"]).partition(";")[0]
        first = await visitor.look(request.headers["Location"].rpartition("/")[2])
        story.seen += [first.words]
        shown = await visitor.fill_in(person(name), first=first)
        story.seen += [shown.words]
        await story.world.run()
        if answered:
            await story.follow(story.of(address, name), "decisions", {"decision": "approve"})
    return story


async def _begin(story: Story, token: str, form: dict[str, Any]) -> func.HttpResponse:
    request = func.HttpRequest(
        method="POST",
        url="https://mentoring.example.nhs.uk/",
        route_params={"token": token},
        body=urlencode(form, doseq=True).encode(),
        headers={},
    )
    with patch.object(bootstrap, "get_app", lambda: story.world.app):
        answer: func.HttpResponse = await boards.join.build().get_user_function()(request)
    assert answer.status_code == 303
    return answer


async def test_a_board_applies_by_its_sponsor_who_invites_and_releases_its_people() -> None:
    story = await a_board()
    rows = {str(row["FullName"]): row for row in story.world.rows(TableName.APPLICATIONS)}
    own = await story.follow(story.of("ben@example.nhs.uk"), "me")
    await a_board(story, "Dan Fox", "Other Trust", ("Eve Hill", "Finn Kay", "Gus Low"))
    matched = await story.match(pairs=2, start=date(2026, 3, 2))

    assert {"Ben Lee", "Cleo Ray"} in matched
    (other,) = [two for two in matched if "Ben Lee" not in two]
    (alone,) = {"Eve Hill", "Finn Kay", "Gus Low"} - other  # a board's people meet their own, and no sponsor is drawn
    assert "still looking for your partner" in story.of(f"{alone.split()[0].lower()}@example.nhs.uk").subject
    assert {(row["Status"], row["Organisation"]) for row in rows.values()} == {("Approved", "Example Trust")}
    assert {row["ManagerName"] for row in rows.values()} == {"", "Ada Obi"}
    assert "Learner" in own.words
    assert "Meet your partner" in story.of("cleo@example.nhs.uk").subject
    assert "line manager" not in story.words().casefold()
    assert _OTHER_ROLES.findall(story.words()) == []


async def test_nothing_that_is_read_of_a_board_speaks_of_line_managers_or_other_roles() -> None:
    story = await a_board(answered=False)
    world = story.world
    reads = [str(row["NextStep"]) for row in world.rows(TableName.APPLICATIONS)]
    for day in (12, 16, 18, 23, 27):
        world.clock.set(datetime(2026, 2, day, 9, tzinfo=UTC))
        await world.app.tick.daily()
        await world.tick()
        reads += [str(row["NextStep"]) for row in world.rows(TableName.APPLICATIONS)]
    ben = str(world.row(TableName.APPLICATIONS, FullName="Ben Lee")["RowKey"])
    reads += [await story.command("resend approval", ben)]
    reads += [(await story.follow(story.of("ben@example.nhs.uk"), "me", {"action": "download"})).html]
    await story.follow(story.of("ada@example.nhs.uk", "Ben Lee"), "decisions", {"decision": "not_my_report"})
    await story.follow(story.of("ada@example.nhs.uk", "Cleo Ray"), "decisions", {"decision": "decline"})
    reads += [str(row["NextStep"]) for row in world.rows(TableName.APPLICATIONS)]
    await world.app.workbooks.make(story.programme)
    reads += [world.reports.files[f"{story.programme}/cohort.html"].decode()]
    book = load_workbook(BytesIO(world.reports.files[f"{story.programme}/workbook.xlsx"]))
    reads += [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    reads += [f"{mail.subject} {mail.html}" for mail in world.mailbox.sent]

    everything = _TAGS.sub(" ", " ".join((*reads, story.words())))
    assert "Sponsors who have not answered" in everything
    assert "Waiting for Ada Obi to approve" in everything
    assert re.findall(r".{40}line manager.{40}", everything, re.IGNORECASE) == []
    assert re.findall(r".{40}\bmente(?:es?|rs?)\b.{40}", everything, re.IGNORECASE) == []


async def test_a_sponsors_link_opens_the_form_while_the_board_has_its_place_and_not_else() -> None:
    story = await a_board()
    letter = story.of("ada@example.nhs.uk", "confirmed")
    sponsor = story.world.row(TableName.APPLICATIONS, FullName="Ada Obi")
    opened = {}
    for status in Status:
        row: dict[str, Cell] = {"PartitionKey": story.programme, "RowKey": sponsor["RowKey"], "Status": status.value}
        await story.world.type_in(TableName.APPLICATIONS, row)
        opened[status] = (await story.follow(letter, "join")).status

    assert {status for status, answer in opened.items() if answer == 200} == {Status.APPROVED}
    assert set(opened.values()) == {200, 404}


async def test_a_board_is_not_taken_from_a_form_elsewhere() -> None:
    story = await begun("midlands-reciprocal-board")
    await story.world.receive(ANY_FORM, programme=story.programme)

    assert story.world.row(TableName.SUBMISSIONS)["Status"] == "Parked"
    assert "sponsor" in str(story.world.row(TableName.SUBMISSIONS)["Reason"])


async def test_a_programme_without_an_end_asks_whether_pairs_still_meet_and_never_for_the_last_time() -> None:
    story = await begun("foi-trust-reciprocal")
    front = await story.front()
    for name, manager in (("Ben Lee", "Priya Shah"), ("Cleo Ray", "Grace Bell")):
        await story.fill_in(person(name, topics=["race", "sex"], **managed_by(manager)))
        row = story.world.row(TableName.APPLICATIONS, FullName=name)
        assert row["Status"] == "Needs a decision"
        await story.command("admit", str(row["RowKey"]))
        asked = story.of(f"{manager.split()[0].lower()}@example.nhs.uk", name)
        await story.follow(asked, "decisions", {"decision": "approve"})
    own = await story.follow(story.of("ben@example.nhs.uk"), "me")
    assert await story.match(pairs=1, start=date(2026, 3, 2)) == [{"Ben Lee", "Cleo Ray"}]
    await story.world.tick(datetime(2026, 6, 2, 9, tzinfo=UTC))
    letter = story.of("ben@example.nhs.uk", "still meeting")
    page = await story.follow(letter, "checkins")
    thanked = await story.follow(letter, "checkins", {"met": "yes", "rating": "4"})
    for quarter in range(1, 20):
        year, month = 2026 + (8 + 3 * quarter) // 12, (8 + 3 * quarter) % 12 + 1
        for day in (6, 25):  # the morning after it is asked, and when no answer counts as silence
            at = datetime(year, month, day, 9, tzinfo=UTC)
            if at > story.world.clock.now():
                await story.world.tick(at)

    assert "It runs from January 2020. Pairs go on for as long as it helps them." in front.words
    assert "The programme does not say how many hours it takes." in front.words
    assert "hours not said" in _TAGS.sub("", story.world.letters("priya@example.nhs.uk", "release")[0].html)
    assert "Virtual Action Learning Sets" in own.words
    assert page.heading == "Are you still meeting?"
    assert "We have saved your answer" in thanked.words
    assert len(story.world.letters("cleo@example.nhs.uk", "Are you still meeting")) >= 15
    assert _OTHER_ROLES.findall(story.words()) == []


async def test_a_recurring_session_waits_for_its_date_and_another_stands_behind_it() -> None:
    story = await begun("foi-trust-reciprocal")
    await story.fill_in(person("Ben Lee", topics=["race"], **managed_by("Priya Shah")))
    reference = str(story.world.row(TableName.APPLICATIONS)["RowKey"])
    await story.command("admit", reference)
    manager = story.of("priya@example.nhs.uk")
    asks = await story.follow(manager, "decisions")
    await story.follow(manager, "decisions", {"decision": "approve"})
    approved = story.of("ben@example.nhs.uk", "confirmed")
    sets = "action-learning-sets"

    async def dated(number: int, day: date) -> list[str]:
        """Give a set its date, and look which rows there are."""
        times = {"StartsAt": datetime(day.year, day.month, day.day, 13, tzinfo=UTC), "Status": "confirmed"}
        times["EndsAt"] = times["StartsAt"] + timedelta(hours=1)  # type: ignore[operator]
        row = {"PartitionKey": story.programme, "RowKey": f"{sets}-{number}", **times}
        await story.world.type_in(TableName.SESSIONS, row)  # type: ignore[arg-type]
        for _ in range(3):
            story.world.clock.advance(timedelta(minutes=5))
            await story.world.tick()
        return sorted(str(r["RowKey"]) for r in story.world.rows(TableName.SESSIONS) if sets in str(r["RowKey"]))

    first = await dated(1, date(2026, 3, 5))
    second = await dated(2, date(2026, 4, 9))
    story.world.clock.set(datetime(2026, 3, 20, 9, tzinfo=UTC))
    await story.world.tick()
    later = await story.follow(story.of("ben@example.nhs.uk"), "me")

    assert "More than once, on dates to be confirmed" in asks.words
    assert "Virtual Action Learning Sets: learn from each other" in " ".join(_TAGS.sub("", approved.html).split())
    assert (first, second) == ([f"{sets}-1", f"{sets}-2"], [f"{sets}-1", f"{sets}-2", f"{sets}-3"])
    assert {event.content.starts_at.date() for event in story.world.calendar.events.values()} == {
        date(2026, 3, 5),
        date(2026, 4, 9),
    }
    assert "Thursday 9 April 2026, 2pm to 3pm" in later.words
    assert "5 March" not in later.words
    assert "They take place more than once: you get an invitation to each when its date is set." in later.words


@pytest.mark.parametrize("programme", sorted(PROGRAMMES))
def test_every_mail_speaks_of_the_roles_of_its_programme_and_no_others(
    programme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    its = PROGRAMMES[programme]
    monkeypatch.setattr(samples, "the_programme", lambda: its)
    renderer = JinjaRenderer()
    session = {Kind.CALENDAR, Kind.SESSION_CANCELLED, Kind.SESSION_TOMORROW}
    about_a_session = samples.ABOUT_A_PLACE | samples.TO_WHO_RELEASED | session
    kinds = set(Kind) - about_a_session - {Kind.DIGEST}  # whose lines are the story of another programme

    mails = {kind: " ".join(renderer.mail(kind.value, samples.sample(kind))) for kind in kinds}

    for kind, words in mails.items():
        assert its.name in words, kind
        assert not (its.model.of_equals and _OTHER_ROLES.search(_TAGS.sub(" ", words))), kind
        answers = its.contacts.form_support or "ask " in words or "reply" in words.casefold()
        assert answers or kind in samples.TO_ADMINISTRATORS, kind
        if its.model.released_by == "sponsor" and kind is not Kind.NEEDS_CORRECTION:  # which quotes a question
            assert "line manager" not in words.casefold(), kind
