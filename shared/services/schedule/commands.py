"""Instructions that administrators type into ``Commands``: each is carried out once and answered in its row."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.addresses import email_problem
from shared.domain.application import Application, Status, ask_again, let_in, withdrawn
from shared.domain.approval import Decided, ManagerAnswer, deadline, decide, name_problem
from shared.domain.outbox import CalendarState, MessageStatus
from shared.domain.references import read_reference
from shared.errors import ServiceError, UnreadableRow, explained
from shared.log import step
from shared.ports import Bodies, Clock, Command, Reception, Wakeups
from shared.services.applications.changes import ChangeDesk
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.queues import Queues
from shared.services.form.equality import EqualityService
from shared.services.form.quarantine import QuarantineService
from shared.services.records.erasure import Eraser
from shared.services.records.resume import RESUME, Resume
from shared.services.records.retention import Retention
from shared.stores.applications import Applications
from shared.stores.commands import Commands
from shared.stores.messages import CalendarStates, Messages
from shared.stores.receptions import Receptions

logger = logging.getLogger(__name__)

REPORT = "retention report"
FIGURES = "equality figures"
WORDS = (
    "resend approval",
    "approve late",
    "admit",
    "withdraw",
    "erase",
    "retry parked",
    "accept reply",
    "accept change",
    "accept quarantined",
    "discard quarantined",
    RESUME,
    REPORT,
    FIGURES,
)
_HASH_START = 8
_TYPED_TWICE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Result:
    """What the app writes beside a command."""

    done: bool
    words: str


class CommandService:
    """Carries out what is typed in ``Commands``."""

    def __init__(
        self,
        *,
        commands: Commands,
        programmes: Programmes,
        applications: Applications,
        receptions: Receptions,
        bodies: Bodies,
        messages: Messages,
        states: CalendarStates,
        outbox: Outbox,
        eraser: Eraser,
        quarantine: QuarantineService,
        changes: ChangeDesk,
        retention: Retention,
        monitoring: EqualityService,
        writer: ApplicationWriter,
        resume: Resume,
        wakeups: Wakeups,
        queues: Queues,
        clock: Clock,
    ) -> None:
        self._commands = commands
        self._programmes = programmes
        self._applications = applications
        self._receptions = receptions
        self._bodies = bodies
        self._messages = messages
        self._states = states
        self._outbox = outbox
        self._eraser = eraser
        self._quarantine = quarantine
        self._changes = changes
        self._retention = retention
        self._monitoring = monitoring
        self._writer = writer
        self._resume = resume
        self._wakeups = wakeups
        self._queues = queues
        self._clock = clock

    async def carry_out_new(self, *, only: frozenset[str] = frozenset(WORDS)) -> int:
        """Carry out every command without a result, or those of some words. Returns how many there were."""
        new = [c for c in await self._commands.new() if only == frozenset(WORDS) or _verb(c) in only]
        for command in new:
            try:
                result = await self._answer(command)
                await self._commands.finish(command, done=result.done, result=result.words, at=self._clock.now())
                reference = read_reference(command.reference) or ""
                step(logger, f"command {'done' if result.done else 'refused'}", reference=reference)
            except ServiceError as exc:  # one row must never keep the clock's other work from being done
                step(logger, "a command is tried again later", level=logging.WARNING, reason=exc.reason)
        return len(new)

    async def _answer(self, command: Command) -> Result:
        """Carry out a command, or say that the app fails on it: a later tick would fail again."""
        try:
            return await self._carry_out(command)
        except ServiceError:
            raise
        except UnreadableRow as exc:
            return Result(done=False, words=f"{exc.reason}. {_MEND_FIRST}")
        except Exception as exc:  # noqa: BLE001 -- whatever the fault is, the row gets an answer
            step(logger, "the app fails on a command", level=logging.ERROR, reason=explained(exc))
            return Result(done=False, words=_FAILED.format(why=explained(exc)))

    async def _carry_out(self, command: Command) -> Result:
        verb = _verb(command)
        if not verb:
            return Result(done=False, words=_NO_COMMAND.format(words=", ".join(WORDS)))
        if verb not in WORDS:
            return Result(done=False, words=f"Unknown command. Use one of: {', '.join(WORDS)}.")
        if verb == RESUME:
            refusal = await self._resume.begin()
            return Result(done=not refusal, words=refusal or _RESUMED)
        if verb == REPORT:
            return Result(done=True, words=await self._retention.report(command.partition))
        if verb == FIGURES:
            return Result(done=True, words=await self._monitoring.metrics(command.partition))
        if verb == "retry parked":
            return await self._retry(command)
        if verb in {"accept change", "accept quarantined", "discard quarantined"}:
            return await self._decide_on_held(verb, command.reference)
        reference = read_reference(command.reference)
        if not command.reference.strip():
            words = "Reference is empty. Copy the RowKey of the application into a column named exactly 'Reference'."
            return Result(done=False, words=words)
        if reference is None:
            return Result(done=False, words="Reference is not a reference. Copy the RowKey of the application.")
        found = await self._find(command, reference)
        if found is None:
            return await self._without_application(verb, reference)
        current, application = found
        return await self._apply(verb, current, application)

    async def _without_application(self, verb: str, reference: str) -> Result:
        """A command about somebody who has no application: they can be erased all the same."""
        if verb == "erase" and await self._eraser.erase_earlier(reference):
            return Result(done=True, words="Erased from EarlierParticipants.")
        if verb == "erase" and await self._eraser.erase_held(reference):
            return Result(done=True, words="Erased from Quarantine, with what was sent.")
        return Result(done=False, words="There is no application with this reference.")

    async def _find(self, command: Command, reference: str) -> tuple[Current, Application] | None:
        """The application in the programme of the row's partition, or in any: people mistype the partition."""
        for programme in sorted(self._programmes.ids(), key=lambda id_: id_ != command.partition):
            stored = await self._applications.get(programme, reference)
            if stored is not None:
                current = await self._programmes.current(programme)
                return (current, stored.value) if current else None
        return None

    async def _apply(self, verb: str, current: Current, application: Application) -> Result:
        now = self._clock.now()
        refusal = _refusal(verb, application)
        if refusal:
            return Result(done=False, words=refusal)
        last = deadline(current.programme, application, current.closes_at)
        over = last is not None and now.replace(microsecond=0) > last
        if verb == "accept reply":
            return await self._accept_reply(current, application)
        if verb == "erase":
            return await self._erase(current, application)

        def change(newest: Application) -> Application:
            if _refusal(verb, newest):
                return newest
            match verb:
                case "resend approval":
                    again = not _just_asked_again(newest, now)
                    return ask_again(newest, now=now, time_is_over=over) if again else newest
                case "approve late" | "admit":
                    return let_in(newest, now=now)
                case _:
                    return withdrawn(newest, now=now)

        changed = await self._writer.change(
            current, application.reference, change, who="an administrator", what=f"command: {verb}"
        )
        if changed is None:
            return Result(done=False, words="The application is gone.")
        if verb in _ASK_A_MANAGER and changed.waits_for_manager_name:
            return Result(done=True, words=_NOBODY_NAMED)
        return Result(done=True, words=_DONE[verb].format(manager=changed.manager.name or "the line manager"))

    async def _erase(self, current: Current, application: Application) -> Result:
        others, unread = await self._eraser.also_held(application), await self._eraser.unread(application)
        if not await self._eraser.erase(current, application):
            return Result(done=False, words="The application is gone.")
        named = ", ".join(f"{reference} in {programme}" for programme, reference in others)
        also = f" The same person is also held as {named}: type 'erase' for each that is to go too." if named else ""
        bodies = ", ".join(unread)
        if bodies:
            also += f" Their address stands in submissions that could not be read: look for {bodies} in Submissions."
        return Result(done=True, words=f"{_ERASED}{also}")

    async def _accept_reply(self, current: Current, application: Application) -> Result:
        """Take the manager's plain yes or no by mail, which somebody has now read, as the answer.

        It counts from when it was sent: who answered in time need not suffer for how long it lay unread.
        """
        nothing = Result(done=False, words="There is no reply waiting to be accepted for this reference.")
        suggestion = application.open_suggestion
        if suggestion is None:
            return nothing

        def change(newest: Application) -> Application:
            request = newest.request
            if newest.open_suggestion != suggestion or request is None:
                return newest
            outcome = decide(
                newest,
                request.number,
                ManagerAnswer(suggestion.answer, request.revision, note="Answered by mail."),
                programme=current.programme,
                closes_at=current.closes_at,
                result_told=False,
                now=suggestion.at,
            )
            return outcome.application if isinstance(outcome, Decided) else newest

        changed = await self._writer.change(
            current, application.reference, change, who="an administrator", what="command: accept reply"
        )
        if changed is None or not changed.answered:
            return Result(done=False, words="The manager's time to answer is over; 'resend approval' asks again.")
        return Result(done=True, words=f"Taken as the answer: {suggestion.answer}.")

    async def _decide_on_held(self, verb: str, wanted: str) -> Result:
        """Let in what was held back as perhaps no person's or as a stranger's, or delete it."""
        if verb == "accept change":
            accepted = await self._changes.accept(wanted)
            return Result(done=accepted.done, words=accepted.words)
        if verb == "accept quarantined":
            count, done = await self._quarantine.accept(wanted), "taken in like any other application"
        else:
            count, done = await self._quarantine.discard(wanted), "deleted, without a word to anybody"
        if not count:
            words = "Nothing is held back under this. Copy the RowKey or the Reference of a waiting row in Quarantine."
            return Result(done=False, words=words)
        return Result(done=True, words=f"{count} {done}.")

    async def _retry(self, command: Command) -> Result:
        """Bring back what was parked: a message by its id, all of an application's, or a submission by its hash."""
        wanted = command.reference.strip()
        reference = read_reference(wanted)
        done = 0
        for programme in self._programmes.ids():
            current = await self._programmes.current(programme)
            if current is None:
                continue
            async for message in self._messages.parked(programme):
                if message.id == wanted or (reference is not None and message.subject == reference):
                    done += await self._outbox.bring_back(current.programme, message.id)
            for state in await self._states.all(programme):
                if state.status is MessageStatus.PARKED and wanted in {state.id, state.session}:
                    done += await self._retry_event(current, state)
            async for reception in self._receptions.parked(programme):
                if len(wanted) >= _HASH_START and reception.content.startswith(wanted.lower()):
                    await self._retry_submission(reception)
                    done += 1
        if not done:
            return Result(
                done=False,
                words="Nothing parked under this reference. Copy the RowKey from Messages or Submissions.",
            )
        return Result(done=True, words=f"{done} brought back.")

    async def _retry_event(self, current: Current, state: CalendarState) -> int:
        stored = await self._states.get(state.programme, state.session, state.part)
        if stored is None or stored.value.status is not MessageStatus.PARKED:
            return 0
        # Attempts stay above 0: part of it may have been done before it was parked, so the mailbox worker looks first.
        again = replace(stored.value, status=MessageStatus.QUEUED, attempts=1, last_error="")
        await self._states.put(again, stored.etag)
        await self._writer.calendars(current, {state.session})
        await self._wakeups.mailbox(self._queues.of(current.programme))
        return 1

    async def _retry_submission(self, reception: Reception) -> None:
        # The row stays until the body has been read again, since its mark leads the tick to one programme only.
        await self._bodies.move(reception.content, reception.programme)
        await self._bodies.wait_again(reception.content)
        await self._receptions.put(replace(reception, reason="is being read again"))
        await self._wakeups.submission(reception.programme, reception.source, reception.content)


_RESUMED = (
    "Everything is looked at again. Mails and invitations go out when that is done; Status of the row 'restore' in "
    "Upkeep says so."
)

_NO_COMMAND = (
    "There is no command in this row. It belongs into a column named exactly 'Command', with a capital C, and is one "
    "of: {words}."
)

_FAILED = "The app failed on it ({why}). Tell the people who run the app; then type the command again."
_MEND_FIRST = "Put back what stood there, then type the command again."

_NOBODY_NAMED = "No line manager is named, so the applicant is asked by mail who it is; that one is then asked."

_ERASED = "Erased. Mails already sent stay in the mailbox; see its retention policy."

_DONE = {
    "resend approval": "{manager} is asked again; links sent before no longer work.",
    "approve late": "Let in; {manager} is asked now.",
    "admit": "Admitted; {manager} is asked now.",
    "withdraw": "Withdrawn; everybody concerned is told.",
}

_ALLOWED = {
    "resend approval": {Status.AWAITING_MANAGER, Status.LAPSED, Status.DECLINED},
    "approve late": {Status.LATE},
    "admit": {Status.NEEDS_DECISION, Status.NOT_THIS_COHORT, Status.LATE},
    "withdraw": set(Status) - {Status.WITHDRAWN, Status.ERASED},
    "erase": set(Status),  # again, too: the first time may have been cut off
    "accept reply": {Status.AWAITING_MANAGER},
}


_ASK_A_MANAGER = frozenset({"resend approval", "approve late", "admit"})


def _manager_problem(application: Application) -> str:
    """Why the manager whose address stands in the row cannot be asked, or ''. Who named nobody is asked who it is."""
    if not application.manager.email and all(request.asks_nobody for request in application.requests):
        return ""
    if email_problem(application.manager.email):
        return "ManagerEmail is not one email address. Correct it in the row, then type the command again."
    if name_problem(application, application.manager, reader="manager"):
        return "ManagerEmail is the applicant's own address. Correct it in the row, then type the command again."
    return ""


def _verb(command: Command) -> str:
    return " ".join(command.command.lower().split())


def _just_asked_again(application: Application, now: datetime) -> bool:
    """Whether the same command has been carried out minutes ago: it was cut off before its answer, or typed twice."""
    event, request = application.last_event, application.request
    return (
        event is not None
        and event.what == "command: resend approval"
        and now - event.at < _TYPED_TWICE
        and request is not None
        and request.manager == application.manager
    )


def _refusal(verb: str, application: Application) -> str:
    """Why a command cannot be carried out in the state the application is in, or ''."""
    if application.status in _ALLOWED[verb]:
        return _manager_problem(application) if verb in _ASK_A_MANAGER else ""
    allowed = " or ".join(f"'{status}'" for status in Status if status in _ALLOWED[verb])
    if len(_ALLOWED[verb]) > 4:  # noqa: PLR2004 -- a long list helps nobody
        return f"This application is '{application.status}' already."
    return f"This application is '{application.status}'; the command is for {allowed}."
