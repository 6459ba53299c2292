"""A mailbox, its calendar and its inbox in memory; ``tests/contract`` holds them to what Graph does."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from shared.domain.calendar_event import Attendee, EventContent
from shared.domain.replies import Inbound
from shared.errors import AlreadyGone
from shared.ports import LeftDraft, Letter, News, Written


@dataclass
class MailboxItem:
    """A mail at the fake mail service."""

    letter: Letter
    is_draft: bool = True
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class FakeMailbox:
    """``Mailbox`` that keeps every mail. ``failing`` is raised by the named call until it is cleared."""

    def __init__(self) -> None:
        self.items: dict[str, MailboxItem] = {}
        self.failing: dict[str, Exception] = {}
        self._ids = itertools.count(1)

    @property
    def sent(self) -> list[Letter]:
        return [item.letter for item in self.items.values() if not item.is_draft]

    def sent_to(self, address: str) -> list[Letter]:
        return [letter for letter in self.sent if address in letter.to]

    async def find(self, key: str) -> Written | None:
        self._fail("find")
        found = [(i.is_draft, id_) for id_, i in self.items.items() if i.letter.key.lower() == key.lower()]
        if not found:
            return None
        first, *others = sorted(found, key=lambda one: one[0])
        return Written(first[1], first[0], tuple(id_ for is_draft, id_ in others if is_draft))

    async def draft(self, letter: Letter) -> Written:
        self._fail("draft")
        graph_id = f"message-{next(self._ids)}"
        self.items[graph_id] = MailboxItem(letter)
        return Written(graph_id, is_draft=True)

    async def send(self, graph_id: str) -> float:
        self._fail("send")
        if graph_id not in self.items or not self.items[graph_id].is_draft:
            raise AlreadyGone("Graph answered 404 ErrorItemNotFound")
        self.items[graph_id].is_draft = False
        return 0.0

    async def drafts(self) -> Sequence[LeftDraft]:
        self._fail("drafts")
        return [
            LeftDraft(id_, item.letter.about, item.made_at)
            for id_, item in self.items.items()
            if item.is_draft and item.letter.about
        ]

    async def discard(self, graph_id: str) -> None:
        self._fail("discard")
        self.items.pop(graph_id, None)

    def _fail(self, call: str) -> None:
        if call in self.failing:
            raise self.failing[call]


@dataclass
class FakeEvent:
    """An event at the fake calendar. ``told`` lists who heard what."""

    key: str
    content: EventContent
    attendees: dict[str, Attendee]
    cancelled: bool = False
    answers: dict[str, str] = field(default_factory=dict)


class FakeCalendar:
    """``Calendar`` that keeps events and notes who is told of what, as Exchange tells them."""

    def __init__(self) -> None:
        self.events: dict[str, FakeEvent] = {}
        self.told: list[tuple[str, str, str]] = []
        self.licensed = True
        self._ids = itertools.count(1)

    async def find(self, key: str) -> str | None:
        return next((id_ for id_, event in self.events.items() if event.key == key and not event.cancelled), None)

    async def create(self, key: str, content: EventContent, attendees: Sequence[Attendee]) -> str:
        found = await self.find(key)
        if found is not None:
            return found
        event = f"event-{next(self._ids)}"
        self.events[event] = FakeEvent(key, content, {a.email: a for a in attendees})
        self.told += [(event, a.email, "invited") for a in attendees]
        return event

    async def set_attendees(self, event: str, attendees: Sequence[Attendee], *, ours: Callable[[str], bool]) -> None:
        item = self._event(event)
        wanted = {a.email.casefold(): a for a in attendees}
        held = {a.email.casefold(): a for a in item.attendees.values()}
        stay = {person: a for person, a in held.items() if person not in wanted and not ours(person)}
        wanted |= stay
        self.told += [(event, a.email, "invited") for person, a in wanted.items() if person not in held]
        self.told += [(event, a.email, "removed") for person, a in held.items() if person not in wanted]
        item.attendees = {a.email: a for a in (*attendees, *stay.values())}
        item.answers = {email: answer for email, answer in item.answers.items() if email.casefold() in wanted}

    async def set_content(self, event: str, content: EventContent) -> None:
        item = self._event(event)
        if (content.starts_at, content.ends_at) != (item.content.starts_at, item.content.ends_at):
            item.answers = {}
        item.content = content
        self.told += [(event, email, "updated") for email in item.attendees]

    async def says(self, event: str, content: EventContent) -> bool:
        held = self._event(event).content
        return replace(held, html=content.html, zone=content.zone) == content

    async def has_link(self, event: str) -> bool:
        """See ``ports.Calendar``. ``licensed``: whether the mailbox may hold meetings on Teams."""
        return self._event(event).content.online and self.licensed

    async def cancel(self, event: str, comment: str) -> None:
        item = self.events.get(event)
        if item is None or item.cancelled:
            return
        item.cancelled = True
        self.told += [(event, email, "cancelled") for email in item.attendees]

    async def responses(self, event: str) -> Mapping[str, str]:
        item = self._event(event)
        answers = {email.casefold(): answer for email, answer in item.answers.items()}
        return {email.casefold(): answers.get(email.casefold(), "none") for email in item.attendees}

    def _event(self, event: str) -> FakeEvent:
        item = self.events.get(event)
        if item is None or item.cancelled:
            raise AlreadyGone("Graph answered 404 ErrorItemNotFound")
        return item


@dataclass
class InboxItem:
    """A mail in the fake inbox."""

    inbound: Inbound
    text: str


class FakeInbox:
    """``Inbox`` over a list. ``epoch`` changes when the service loses its place."""

    def __init__(self, mailbox: FakeMailbox) -> None:
        self.mails: list[InboxItem] = []
        self.page = 2
        self.epoch = 1
        self._mailbox = mailbox

    def receive(self, inbound: Inbound, text: str = "") -> None:
        self.mails.append(InboxItem(inbound, text))

    async def news(self, link: str, since: datetime) -> News:
        epoch, _, place = link.partition(":")
        if link and epoch != str(self.epoch):
            raise AlreadyGone("Graph answered 410 SyncStateNotFound")
        start = int(place or 0)
        page = self.mails[start : start + self.page]
        end = start + len(page)
        new = tuple(item.inbound.id for item in page if link or item.inbound.received_at >= since)
        return News(new, f"{self.epoch}:{end}", more=end < len(self.mails))

    async def read(self, mail: str) -> Inbound:
        return self._find(mail).inbound

    async def about(self, message_id: str = "", *, conversation: str = "") -> str:
        sent = reversed(self._mailbox.sent)
        if message_id:
            return next((letter.about for letter in sent if message_id.startswith(f"<{letter.key}@")), "")
        return next((letter.about for letter in sent if letter.key == conversation), "")

    async def words(self, mail: str) -> str:
        return self._find(mail).text

    def _find(self, mail: str) -> InboxItem:
        found = next((item for item in self.mails if item.inbound.id == mail), None)
        if found is None:
            raise AlreadyGone("Graph answered 404 ErrorItemNotFound")
        return found
