"""What somebody told of themselves, corrected on their own page.

It goes back into ``LivedExperience`` and nowhere else. Only those who match may read it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.domain.answers import check
from shared.domain.application import Application, Status
from shared.domain.fields import Kept, kept
from shared.domain.form import Given, name_of, raw, says_of
from shared.domain.lived_experience import LivedExperience
from shared.domain.programme import Programme, Question
from shared.services.applications.corrections import AnswersPage, answers_page, given_of
from shared.services.applications.opened import OpenedLinks
from shared.services.base.programmes import Current
from shared.stores.lived_experience import LivedExperiences

_ASKED_HERE = frozenset({Status.AWAITING_MANAGER, Status.APPROVED, Status.NEEDS_DECISION, Status.LATE})
#: Once pairs are made of the others, only this can still be changed.
_ALWAYS = "access_needs"


def can_tell(application: Application) -> bool:
    """Whether what somebody told of themselves can be seen and corrected."""
    return application.status in _ASKED_HERE


class AboutYou:
    """Shows it to its owner, and takes what they tell instead."""

    def __init__(self, *, opened: OpenedLinks, lived_experience: LivedExperiences) -> None:
        self._opened = opened
        self._lived_experience = lived_experience

    async def page(self, token: str) -> AnswersPage | None:
        """What somebody told of themselves; None if the link opens nothing, or it cannot be changed now."""
        found = await self._opened.own_page(token)
        if found is None or not can_tell(found.application):
            return None
        lived = await self._lived_experience.get(found.application.programme, found.application.reference)
        return self._page(found.current, found.application, _told(lived))

    def _page(
        self, current: Current, application: Application, told: Mapping[str, object], given: Given | None = None
    ) -> AnswersPage:
        asked = _about_questions(current.programme, application)
        page = answers_page(current, current.programme, asked, given if given is not None else given_of(asked, told))
        return replace(page, about=True, paired=bool(application.pairs))

    async def tell(self, token: str, sent: Given) -> AnswersPage | None:
        """Store what somebody tells of themselves now. Returns the page again if something in it is wrong."""
        found = await self._opened.own_page(token)
        if found is None or not can_tell(found.application):
            return None
        current, application, _ = found
        asked = _about_questions(current.programme, application)
        fields = {question.field for question in asked}
        given = {**sent, "role": (application.role or "",)}
        checked = check(current.programme, raw(asked, given), asking=True)
        wrong = {problem.field: problem.says for problem in checked.problems if problem.field in fields}
        if wrong:
            told = [(name_of(q), says_of(q, given, wrong[q.field])) for q in asked if q.field in wrong]
            return replace(self._page(current, application, {}, sent), problems=tuple(told))
        lived = await self._lived_experience.get(application.programme, application.reference)
        values: dict[str, Any] = {**_told(lived), **{name: checked.readable[name] for name in fields}}
        await self._lived_experience.put(
            LivedExperience(
                programme=application.programme,
                reference=application.reference,
                version=lived.version if lived else application.edits,
                content=lived.content if lived else application.answers_from,
                **values,
            )
        )
        newest = await self._opened.own_page(token)
        if newest is None:  # erased meanwhile
            await self._lived_experience.remove(application.programme, application.reference)
            return None
        return replace(self._page(current, application, values), saved=True)


def _about_questions(programme: Programme, application: Application) -> tuple[Question, ...]:
    told = kept(Kept.LIVED).keys() if not application.pairs else {_ALWAYS}
    return tuple(q for q in programme.questions if q.field in told and q.for_role in {None, application.role})


def _told(lived: LivedExperience | None) -> dict[str, object]:
    empty = {name: () if name == "topics" else False if asked.is_yes_or_no else "" for name, asked in _LIVED.items()}
    return {name: getattr(lived, name) if lived is not None else nothing for name, nothing in empty.items()}


_LIVED = kept(Kept.LIVED)
