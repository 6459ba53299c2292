"""Answers mended on the own page: what could not be accepted, field by field.

What is mended is checked as the form checks it, and becomes a version of the form: kept as a raw body, taken in as its
owner's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.answers import check
from shared.domain.application import Application, Status
from shared.domain.arriving import Reception
from shared.domain.fields import FIELDS
from shared.domain.form import Given, ahead, name_of, raw, says_of
from shared.domain.programme import UNSAID, Branding, Imprint, Programme, Question
from shared.errors import UnreadableSubmission
from shared.ports import Bodies, Clock
from shared.services.applications.merging import FormMerger
from shared.services.applications.opened import OpenedLinks
from shared.services.applications.reading import read
from shared.services.base.programmes import Current
from shared.services.base.raw_bodies import RawBodies
from shared.services.form.quarantine import OWN_FORM
from shared.services.form.views import Field, field_of
from shared.stores.receptions import Receptions


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """A page that asks questions of the form again. ``about``: what only those who match may read."""

    programme: str
    branding: Branding
    contacts: tuple[str, ...]
    fields: tuple[Field, ...]
    imprint: Imprint = UNSAID
    problems: tuple[tuple[str, str], ...] = ()
    about: bool = False
    paired: bool = False
    saved: bool = False


def can_mend(application: Application) -> bool:
    """Whether answers wait to be mended that their owner can mend alone: under a wrong address they hold no link."""
    waiting = application.status in {Status.NEEDS_CORRECTION, Status.AWAITING_MANAGER}
    wrong = {problem.field for problem in application.problems}
    return waiting and bool(wrong) and "email" not in wrong and "" not in wrong


class Corrections:
    """Has answers mended that could not be accepted."""

    def __init__(
        self,
        *,
        opened: OpenedLinks,
        merger: FormMerger,
        raw_bodies: RawBodies,
        bodies: Bodies,
        receptions: Receptions,
        clock: Clock,
    ) -> None:
        self._opened = opened
        self._merger = merger
        self._raw_bodies = raw_bodies
        self._bodies = bodies
        self._receptions = receptions
        self._clock = clock

    async def answers(self, token: str) -> AnswersPage | None:
        """What could not be accepted, asked again; None if the link opens nothing, or nothing can be mended here."""
        found = await self._to_mend(token)
        if found is None:
            return None
        current, application, programme, base = found
        asked = _questions(programme, base, {problem.field for problem in application.problems})
        says = {problem.field: problem.says for problem in application.problems}
        page = answers_page(current, programme, asked, given_of(asked, base))
        fields = (
            replace(f, hint=f"{says.get(q.field, '')} {f.hint}".strip())
            for f, q in zip(page.fields, asked, strict=True)
        )
        return replace(page, fields=tuple(fields))

    async def mend(self, token: str, sent: Given) -> AnswersPage | None:
        """Take the mended answers in. Returns the page again if something in them is still wrong."""
        found = await self._to_mend(token)
        if found is None:
            return None
        current, application, programme, base = found
        wrong = {problem.field for problem in application.problems}
        role = sent.get("role") or (str(base.get("role", "")),)
        given = {**sent, "role": role}
        # Mending one answer may ask for others: another role trains on other days.
        answered = {q.field for q in programme.questions if name_of(q) in sent}
        asked = _questions(programme, {**base, "role": role[-1]}, wrong | answered)
        fields = {question.field for question in asked}
        answers = {name: value for name, value in base.items() if name not in fields} | raw(asked, given)
        problems = {p.field: p.says for p in check(programme, answers, asking=True).problems if p.field in fields}
        problems |= {p.field: p.says for p in check(programme, answers).problems if p.field not in problems}
        if problems:
            asked = _questions(programme, {**base, "role": role[-1]}, fields | problems.keys())
            shown = {
                **given_of(asked, base),
                **{name: values for name, values in sent.items() if name in _names(asked)},
            }
            told = [(name_of(q), says_of(q, given, problems[q.field])) for q in asked if q.field in problems]
            return replace(answers_page(current, programme, asked, shown), problems=tuple(told))
        await self._take_in(current, application, answers)
        return replace(answers_page(current, programme, (), {}), saved=True)

    async def _take_in(self, current: Current, application: Application, answers: Mapping[str, object]) -> None:
        programme, now = current.programme, self._clock.now()
        body = {
            "form_id": programme.id,
            "response_id": f"{application.reference} mended {application.edits + 1}",
            "submitted_at": now.isoformat(),
            "answers": answers,
        }
        content = await self._raw_bodies.hold(
            programme=programme.id, source=OWN_FORM, body=json.dumps(body, ensure_ascii=False).encode()
        )
        # The row by which the body is found again when its person is erased.
        reception = Reception(programme.id, content, OWN_FORM, now, "Taken in", reference=application.reference)
        await self._receptions.put(reception)
        kept_body = await self._bodies.get(content)
        if kept_body is not None:
            await self._merger.take_mended(current, application.reference, kept_body)

    async def _to_mend(self, token: str) -> "tuple[Current, Application, Programme, dict[str, object]] | None":
        """The application of a link whose answers can be mended, with the answers of its newest form."""
        found = await self._opened.own_page(token)
        if found is None or not can_mend(found.application):
            return None
        current, application, _ = found
        answers = await self._newest(current, application)
        if answers is None:
            return None
        # They may have confirmed another address since they filled in the form.
        answers["email"] = application.person.email
        return current, application, ahead(current.programme, self._clock.now()), answers

    async def _newest(self, current: Current, application: Application) -> dict[str, object] | None:
        """The answers of the newest form, None if it cannot be read any more."""
        body = await self._bodies.get(application.content)
        try:
            return dict(read(current.programme, body).submission.answers) if body else None
        except UnreadableSubmission:
            return None

    async def take_address(self, current: Current, application: Application, address: str) -> None:
        """Take in a form whose one mistake was its address, now that its owner has confirmed this one."""
        wrong = {problem.field for problem in application.problems}
        if application.status is not Status.NEEDS_CORRECTION or wrong != {"email"}:
            return
        answers = await self._newest(current, application)
        if answers is None:
            return
        answers["email"] = address
        if not check(ahead(current.programme, self._clock.now()), answers).problems:
            await self._take_in(current, application, answers)


def _questions(programme: Programme, base: Mapping[str, object], fields: set[str]) -> tuple[Question, ...]:
    """The questions that fill these fields, for the person's role."""
    role = base.get("role")
    return tuple(q for q in programme.questions if q.field in fields and q.for_role in {None, role})


def _names(asked: Sequence[Question]) -> set[str]:
    return {name_of(question) for question in asked}


def given_of(asked: Sequence[Question], answers: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Answers as the fields of a page hold them."""
    return {name_of(q): _as_typed(answers.get(q.field), yes_or_no=FIELDS[q.field].is_yes_or_no) for q in asked}


def _as_typed(value: object, *, yes_or_no: bool) -> tuple[str, ...]:
    if yes_or_no and isinstance(value, bool):
        return ("yes",) if value else ("no",)
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    return () if value in (None, "") else (str(value),)


def answers_page(current: Current, programme: Programme, asked: Sequence[Question], given: Given) -> AnswersPage:
    """Returns the page that asks these questions, with what was given."""
    return AnswersPage(
        programme=programme.name,
        branding=programme.branding,
        contacts=current.programme.contacts.form_support,
        fields=tuple(field_of(programme, question, given) for question in asked),
        imprint=programme.imprint,
    )
