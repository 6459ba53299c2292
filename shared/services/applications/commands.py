"""Commands about one application: ask its manager again, let it in, take it back, accept a reply or another form."""

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.addresses import email_problem
from shared.domain.application import Application, Status
from shared.domain.approval import Decided, ManagerAnswer, ask_again, deadline, decide, let_in, name_problem
from shared.domain.leaving import withdrawn
from shared.ports import Clock
from shared.services.applications.changes import ChangesService
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current
from shared.services.base.verbs import Fits, OfApplication, OfRow, Result, Verb, no_problem
from shared.stores.commands import Command

_TYPED_TWICE = timedelta(minutes=15)
_NOBODY_NAMED = "No line manager is named, so the applicant is asked by mail who it is; that one is then asked."
_GONE = Result(done=False, words="The application is gone.")

type _Change = Callable[[Current, Application, datetime], Application]


class ApplicationCommands:
    """Carries out commands that change an application's state."""

    def __init__(self, *, changes: ChangesService, writer: ApplicationWriter, clock: Clock) -> None:
        self._changes = changes
        self._writer = writer
        self._clock = clock

    def changing(self) -> tuple[Verb, ...]:
        """Returns those that move an application from one status to another."""
        return (
            self._verb(
                "resend approval",
                does="asks the manager in `ManagerEmail` afresh, with a new link",
                fits=Fits(frozenset({Status.AWAITING_MANAGER, Status.LAPSED, Status.DECLINED}), _manager_problem),
                change=_asked_again,
                done="{manager} is asked again; links sent before no longer work.",
            ),
            self._verb(
                "approve late",
                does="lets a late application in; the manager is asked",
                fits=Fits(frozenset({Status.LATE}), _manager_problem),
                change=_let_in,
                done="Let in; {manager} is asked now.",
            ),
            self._verb(
                "admit",
                does="lets an application in; the manager is asked",
                fits=Fits(
                    frozenset({Status.NEEDS_DECISION, Status.NOT_THIS_COHORT, Status.LATE}),
                    _manager_problem,
                ),
                change=_let_in,
                done="Admitted; {manager} is asked now.",
            ),
            self._verb(
                "withdraw",
                does="takes it back for the applicant; everybody concerned is told",
                fits=Fits(frozenset(Status) - {Status.WITHDRAWN, Status.ERASED}),
                change=lambda _, newest, now: withdrawn(newest, now=now),
                done="Withdrawn; everybody concerned is told.",
            ),
        )

    def accepting(self) -> tuple[Verb, ...]:
        """Returns those that accept what came in somebody's name."""
        return (
            Verb(
                word="accept reply",
                does="takes the manager's plain yes or no by mail as the answer. Read the mail first: a reply is no "
                "proof of who wrote it",
                run=OfApplication(Fits(frozenset({Status.AWAITING_MANAGER})), self._accept_reply),
            ),
            Verb(
                word="accept change",
                does="takes in a later form in somebody's name without waiting for them. If several "
                "wait, `Reference` is a `RowKey` in `Quarantine` (8 characters of it do)",
                run=OfRow(self._accept_change),
                example="K4Q-M7X-2P9-T",
            ),
        )

    def _verb(self, word: str, *, does: str, fits: Fits, change: _Change, done: str) -> Verb:
        async def act(current: Current, application: Application) -> Result:
            now = self._clock.now()

            def changed_now(newest: Application) -> Application:
                return newest if fits.refusal(newest) else change(current, newest, now)

            changed = await self._writer.change(
                current, application.reference, changed_now, who="an administrator", what=f"command: {word}"
            )
            if changed is None:
                return _GONE
            if fits.problem is not no_problem and changed.waits_for_manager_name:
                return Result(done=True, words=current.programme.model.says(_NOBODY_NAMED))
            if changed.status is Status.APPROVED and changed.request is None:
                return Result(done=True, words=_NOBODY_IS_ASKED)
            return Result(
                done=True, words=done.format(manager=changed.manager.name or f"the {current.programme.model.releaser}")
            )

        return Verb(word=word, does=does, run=OfApplication(fits, act))

    async def _accept_change(self, command: Command) -> Result:
        accepted = await self._changes.accept(command.reference)
        return Result(done=accepted.done, words=accepted.words)

    async def _accept_reply(self, current: Current, application: Application) -> Result:
        """Take the manager's plain yes or no by mail, which somebody has now read, as the answer.

        It counts from when it was sent: who answered in time need not suffer for how long it lay unread.
        """
        suggestion = application.open_suggestion
        if suggestion is None:
            return Result(done=False, words="There is no reply waiting to be accepted for this reference.")

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


_NOBODY_IS_ASKED = "Done; nobody has to release them, so they have their place and are told."


def _asked_again(current: Current, newest: Application, now: datetime) -> Application:
    if _just_asked_again(newest, now):
        return newest
    last = deadline(current.programme, newest, current.closes_at)
    over = last is not None and now.replace(microsecond=0) > last
    return ask_again(newest, now=now, time_is_over=over)


def _let_in(current: Current, newest: Application, now: datetime) -> Application:
    return let_in(newest, released_by=current.programme.model.released_as(newest.role), now=now)


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


def _manager_problem(application: Application) -> str:
    """Why the manager whose address stands in the row cannot be asked, or ''. Who named nobody is asked who it is."""
    if not application.manager.email and all(request.asks_nobody for request in application.requests):
        return ""
    if email_problem(application.manager.email):
        return "ManagerEmail is not one email address. Correct it in the row, then type the command again."
    if name_problem(application, application.manager, reader="manager"):
        return "ManagerEmail is the applicant's own address. Correct it in the row, then type the command again."
    return ""
