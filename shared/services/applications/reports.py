"""The others of whom a line manager was asked: people with several reports are reminded of all of them at once."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.application import Application, Status
from shared.domain.outbox import TOLD, UNDER_WAY, Message
from shared.domain.owed import Kind
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals
from shared.stores.messages import Messages


@dataclass(frozen=True, slots=True)
class OtherReports:
    """What became of the others of whom the same manager was asked.

    ``waiting`` are those who wait for an answer and of whom the manager has heard, ``reminded`` is when reminders of
    any of them left. ``in_hand``: one of them is being written, and goes before this one.
    """

    waiting: tuple[Application, ...] = ()
    reminded: tuple[datetime, ...] = ()
    in_hand: bool = False


class Reports:
    """Looks them up."""

    def __init__(self, *, approvals: Approvals, applications: Applications, messages: Messages) -> None:
        self._approvals = approvals
        self._applications = applications
        self._messages = messages

    async def beside(self, application: Application, message: Message) -> OtherReports:
        """The others of the manager whom a reminder is for. Cost grows with the programme."""
        waiting, reminded, in_hand = [], [], False
        async for asked in self._approvals.asked_of(application.programme, application.manager.email):
            if asked.reference == application.reference:
                continue
            reminded += [asked.reminded_at] if asked.reminded_at else []
            other = await self._waiting(application.programme, asked.reference, asked.number) if asked.waits else None
            if other is None:
                continue
            sent = await self._messages.of(other.programme, other.reference)
            theirs = [m for m in sent.values() if m.detail == str(asked.number)]
            if any(m.kind is Kind.APPROVAL_REQUEST and m.status in TOLD for m in theirs):
                waiting.append(other)
            for m in theirs:
                if m.kind is Kind.APPROVAL_REMINDER and m.status in TOLD and m.sent_at is not None:
                    # Noted in Approvals only after it has left.
                    reminded.append(m.sent_at)
                elif m.kind is Kind.APPROVAL_REMINDER and m.status in UNDER_WAY:
                    in_hand = in_hand or (m.due, m.id) < (message.due, message.id)
        return OtherReports(tuple(waiting), tuple(reminded), in_hand)

    async def _waiting(self, programme: str, reference: str, number: int) -> Application | None:
        """The application, if it waits for the answer to this request: the row of a request only tells of it."""
        stored = await self._applications.get(programme, reference)
        other = stored.value if stored else None
        request = other.request if other else None
        if other is None or request is None or other.status is not Status.AWAITING_MANAGER:
            return None
        waits = request.number == number and request.answer is None and not other.manager_unreachable
        return other if waits and not other.replaced_by else None
