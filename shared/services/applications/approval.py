"""The line manager's page and answer. Looking never changes anything; an answer is one conditional write."""

from dataclasses import dataclass, replace

from shared.domain.application import Answer, Application, Status
from shared.domain.approval import (
    MOST_ANSWERS,
    Decided,
    ManagerAnswer,
    Outcome,
    Stands,
    can_correct,
    decide,
    is_open,
    name_problem,
)
from shared.domain.outbox import MessageStatus
from shared.domain.owed import message_id
from shared.domain.references import Purpose
from shared.ports import Clock
from shared.services.applications.manager_view import ManagerView, manager_view
from shared.services.applications.opened import OpenedLinks
from shared.services.applications.reconcile import Reconciler
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current
from shared.stores.messages import Messages


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """What a manager's page shows.

    ``state`` is ``open``, ``answered``, ``passed on``, ``not needed``, ``closed`` or ``withdrawn``. ``revision`` goes
    into the form: an answer counts only for the state its page showed. ``can_correct`` offers the form again after an
    answer. ``not_taken``: what was just answered is another answer than the one that stands, and changed nothing.
    ``often``: it was answered so many times that another answer is for us to take.
    """

    view: ManagerView
    state: str
    revision: int
    answer: Answer | None
    reason: str
    can_correct: bool
    problem: str = ""
    not_taken: bool = False
    often: bool = False


class ApprovalService:
    """Serves ``/decisions/{token}``."""

    def __init__(
        self,
        *,
        opened: OpenedLinks,
        messages: Messages,
        writer: ApplicationWriter,
        reconciler: Reconciler,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._opened = opened
        self._messages = messages
        self._writer = writer
        self._reconciler = reconciler
        self._outbox = outbox
        self._clock = clock

    async def page(self, token: str) -> DecisionPage | None:
        """The page of a link, or None if the link opens nothing."""
        found = await self._opened.decision(token)
        if found is None:
            return None
        return await self._page(found.current, found.application, int(found.link.detail), token)

    async def answer(self, token: str, answer: ManagerAnswer) -> DecisionPage | None:
        """Take an answer, and show the page as it stands afterwards. None if the link opens nothing."""
        found = await self._opened.decision(token)
        if found is None:
            return None
        current, application, link = found
        number = int(link.detail)
        if answer.right_manager is not None:
            problem = current.programme.model.says(name_problem(application, answer.right_manager, reader="manager"))
            if problem:
                page = await self._page(current, application, number, token)
                return replace(page, problem=problem) if page else None
        takes_back = _takes_back(application, answer)
        told = takes_back and await self._result_is_out(current, application, number, answer)

        refused = False

        def apply(newest: Application) -> Application:
            nonlocal refused
            outcome = self._decided(current, newest, number, answer, result_told=told)
            refused = isinstance(outcome, Stands)
            return outcome.application if isinstance(outcome, Decided) else newest

        changed = await self._writer.change(
            current,
            application.reference,
            apply,
            who=f"the {current.programme.model.releaser}",
            what=f"answered: {answer.answer.replace('_', ' ')}",
        )
        if changed is not None and changed.request == application.request and takes_back and not told:
            # Nothing was taken after all: a confirmation that was held back goes out again.
            await self._reconciler.reconcile(current, changed, previous=None)
        page = await self._page(current, changed, number, token) if changed else None
        if page is None:
            return None
        # Whoever goes back and chooses something else has changed their mind; a second press of the same has not.
        other = refused and page.state == "answered" and page.answer is not answer.answer
        return replace(page, not_taken=other)

    async def _page(self, current: Current, application: Application, number: int, token: str) -> DecisionPage | None:
        request = next((r for r in application.requests if r.number == number), None)
        if request is None:
            return None
        now = self._clock.now()
        in_force = request is application.request
        told = await self._is_out(current, application)
        return DecisionPage(
            view=manager_view(
                current.programme,
                application,
                current.closes_at,
                request,
                link=f"/{Purpose.DECISION}/{token}",
                now=now,
            ),
            state=_state(
                application,
                in_force=in_force,
                answered=request.answer is not None,
                still_open=is_open(current.programme, application, current.closes_at, now),
            ),
            revision=request.revision,
            answer=request.answer,
            reason=request.reason,
            often=request.revision >= MOST_ANSWERS,
            can_correct=in_force
            and can_correct(current.programme, application, current.closes_at, result_told=told, now=now),
        )

    def _decided(
        self, current: Current, application: Application, number: int, answer: ManagerAnswer, *, result_told: bool
    ) -> Outcome:
        return decide(
            application,
            number,
            answer,
            programme=current.programme,
            closes_at=current.closes_at,
            result_told=result_told,
            now=self._clock.now(),
        )

    async def _result_is_out(
        self, current: Current, application: Application, number: int, answer: ManagerAnswer
    ) -> bool:
        """Whether the confirmation of an earlier "yes" has left, or can no longer be held back.

        A confirmation that still waits is cancelled first, if the new answer can be taken: only then can it not go out
        beside that answer. If the answer is not taken after all, reconciling puts the confirmation in place again.
        """
        if isinstance(self._decided(current, application, number, answer, result_told=False), Stands):
            return True
        stored = await self._messages.get(current.programme.id, _confirmation(application))
        if stored is None:
            return False
        if stored.value.status is not MessageStatus.QUEUED:
            return True
        await self._outbox.second_look(application.programme, application.reference)
        held = replace(stored.value, status=MessageStatus.CANCELLED, last_error="the manager corrected the answer")
        return await self._messages.replace(held, stored.etag) is None

    async def _is_out(self, current: Current, application: Application) -> bool:
        request = application.request
        if request is None or request.answer is not Answer.APPROVE:
            return False
        stored = await self._messages.get(current.programme.id, _confirmation(application))
        return stored is not None and stored.value.status is not MessageStatus.QUEUED


def _takes_back(application: Application, answer: ManagerAnswer) -> bool:
    request = application.request
    return request is not None and request.answer is Answer.APPROVE and answer.answer is not Answer.APPROVE


def _confirmation(application: Application) -> str:
    request = application.request
    return message_id(application.reference, f"approved.{request.number}.{request.revision}") if request else ""


def _state(application: Application, *, in_force: bool, answered: bool, still_open: bool) -> str:
    if application.status is Status.WITHDRAWN:
        return "withdrawn"
    if not in_force:
        return "passed on"
    if answered:
        return "answered"
    if still_open:
        return "open"
    # An application that was changed may have to wait for a decision, or for another cohort, long before the last day.
    return "closed" if application.status in {Status.AWAITING_MANAGER, Status.LAPSED} else "not needed"
