"""What one raw body says: read by its provider, checked against the programme. Nothing is stored here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.registry import provider
from shared.contracts.submission import Submission
from shared.domain import wording
from shared.domain.answers import Checked, Problem, check
from shared.domain.application import Application, form_values
from shared.domain.arriving import Arrival, received, unreadable
from shared.domain.eligibility import Verdict, judge
from shared.domain.fields import FIELDS, Kept, kept
from shared.domain.lived_experience import LivedExperience
from shared.domain.programme import Programme, Role, Sees
from shared.domain.release import when
from shared.errors import UnreadableSubmission
from shared.ports import Body
from shared.services.base.programmes import Current

#: What a form says of somebody, besides what it is found by: their address and their role.
_TOLD = {
    name: asked for name, asked in FIELDS.items() if asked.kept is not Kept.NOWHERE and name not in {"email", "role"}
}


@dataclass(frozen=True, slots=True)
class Form:
    """One form that was filled in: what it says, whether that is acceptable, and the facts around it."""

    submission: Submission
    arrival: Arrival
    checked: Checked
    verdict: Verdict | None

    def application(self, current: Current, reference: str) -> Application:
        """The application that it makes."""
        answers, programme = self.checked.answers, current.programme
        if answers is None or self.verdict is None:
            return unreadable(
                programme=programme.id,
                reference=reference,
                readable=self.checked.readable,
                problems=self.checked.problems or (Problem("", "", "The form could not be read."),),
                told=self.checked.told,
                arrival=self.arrival,
            )
        session = answers.training_session
        group = programme.group_of(session) if session else None
        return received(
            programme=programme.id,
            reference=reference,
            answers=answers,
            chosen={group.id: (session,)} if group and session else {},
            arrival=self.arrival,
            verdict=self.verdict,
            closes_at=current.closes_at,
            flags=self.checked.remarks,
        )

    def lived_experience(self, programme: Programme, reference: str, version: int) -> LivedExperience | None:
        """What only the matching team may read of it, None if it is not acceptable."""
        answers = self.checked.answers
        if answers is None:
            return None
        return LivedExperience(
            programme=programme.id,
            reference=reference,
            version=version,
            content=self.arrival.content,
            told=tuple(one for one in answers.told if one.sees is not Sees.ADMINISTRATORS),
            **{name: getattr(answers, name) for name in kept(Kept.LIVED)},
        )

    def confirmed_at(self, now: datetime) -> "Form":
        """The same form, confirmed by its owner now: what follows begins now, and it was sent when it was sent."""
        return replace(self, arrival=replace(self.arrival, confirmed_at=now))

    def sent_only_now(self, now: datetime) -> "Form":
        """The same form, as if it had been sent when it was confirmed: it waited until nobody could answer any more."""
        return replace(self, arrival=replace(self.arrival, received_at=now, submitted_at=None, confirmed_at=now))


def form_of(programme: Programme, submission: Submission, body: Body) -> Form:
    """The form in a body that its provider has read."""
    arrival = Arrival(
        received_at=body.received_at,
        submitted_at=submission.submitted_at,
        source=submission.source,
        # A test must never be taken for a version of a real response.
        response_id=f"test {submission.response_id}" if submission.test else submission.response_id,
        content=body.content,
        test=submission.test,
        sender=submission.sender,
    )
    checked = check(programme, submission.answers)
    answers = checked.answers
    verdict = judge(programme, area=answers.area, sector=answers.sector, role=answers.role) if answers else None
    return Form(submission, arrival, checked, verdict)


def read(programme: Programme, body: Body) -> Form:
    """The form in a stored body. Raises UnreadableSubmission if there is none in it."""
    sender = provider(body.source)
    if sender is None:
        raise UnreadableSubmission("its form provider is not known here")
    return form_of(programme, sender.parse(body.data, programme), body)


def says(programme: Programme, form: Form) -> dict[str, str]:
    """What a form says, in words by question, for its owner alone. What could not be read is left out."""
    readable = form.checked.readable
    words = {
        programme.model.says(asked.label): _in_words(programme, name, readable.get(name))
        for name, asked in _TOLD.items()
    }
    return words | {one.title: one.words for one in form.checked.told}


def stands(programme: Programme, application: Application, lived: LivedExperience | None) -> dict[str, str]:
    """What stands in an application, in the same words by the same questions, for its owner alone."""
    sessions = (programme.session(s) for ids in application.chosen.values() for s in ids)
    chosen = "; ".join(when(programme, s) for s in sessions if s is not None)
    values = form_values(application) | {name: getattr(lived, name, None) for name in kept(Kept.LIVED)}
    words = {
        programme.model.says(asked.label): chosen
        if asked.kept is Kept.CHOSEN
        else _in_words(programme, name, values[name])
        for name, asked in _TOLD.items()
    }
    return words | {one.title: one.words for one in (*application.told, *(lived.told if lived else ()))}


def _in_words(programme: Programme, name: str, value: object) -> str:
    """One answer in words; '' for none."""
    asked = FIELDS[name]
    match value:
        case bool():
            # Who was not asked, or left it out, has not said no.
            return yes_or_no_text(value) if value or _is_asked(programme, name) else ""
        case tuple() | list():
            return topics_text(programme, [str(one) for one in value])
        case str() if asked.kept is Kept.CHOSEN:
            session = programme.session(value)
            return when(programme, session) if session else ""
        case Role():
            return programme.roles[value].title if value in programme.roles else value.value
        case str():
            return option_text(programme, name, value) if asked.of_options else value
        case _:
            return ""


def _is_asked(programme: Programme, name: str) -> bool:
    return any(question.field == name for question in programme.questions)


def option_text(programme: Programme, field: str, value: str) -> str:
    """What the form called an option."""
    return next((o.text for q in programme.questions if q.field == field for o in q.options if o.value == value), value)


def topics_text(programme: Programme, topics: Sequence[str]) -> str:
    """Topics by the programme's names for them."""
    names: Mapping[str, str] = {topic.id: topic.name for topic in programme.topics}
    return wording.listed([names.get(topic, topic) for topic in topics])


def told_of_form(programme: Programme, application: Application, *where: Kept) -> dict[str, str]:
    """What stands in an application of the answers that are kept there, in words by their labels."""
    values = form_values(application)
    words = {
        programme.model.says(asked.label): _in_words(programme, name, values[name])
        for name, asked in kept(*where).items()
    }
    return words | {one.title: one.words for one in application.told}


def told_of_life(programme: Programme, lived: LivedExperience) -> dict[str, str]:
    """What only those who match may read, in words, for its owner."""
    words = {a.label: _in_words(programme, name, getattr(lived, name)) for name, a in kept(Kept.LIVED).items()}
    return words | {one.title: one.words for one in lived.told}


def yes_or_no_text(value: bool) -> str:
    """Yes or no, in words."""
    return "yes" if value else "no"
