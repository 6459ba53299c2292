"""What ``Calendar`` promises: the stand-in of the unit tests, and the Graph adapter with what reaches people."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Protocol
from uuid import uuid4

import pytest

from local.memory.exchange import FakeCalendar
from shared.adapters.graph import GraphCalendar, GraphConnection
from shared.domain.calendar_event import Attendee, EventContent
from shared.errors import AlreadyGone
from shared.ports import Calendar
from tests.contract.waiting import until
from tests.graph.stand_in import MAILBOX, Inbox, StandIn

# The SDK's own code calls what the SDK has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")

CONTENT = EventContent(
    subject="Mentor training",
    html="<p>Bring <b>nothing</b></p>",
    place="Room 1",
    starts_at=datetime(2026, 3, 26, 9, 30, tzinfo=UTC),
    ends_at=datetime(2026, 3, 26, 12, 30, tzinfo=UTC),
    zone="Europe/London",
)
AMARA = Attendee("Amara Okafor", "amara.okafor@example.nhs.uk")
TOM = Attendee("Tom O'Hughes", "tom.hughes@example.nhs.uk")
ZOE = Attendee("", "Zoe.Bell@example.nhs.uk")

type News = tuple[str, str]


def everybody(_: str) -> bool:
    """Everybody on the event is ours."""
    return True


class Stage(Protocol):
    """A calendar, the people invited, and what they have heard since they were last asked."""

    calendar: Calendar

    async def heard(self, expected: Sequence[News]) -> list[News]: ...

    async def answers(self, event: str, attendee: Attendee, response: str) -> None: ...


class FakeStage:
    _WORDS = {"invited": "REQUEST", "updated": "REQUEST", "removed": "CANCEL", "cancelled": "CANCEL"}  # noqa: RUF012

    def __init__(self) -> None:
        self.fake = FakeCalendar()
        self.calendar: Calendar = self.fake

    async def heard(self, expected: Sequence[News]) -> list[News]:
        del expected
        told, self.fake.told = self.fake.told, []
        return sorted((email.lower(), self._WORDS[word]) for _, email, word in told)

    async def answers(self, event: str, attendee: Attendee, response: str) -> None:
        self.fake.events[event].answers[attendee.email] = response


class GraphStage:
    def __init__(self, graph: StandIn, inbox: Inbox, connection: GraphConnection) -> None:
        self._graph = graph
        self._inbox = inbox
        self.calendar: Calendar = GraphCalendar(connection, MAILBOX)

    async def heard(self, expected: Sequence[News]) -> list[News]:
        async def quiet() -> bool:
            return not any(self._graph.control("GET", "state")["waiting"].values())

        await until(quiet)
        if expected:
            self._inbox.wait_for(len(expected))
        mails = self._inbox.mails()
        self._inbox.clear()
        return sorted(_news(mail) for mail in mails)

    async def answers(self, event: str, attendee: Attendee, response: str) -> None:
        given = {"mailbox": MAILBOX, "event": event, "attendee": attendee.email, "response": response}
        self._graph.control("POST", "responses", given)


def _news(mail: EmailMessage) -> News:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    method = re.search(r"^METHOD:(\w+)", str(part.get_content()), re.MULTILINE)
    assert method is not None
    return mail["To"].addresses[0].addr_spec.lower(), method.group(1)


@pytest.fixture(params=["fake", "graph"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "fake":
        return FakeStage()
    return GraphStage(*(request.getfixturevalue(name) for name in ("graph", "inbox", "connection")))


async def hear(stage: Stage, method: str, *attendees: Attendee) -> None:
    """Exactly these people hear exactly this."""
    expected = sorted((attendee.email.lower(), method) for attendee in attendees)
    assert await stage.heard(expected) == expected


async def test_an_event_is_made_and_found_and_everybody_is_invited(stage: Stage) -> None:
    key = str(uuid4())
    assert await stage.calendar.find(key) is None

    event = await stage.calendar.create(key, CONTENT, [AMARA, TOM])

    assert await stage.calendar.find(key) == event
    assert await stage.calendar.find(str(uuid4())) is None
    await hear(stage, "REQUEST", AMARA, TOM)


async def test_one_key_makes_one_event(stage: Stage) -> None:
    key = str(uuid4())
    event = await stage.calendar.create(key, CONTENT, [AMARA])

    assert await stage.calendar.create(key, CONTENT, [AMARA]) == event
    assert await stage.calendar.create(key, replace(CONTENT, subject="Another word"), [AMARA, TOM]) == event
    assert await stage.calendar.create(str(uuid4()), CONTENT, []) != event

    await hear(stage, "REQUEST", AMARA)


async def test_only_those_added_or_removed_hear_of_it(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA])
    await hear(stage, "REQUEST", AMARA)

    await stage.calendar.set_attendees(event, [AMARA, TOM], ours=everybody)
    await hear(stage, "REQUEST", TOM)
    await stage.calendar.set_attendees(event, [TOM], ours=everybody)
    await hear(stage, "CANCEL", AMARA)
    await stage.calendar.set_attendees(event, [TOM], ours=everybody)
    await hear(stage, "REQUEST")
    await stage.calendar.set_attendees(event, [], ours=everybody)
    await hear(stage, "CANCEL", TOM)


async def test_whom_somebody_else_put_on_an_event_stays_and_hears_nothing(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA])
    await stage.calendar.set_attendees(event, [AMARA, ZOE], ours=everybody)
    await hear(stage, "REQUEST", AMARA, ZOE)

    await stage.calendar.set_attendees(event, [TOM], ours=lambda address: address == AMARA.email)

    expected = [(AMARA.email, "CANCEL"), (TOM.email, "REQUEST")]
    assert await stage.heard(expected) == expected
    assert set(await stage.calendar.responses(event)) == {TOM.email, ZOE.email.lower()}


async def test_an_address_in_other_letters_is_the_same_person(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [ZOE])
    await hear(stage, "REQUEST", ZOE)

    await stage.calendar.set_attendees(event, [Attendee("Zoë Bell", ZOE.email.lower())], ours=everybody)

    await hear(stage, "REQUEST")


async def test_everybody_hears_of_another_content(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA, TOM])
    await hear(stage, "REQUEST", AMARA, TOM)

    await stage.calendar.set_content(event, replace(CONTENT, place="Room 2"))

    await hear(stage, "REQUEST", AMARA, TOM)
    assert set(await stage.calendar.responses(event)) == {AMARA.email, TOM.email}


async def test_an_event_tells_whether_it_says_something_already(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA])
    other_day = replace(
        CONTENT, starts_at=CONTENT.starts_at + timedelta(days=1), ends_at=CONTENT.ends_at + timedelta(days=1)
    )

    assert await stage.calendar.says(event, CONTENT)
    assert await stage.calendar.says(event, replace(CONTENT, html="<p>Said in other words.</p>"))
    for other in (other_day, replace(CONTENT, place="Room 2"), replace(CONTENT, subject="Something else")):
        assert not await stage.calendar.says(event, other)
    await stage.calendar.set_content(event, other_day)
    assert await stage.calendar.says(event, other_day)


async def test_a_cancelled_event_is_cancelled_for_everybody_once(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA, TOM])
    await hear(stage, "REQUEST", AMARA, TOM)

    await stage.calendar.cancel(event, "Not enough people.")
    await stage.calendar.cancel(event, "Not enough people.")
    await stage.calendar.cancel("AAkALgAAAAAAHYQDEapmNoSuchEvent", "")

    await hear(stage, "CANCEL", AMARA, TOM)


async def test_a_cancelled_event_is_gone(stage: Stage) -> None:
    key = str(uuid4())
    event = await stage.calendar.create(key, CONTENT, [AMARA])
    await stage.calendar.cancel(event, "")

    assert await stage.calendar.find(key) is None
    with pytest.raises(AlreadyGone):
        await stage.calendar.set_attendees(event, [TOM], ours=everybody)
    with pytest.raises(AlreadyGone):
        await stage.calendar.set_content(event, CONTENT)
    with pytest.raises(AlreadyGone):
        await stage.calendar.responses(event)


async def test_an_event_may_be_made_again_after_it_was_cancelled(stage: Stage) -> None:
    key = str(uuid4())
    event = await stage.calendar.create(key, CONTENT, [AMARA])
    await stage.calendar.cancel(event, "")

    again = await stage.calendar.create(key, CONTENT, [AMARA])

    assert again != event
    assert await stage.calendar.find(key) == again


async def test_answers_are_read_by_address_in_lower_case(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA, TOM, ZOE])
    assert dict(await stage.calendar.responses(event)) == {person.email.lower(): "none" for person in (AMARA, TOM, ZOE)}

    await stage.answers(event, AMARA, "accepted")
    await stage.answers(event, ZOE, "tentativelyAccepted")

    assert dict(await stage.calendar.responses(event)) == {
        AMARA.email: "accepted",
        TOM.email: "none",
        ZOE.email.lower(): "tentativelyAccepted",
    }


async def test_answers_stay_when_others_come_and_go(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA, TOM])
    await stage.answers(event, AMARA, "accepted")
    await stage.answers(event, TOM, "declined")

    await stage.calendar.set_attendees(event, [AMARA, ZOE], ours=everybody)
    await stage.calendar.set_attendees(event, [AMARA, TOM], ours=everybody)

    assert dict(await stage.calendar.responses(event)) == {AMARA.email: "accepted", TOM.email: "none"}


async def test_another_time_asks_everybody_again(stage: Stage) -> None:
    event = await stage.calendar.create(str(uuid4()), CONTENT, [AMARA])
    await stage.answers(event, AMARA, "accepted")

    later = replace(
        CONTENT, starts_at=CONTENT.starts_at + timedelta(days=1), ends_at=CONTENT.ends_at + timedelta(days=1)
    )
    await stage.calendar.set_content(event, later)

    assert dict(await stage.calendar.responses(event)) == {AMARA.email: "none"}


async def test_a_meeting_on_teams_keeps_its_link_through_every_change(
    graph: StandIn, connection: GraphConnection
) -> None:
    def link() -> object:
        (held,) = graph.held()["events"]
        assert held["isOnlineMeeting"] is True
        assert held["onlineMeeting"]["joinUrl"] in held["body"]["content"]
        return held["onlineMeeting"]["joinUrl"]

    calendar = GraphCalendar(connection, MAILBOX)
    online = replace(CONTENT, place="Microsoft Teams", online=True)
    event = await calendar.create(str(uuid4()), online, [AMARA])
    first = link()

    await calendar.set_attendees(event, [AMARA, TOM], ours=everybody)
    later = replace(
        online, starts_at=CONTENT.starts_at + timedelta(days=1), ends_at=CONTENT.ends_at + timedelta(days=1)
    )
    await calendar.set_content(event, later)

    assert link() == first
    assert await calendar.says(event, later)


async def test_a_sentence_that_is_not_true_any_more_goes_from_a_meeting_on_teams(
    graph: StandIn, connection: GraphConnection
) -> None:
    calendar = GraphCalendar(connection, MAILBOX)
    sentence = "This date may still change."
    first = replace(CONTENT, html=f"<p>Hello</p><p>{sentence}</p>", place="Microsoft Teams", online=True, private=True)
    certain = replace(first, no_longer=(sentence,))
    event = await calendar.create(str(uuid4()), first, [AMARA])
    assert await calendar.says(event, first)
    assert not await calendar.says(event, certain)

    await calendar.set_content(event, certain)

    (held,) = graph.held()["events"]
    assert sentence not in held["body"]["content"]
    assert held["onlineMeeting"]["joinUrl"] in held["body"]["content"]
    assert held["sensitivity"] == "private"
    assert await calendar.says(event, certain)


async def test_a_meeting_that_moves_to_teams_gets_a_link(graph: StandIn, connection: GraphConnection) -> None:
    calendar = GraphCalendar(connection, MAILBOX)
    event = await calendar.create(str(uuid4()), CONTENT, [AMARA])

    await calendar.set_content(event, replace(CONTENT, place="Microsoft Teams", online=True))

    (held,) = graph.held()["events"]
    assert held["onlineMeeting"]["joinUrl"] in held["body"]["content"]


async def test_a_mailbox_without_a_licence_for_teams_has_no_link(graph: StandIn, connection: GraphConnection) -> None:
    calendar, online = GraphCalendar(connection, MAILBOX), replace(CONTENT, place="Microsoft Teams", online=True)
    linked = await calendar.create(str(uuid4()), online, [AMARA])
    graph.control("POST", "switches", {"teams_licence": False})
    unlinked = await calendar.create(str(uuid4()), online, [AMARA])
    graph.control("POST", "switches", {"teams_licence": True})

    assert (await calendar.has_link(linked), await calendar.has_link(unlinked)) == (True, False)


async def test_the_event_says_what_it_should(graph: StandIn, inbox: Inbox, connection: GraphConnection) -> None:
    summer = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    content = replace(CONTENT, starts_at=summer, ends_at=summer + timedelta(hours=3))
    event = await GraphCalendar(connection, MAILBOX).create(str(uuid4()), content, [AMARA])

    held = next(one for one in graph.held()["events"] if event in {one["id"], one["immutableId"]})

    assert held["subject"] == content.subject
    assert held["location"]["displayName"] == "Room 1"
    assert "<b>nothing</b>" in held["body"]["content"]
    assert (held["start"]["dateTime"][:16], held["start"]["timeZone"]) == ("2026-07-01T09:30", "Europe/London")
    assert (held["hideAttendees"], held["allowNewTimeProposals"], held["responseRequested"]) == (True, False, True)
    (mail,) = inbox.wait_for(1)
    assert TOM.email not in mail.as_string()


@pytest.mark.parametrize("status", [409, 400])
async def test_an_event_that_an_earlier_try_left_behind_is_taken(
    graph: StandIn, connection: GraphConnection, status: int
) -> None:
    calendar, key = GraphCalendar(connection, MAILBOX), str(uuid4())
    graph.control("POST", "switches", {"duplicate_transaction_status": status})
    event = await calendar.create(key, CONTENT, [AMARA])

    assert await calendar.create(key, replace(CONTENT, place="Room 9"), [TOM]) == event


async def test_several_calls_at_once_stay_within_four(graph: StandIn, connection: GraphConnection) -> None:
    """Outlook refuses a fifth request to one mailbox; the connection never has more under way."""
    calendar = GraphCalendar(connection, MAILBOX)
    graph.control("POST", "switches", {"latency": 0.05})

    found = await asyncio.gather(*(calendar.find(str(uuid4())) for _ in range(12)))

    assert found == [None] * 12
    assert {one["status"] for one in graph.control("GET", "log")["requests"]} == {200}
