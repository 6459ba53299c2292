"""What comes back: replies to our mails, and mails that could not be delivered.

The inbox is read by the worker who holds its mailbox, page by page; where reading goes on is stored after each page.
A page that is read again changes nothing, because each mail leaves its mark on the application it is about. No word
of a mail is ever stored.
"""

import logging
from collections.abc import Callable
from functools import partial

from shared.domain.application import Application
from shared.domain.cohort_model import Seat
from shared.domain.outbox import Message
from shared.domain.owed import About, Kind, To
from shared.domain.replies import (
    Inbound,
    Nature,
    Reading,
    Reply,
    ancestors,
    applicant_not_reached,
    asks_for_reading,
    manager_not_reached,
    nature,
    reading,
    replied,
    says_left,
    somebody_left,
)
from shared.errors import AlreadyGone, ServiceError, explained
from shared.log import step
from shared.ports import Inbox
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Programmes
from shared.services.mail.calendar import CalendarSync
from shared.services.mail.session import MailboxSession
from shared.services.pairs.rows import PairReader
from shared.stores.applications import Applications
from shared.stores.messages import Messages

logger = logging.getLogger(__name__)

_MOST_PAGES = 20
_ABOUT_PARTS = 3
# What is looked up: an answer to one of our mails, by whoever or whatever wrote it.
_ANSWERS = frozenset({Nature.REPLY, Nature.BOUNCE, Nature.AUTOMATIC})


class InboxService:
    """Reads a mailbox's inbox and puts what it finds beside the applications."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        messages: Messages,
        pairs: PairReader,
        writer: ApplicationWriter,
        calendars: CalendarSync,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._messages = messages
        self._pairs = pairs
        self._writer = writer
        self._calendars = calendars

    async def read(self, mailbox_session: MailboxSession) -> None:
        """Read what is new in the mailbox of the session. Raises what Graph fails with; reading goes on from there."""
        for _ in range(_MOST_PAGES):
            if not mailbox_session.may_go_on:
                return
            try:
                news = await mailbox_session.news()
            except AlreadyGone as exc:
                if not mailbox_session.inbox_link:
                    raise
                logger.warning("the inbox is read again from some days ago: %s", exc.reason)
                await mailbox_session.read_until("")
                continue
            natures = [await self._take(mailbox_session.inbox, mail) for mail in news.mails]
            if Nature.MEETING_RESPONSE in natures:
                # Who answered what stands in the events; the mail itself is for people.
                await self._calendars.look_at_responses(mailbox_session.queue)
            if news.link != mailbox_session.inbox_link:
                await mailbox_session.read_until(news.link)
            if not news.more:
                return

    async def _take(self, inbox: Inbox, mail: str) -> Nature | None:
        """Take in one mail. One that the program fails on is left to people: it must not keep the others waiting."""
        try:
            inbound = await inbox.read(mail)
            found = nature(inbound)
            about = await what_it_answers(inbox, inbound) if found in _ANSWERS else ""
            if about:
                await self._answers(inbox, inbound, about)
        except AlreadyGone:
            return None  # somebody has moved or deleted it meanwhile
        except ServiceError:
            raise
        except Exception as exc:  # noqa: BLE001 -- whatever people send
            logger.error("a mail in the inbox is left to people: %s", explained(exc))  # noqa: TRY400
            return None
        return found

    async def _answers(self, inbox: Inbox, inbound: Inbound, about: str) -> None:
        parts = about.split(" ")
        if len(parts) != _ABOUT_PARTS:
            return
        programme, message_id, _ = parts
        current = await self._programmes.current(programme)
        stored = await self._messages.get(programme, message_id)
        if current is None or stored is None:
            return
        message = stored.value
        reference = await self._reference(message)
        found = await self._applications.get(programme, reference) if reference else None
        if found is None:
            return
        match nature(inbound):
            case Nature.BOUNCE:
                change, what = _not_reached(message, inbound), "a mail came back"
            case Nature.AUTOMATIC:
                if not says_left(await inbox.words(inbound.id)):
                    return  # away, or a receipt: that is nothing
                by_manager = message.to is To.MANAGER
                change = partial(somebody_left, mark=inbound.mark, manager=by_manager)
                what = "an automatic reply came"
            case _:
                change, what = await self._reply(inbox, inbound, message, found.value), "a reply came"
        await self._writer.change(current, reference, change, who="the inbox", what=what)
        step(logger, what, reference=reference, message=message.id, programme=programme)

    async def _reference(self, message: Message) -> str:
        """The application that a mail was about, '' if it was about none."""
        match message.about:
            case About.APPLICATION:
                return message.subject
            case About.PAIR:
                pair = await self._pairs.pair(message.programme, message.subject)
                return pair.reference_of(Seat(message.detail.rpartition(".")[2])) if pair else ""
            case _:
                return ""

    async def _reply(
        self, inbox: Inbox, inbound: Inbound, message: Message, application: Application
    ) -> Callable[[Application], Application]:
        number = int(message.detail) if message.to is To.MANAGER else 0
        reads = Reading.UNCLEAR
        if asks_for_reading(application, number, inbound.sender):
            text = await inbox.words(inbound.id)
            reads = reading(text, manager=application.manager.name, applicant=application.person.full_name)
        reply = Reply(inbound.mark, inbound.received_at, inbound.sender, number, reads)
        return lambda newest: replied(newest, reply)


async def what_it_answers(inbox: Inbox, inbound: Inbound) -> str:
    """What our mail that it answers said it was about (see ``Letter``), '' if it answers none of ours."""
    for message_id in ancestors(inbound):
        about = await inbox.about(message_id)
        if about:
            return about
    return await inbox.about(conversation=inbound.conversation) if inbound.conversation else ""


def _not_reached(message: Message, inbound: Inbound) -> Callable[[Application], Application]:
    if message.to is To.APPLICANT:
        return lambda newest: applicant_not_reached(newest, inbound.mark)
    asked = message.kind in {Kind.APPROVAL_REQUEST, Kind.APPROVAL_REMINDER}
    number = int(message.detail) if asked else 0
    return lambda newest: manager_not_reached(newest, inbound.mark, number, inbound.received_at)
