"""Evaluations: questions about the programme by link, and answers that are kept apart from names."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.application import Application
from shared.domain.evaluation import Evaluated, questions_at, reply
from shared.domain.form import name_of, raw, yes_or_no_options
from shared.domain.programme import UNSAID, Branding, Imprint
from shared.domain.questionnaire import condition_in_words
from shared.log import step
from shared.services.applications.opened import OpenedLinks
from shared.services.base.tokens import Tokens
from shared.services.form.views import Field, field_with
from shared.stores.evaluations import Evaluations

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """What the page shows. ``answered``: this person has answered at this wave; what they said is not shown again."""

    programme: str
    title: str
    about: str
    fields: tuple[Field, ...]
    contacts: tuple[str, ...]
    answered: bool
    problems: tuple[tuple[str, str], ...] = ()
    saved: bool = False
    branding: Branding = "nhs"
    imprint: Imprint = UNSAID


def keys_of(tokens: Tokens, programme: str, reference: str) -> tuple[str, ...]:
    """Under what somebody's answers stand: the same at every wave, whatever newer key there is, and worked out by
    nobody but the app. Behind it those of newer keys: answers of before stood under the newest."""
    return tokens.lasting_pseudonyms("evaluation", programme, reference)


class EvaluationService:
    """Serves ``/evaluations/{token}``."""

    def __init__(
        self,
        *,
        opened: OpenedLinks,
        evaluations: Evaluations,
        tokens: Tokens,
    ) -> None:
        self._opened = opened
        self._evaluations = evaluations
        self._tokens = tokens

    async def page(self, token: str) -> EvaluationPage | None:
        """What the link opens, or None."""
        return await self._page(token, {})

    async def answer(self, token: str, given: Mapping[str, Sequence[str]]) -> EvaluationPage | None:
        """Store what was answered; a later answer replaces it. Nothing is stored of a page without any answer."""
        page = await self._page(token, given)
        opened = await self._opened.evaluation(token)
        if page is None or opened is None or opened.current.programme.evaluation is None:
            return None
        programme, application, wave = opened.current.programme, opened.application, opened.link.detail
        questions = questions_at(opened.current.programme.evaluation, wave, application.role)
        found = reply(questions, raw(questions, {**given, "role": (application.role or "",)}), application.role)
        if found.problems:
            names = {question.field: name_of(question) for question in questions}
            return replace(page, problems=tuple((names[field], says) for field, says in found.problems))
        if found.values:
            key, *_ = keys_of(self._tokens, programme.id, application.reference)
            role = application.role.value if application.role else ""
            await self._evaluations.put(programme.id, Evaluated(key, wave, role, found.values, found.told))
            # Neither who nor when: a line with a reference would lead from the row's time to the person.
            step(logger, "evaluation answered", programme=programme.id)
        return replace(page, saved=True, answered=bool(found.values))

    async def _page(self, token: str, given: Mapping[str, Sequence[str]]) -> EvaluationPage | None:
        opened = await self._opened.evaluation(token)
        evaluation = opened.current.programme.evaluation if opened else None
        wave = evaluation.wave(opened.link.detail) if opened and evaluation else None
        if opened is None or evaluation is None or wave is None:
            return None
        programme, application = opened.current.programme, opened.application
        questions = questions_at(evaluation, wave.id, application.role)
        keys = keys_of(self._tokens, programme.id, application.reference)
        stored = [await self._evaluations.get(programme.id, wave.id, key) for key in keys]
        return EvaluationPage(
            programme=programme.name,
            title=wave.title,
            about=evaluation.about,
            fields=tuple(
                replace(
                    field_with(
                        question,
                        question.options or yes_or_no_options(question),
                        given,
                        {},
                        none="I would rather not answer",
                    ),
                    hint=" ".join(filter(None, (condition_in_words(questions, question), question.hint))),
                )
                for question in questions
            ),
            contacts=programme.contacts.form_support,
            answered=any(stored),
            branding=programme.branding,
            imprint=programme.imprint,
        )

    async def of(self, application: Application) -> list[Evaluated]:
        """What somebody answered, for nobody but themselves."""
        keys = keys_of(self._tokens, application.programme, application.reference)
        return await self._evaluations.of(application.programme, keys)
