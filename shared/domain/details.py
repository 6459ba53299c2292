"""What a person may correct about themselves on their own page, and what has to follow for the manager who was told."""

from dataclasses import replace
from typing import Any, Final

from shared.domain import fields
from shared.domain.application import Application, Status, form_values
from shared.domain.programme import Programme
from shared.domain.text import LONGEST_LINE, clean, is_broken

FIELDS = tuple(name for name, asked in fields.FIELDS.items() if asked.can_correct)
#: What their page calls each of them.
LABELS: Final = {field: f"Your {fields.FIELDS[field].label.lower()}" for field in FIELDS}
# In the others the form is filled in again, or there is nothing left to correct.
_CORRECTABLE = frozenset(Status) - {Status.NEEDS_CORRECTION, Status.WITHDRAWN, Status.ERASED}


def can_correct(application: Application) -> bool:
    """Whether details can be corrected in the status the application is in."""
    return application.status in _CORRECTABLE


def details(application: Application) -> dict[str, str]:
    """The details as they stand, by field."""
    values = form_values(application)
    return {field: str(values[field]) for field in FIELDS}


def required_details(programme: Programme) -> frozenset[str]:
    """The details that cannot be left empty."""
    asked = {q.field for q in programme.questions if q.required}
    return frozenset(field for field in FIELDS if field in fields.ALWAYS_REQUIRED or field in asked)


def detail_problems(required: frozenset[str], given: dict[str, str]) -> list[tuple[str, str]]:
    """What is wrong with corrected details, by field and in words."""
    problems = []
    for field in FIELDS:
        value = given.get(field, "")
        if is_broken(value):
            problems.append((field, "This answer holds characters that cannot be read. Please type it again."))
        elif len(clean(value)) > LONGEST_LINE:
            problems.append((field, f"Use {LONGEST_LINE} characters or fewer."))
        elif not clean(value) and field in required:
            problems.append((field, f"Enter your {fields.FIELDS[field].label.lower()}."))
    return problems


def corrected(application: Application, given: dict[str, str]) -> Application:
    """The application with the details given; one that is not among them stays.

    The manager's page and mails show the new name by themselves. A manager who has been asked is not asked again: the
    person, the role and the time are the same. Administrators get a remark, for pairs and lists of names made before.
    """
    told = {field: clean(given[field]) for field in FIELDS if field in given}
    of_person = fields.kept(fields.Kept.PERSON).keys() & told
    person = replace(application.person, **{field: told[field] for field in of_person})
    others: dict[str, Any] = {field: told[field] for field in told.keys() - of_person}
    changed = replace(application, person=person, **others)
    renamed = person.full_name != application.person.full_name
    asked = renamed and bool(application.requests)
    return changed.flagged("The applicant corrected their name after the manager was asked." if asked else "")
