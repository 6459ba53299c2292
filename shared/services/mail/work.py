"""Who does which of the mailbox's tasks."""

from datetime import timedelta

from shared.domain.jobs import Job, ReadInbox, ReadResponses, SendMail, SyncEvent, TidyDrafts
from shared.services.mail.calendar import CalendarSync
from shared.services.mail.delivery import Delivery
from shared.services.mail.inbox import InboxService
from shared.services.mail.session import MailboxSession


class MailboxWork:
    """Hands each task to the service that does it."""

    def __init__(self, *, delivery: Delivery, calendars: CalendarSync, replies: InboxService) -> None:
        self._delivery = delivery
        self._calendars = calendars
        self._replies = replies

    async def do(self, job: Job, mailbox_session: MailboxSession) -> timedelta | None:
        """Do what a job asks for. Returns how long to wait before looking again, None when it is done."""
        match job.task:
            case SendMail(message):
                return await self._delivery.further(job.programme, message, mailbox_session)
            case SyncEvent(session):
                return await self._calendars.bring_up_to_date(job.programme, session, mailbox_session)
            case ReadResponses(session):
                await self._calendars.read_responses(job.programme, session, mailbox_session)
            case ReadInbox():
                await self._replies.read(mailbox_session)
            case TidyDrafts():
                await self._delivery.tidy(mailbox_session)
            case _:
                pass  # the tick's: no mailbox's queue has such a row
        return None

    async def set_aside(self, job: Job, why: str) -> bool:
        """Park the message that a job is about, since the program fails on it. False if it is about none."""
        if not isinstance(job.task, SendMail):
            return False
        return await self._delivery.set_aside(job.programme, job.task.message, why)
