"""``Alarms`` rows: queue and due second first, so that a tick reads only what is due, in due order."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from shared.domain.jobs import (
    TICK,
    DeleteExpired,
    Export,
    Job,
    LookAtPair,
    LookAtPairsOf,
    MixEquality,
    OfferPlaces,
    ReadInbox,
    ReadResponses,
    Reconcile,
    RedactExports,
    ResumeRestored,
    SendMail,
    SyncEvent,
    Task,
    TidyDrafts,
)
from shared.domain.owed import About
from shared.errors import UnreadableRow
from shared.ports import Found, Row, Stored, Table
from shared.stores.cells import BadCell, instant_of, reading, text, word
from shared.stores.names import TableName

logger = logging.getLogger(__name__)

# Rows into which somebody typed are passed over, and there are never many.
_SOME = 10

_MAIL = "mail"
_RESPONSES = "responses"
_OF = "of"
_EXPORT = "export"
_RESUME = "resume"
_PLACE = 2  # programme and reference
# What there is once, for a mailbox or for the whole account.
_MAILBOX: dict[str, Task] = {"inbox": ReadInbox(), "left drafts": TidyDrafts()}
_UPKEEP: dict[str, Task] = {"mix": MixEquality(), "clean": RedactExports(), "delete": DeleteExpired()}


class Jobs:
    """``Alarms``: everything that has a time. The key is queue, due second, subject and hand: set twice is once."""

    TABLE = TableName.ALARMS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, job: Job) -> Stored[Job]:
        """Set; setting one that is there makes it new, so that an older holder's removal leaves it alone."""
        return Stored(job, await self._table.put(_row(job)))

    async def put_own(self, job: Job) -> Stored[Job]:
        """Set one that no other hand sets too: whoever takes a job back takes only what is their own."""
        # Two handlers of one application in one second would else share a row, and the faster would take it from both.
        return await self.put(replace(job, hand=uuid4().hex[:16]))

    async def due(self, queue: str, now: datetime, limit: int) -> Sequence[Stored[Job]]:
        """Those due in a queue, in due order."""
        # A key begins with its second; '~' sorts after everything a key of that same second holds.
        rows = self._table.query(queue, before_key=f"{_second(now)}~", limit=limit)
        return [job async for found in rows if (job := _readable(found))]

    async def remove(self, job: Stored[Job]) -> None:
        """Remove, unless it was set again since. For what was read before its work was done, and for one's own."""
        await self._table.delete(job.value.queue, _key(job.value), job.etag)

    async def next_due(self, queue: str) -> datetime | None:
        """When the first job of the queue is due, or None."""
        async for found in self._table.query(queue, limit=_SOME):
            if job := _readable(found):
                return job.value.due
        return None


def _second(instant: datetime) -> str:
    # Whole seconds: Azurite and Azure compare times at different grain, text compares the same everywhere.
    # Each call for jobs makes one, and strftime takes many times as long.
    return f"{instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def _key(job: Job) -> str:
    # A look that is only about time never takes the place of one at unfinished work, which sees more.
    _, subject = _cells(job.task)
    parts = (_second(job.due), job.programme, subject, "timed" if job.timed else "", job.hand)
    return " ".join((*parts[:3], *filter(None, parts[3:])))


def _row(job: Job) -> Row:
    about, subject = _cells(job.task)
    return {
        "PartitionKey": job.queue,
        "RowKey": _key(job),
        "DueAt": job.due.replace(microsecond=0),
        "About": about.value,
        "Programme": job.programme,
        "Subject": subject,
        # A version that does not know the column looks at everything.
        "Timed": job.timed or None,
        "Hand": job.hand or None,
    }


def _readable(found: Found) -> Stored[Job] | None:
    """None if somebody typed into it: the others must not wait for that."""
    try:
        return Stored(job_of(found.row), found.etag)
    except UnreadableRow as exc:
        logger.error("%s", exc.reason)  # noqa: TRY400 -- a traceback would tell nothing more
        return None


def job_of(row: Row) -> Job:
    """The job of a row. Raises UnreadableRow."""
    with reading(TableName.ALARMS, row):
        job = Job(
            queue=text(row, "PartitionKey"),
            due=instant_of(row, "DueAt"),
            task=_task(text(row, "PartitionKey"), word(row, "About", About), text(row, "Subject")),
            programme=text(row, "Programme"),
            timed=row.get("Timed") is True,
            hand=text(row, "Hand"),
        )
        if _key(job) != text(row, "RowKey"):
            # Taken up under another key it could not be removed, and would be taken up for ever.
            raise BadCell("")
        return job


def _cells(task: Task) -> tuple[About, str]:
    """``About`` and ``Subject`` of a task. Versions that run side by side read each other's rows."""
    match task:
        case SendMail(message, about):
            return about, f"{_MAIL} {message}"
        case SyncEvent(session) | OfferPlaces(session):
            return About.SESSION, session
        case ReadResponses(session):
            return About.SESSION, f"{_RESPONSES} {session}"
        case Reconcile(reference):
            return About.APPLICATION, reference
        case LookAtPair(pair):
            return About.PAIR, pair
        case LookAtPairsOf(reference):
            return About.PAIR, f"{_OF} {reference}"
        case ReadInbox() | TidyDrafts():
            return About.MAILBOX, _word_for(task, _MAILBOX)
        case MixEquality() | RedactExports() | DeleteExpired():
            return About.UPKEEP, _word_for(task, _UPKEEP)
        case Export(name):
            return About.UPKEEP, f"{_EXPORT} {name}"
        case ResumeRestored(programme, reference):
            return About.UPKEEP, f"{_RESUME} {programme} {reference}".strip()


def _word_for(task: Task, words: dict[str, Task]) -> str:
    return next(word for word, one in words.items() if one == task)


def _task(queue: str, about: About, subject: str) -> Task:
    """The task of a row in a queue. Raises BadCell if that queue has no such task."""
    task = _of_tick(about, subject) if queue == TICK else _of_mailbox(about, subject)
    if task is None:
        raise BadCell("Subject")
    return task


def _of_tick(about: About, subject: str) -> Task | None:
    match about:
        case About.APPLICATION:
            return Reconcile(subject)
        case About.PAIR:
            what, _, which = subject.partition(" ")
            return LookAtPairsOf(which) if what == _OF and which else LookAtPair(subject)
        case About.SESSION:
            return OfferPlaces(subject)
        case About.UPKEEP:
            return _upkeep(subject)
        case _:
            return None


def _upkeep(subject: str) -> Task | None:
    match subject.split(" "):
        case [what, name] if what == _EXPORT:
            return Export(name)
        case [what, *place] if what == _RESUME and len(place) <= _PLACE:
            return ResumeRestored(*place)
        case _:
            return _UPKEEP.get(subject)


def _of_mailbox(about: About, subject: str) -> Task | None:
    what, _, which = subject.partition(" ")
    match about:
        case About.SESSION:
            return ReadResponses(which) if what == _RESPONSES else SyncEvent(subject)
        case About.MAILBOX:
            return _MAILBOX.get(subject)
        case About.UPKEEP:
            return None
        case _:
            return SendMail(which, about) if what == _MAIL and which else None
