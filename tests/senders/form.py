"""A form as a person sees it: questions in order, with the words of options and an answer to each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.domain.programme import Programme, Question
from tests.world import cohort_7

#: Providers that the shipped programme has no form at: their keys and form ids are made up here.
_MORE_FORMS = {"gravity": "7", "govuk": "7042"}
_FIRST_AT_SMARTSURVEY = 8800


@dataclass(frozen=True, slots=True)
class Item:
    """One question and its answer: a text, the words of the options chosen, or None.

    ``options`` are pairs of the provider's id and the words.
    """

    field: str
    key: str
    title: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    answer: str | tuple[str, ...] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The answer as words, none if there is none."""
        if self.answer is None:
            return ()
        return (self.answer,) if isinstance(self.answer, str) else self.answer

    def id_of(self, words: str) -> str:
        """The id of an option."""
        return next((id_ for id_, text in self.options if text == words), "")


@cache
def with_every_form() -> Programme:
    """Cohort 7, with forms also at the providers where the shipped file has none."""
    programme = cohort_7()
    questions = tuple(
        question.model_copy(
            update={"keys": question.keys | {source: _made_up_key(source, question) for source in _MORE_FORMS}}
        )
        for question in programme.questions
    )
    return programme.model_copy(update={"questions": questions, "form_ids": programme.form_ids | _MORE_FORMS})


def _made_up_key(source: str, question: Question) -> str:
    if source == "gravity":
        # Not from its place: a question that comes in between leaves the others their ids.
        return str(int(question.keys["smartsurvey"]) - _FIRST_AT_SMARTSURVEY + 1)
    return uuid5(NAMESPACE_URL, question.title).hex[:8]


def filled_in(source: str, answers: Mapping[str, Any], programme: Programme | None = None) -> list[Item]:
    """The form of cohort 7 (or of another programme) at a provider, filled in with canonical answers."""
    return [_item(source, question, answers) for question in (programme or with_every_form()).questions]


def _item(source: str, question: Question, answers: Mapping[str, Any]) -> Item:
    options = tuple((str(uuid5(NAMESPACE_URL, question.title + o.text)), o.text) for o in question.options)
    item = Item(question.field, question.keys.get(source, question.field), question.title, question.type, options)
    if question.for_role is not None and question.for_role != answers.get("role"):
        return item
    given = answers.get(question.field)
    if given in (None, "", []):
        return item
    if not question.options:
        return replace(item, answer=str(given))
    words = {option.value: option.text for option in question.options}
    if isinstance(given, list):
        return replace(item, answer=tuple(words.get(str(value), str(value)) for value in given))
    return replace(item, answer=words[str(given).lower() if isinstance(given, bool) else given])
