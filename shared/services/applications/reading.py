"""What one raw body says: read by its provider, checked against the programme. Nothing is stored here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.contracts.registry import provider
from shared.contracts.submission import Submission
from shared.domain import wording
from shared.domain.answers import Checked, Problem, check
from shared.domain.application import Application, Arrival, received, unreadable
from shared.domain.eligibility import Verdict, judge
from shared.domain.programme import Programme
from shared.domain.release import when
from shared.errors import UnreadableSubmission
from shared.ports import Body, LivedExperience
from shared.services.base.programmes import Current


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
            topics=answers.topics,
            about_you=answers.about_you,
            access_needs=answers.access_needs,
            version=version,
            content=self.arrival.content,
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
    verdict = judge(programme, area=answers.area, sector=answers.sector) if answers else None
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

    def text(field: str) -> str:
        value = readable.get(field)
        return value if isinstance(value, str) else ""

    def yes(field: str) -> str:
        value = readable.get(field)
        return yes_or_no_text(value) if isinstance(value, bool) else ""

    topics = readable.get("topics")
    session = programme.session(text("training_session")) if text("training_session") else None
    return {
        "Full name": text("full_name"),
        "Job title": text("job_title"),
        "Pay band": text("band"),
        "Organisation": text("organisation"),
        "Kind of organisation": option_text(programme, "sector", text("sector")),
        "Area": option_text(programme, "area", text("area")),
        "Line manager": text("manager_name"),
        "Line manager's email address": text("manager_email"),
        "Line manager had agreed": yes("manager_agreed"),
        "Took part before": yes("previous_participant"),
        "Sessions chosen": when(programme, session) if session else "",
        "Topics": topics_text(programme, topics if isinstance(topics, tuple | list) else ()),
        "About you": text("about_you"),
        "Access needs": text("access_needs"),
    }


def stands(programme: Programme, application: Application, lived: LivedExperience | None) -> dict[str, str]:
    """What stands in an application, in the same words by the same questions, for its owner alone."""
    person = application.person
    sessions = (programme.session(s) for ids in application.chosen.values() for s in ids)
    return {
        "Full name": person.full_name,
        "Job title": person.job_title,
        "Pay band": person.band,
        "Organisation": person.organisation,
        "Kind of organisation": option_text(programme, "sector", person.sector),
        "Area": option_text(programme, "area", person.area),
        "Line manager": application.manager.name,
        "Line manager's email address": application.manager.email,
        "Line manager had agreed": yes_or_no_text(application.manager_agreed),
        "Took part before": yes_or_no_text(application.previous_participant),
        "Sessions chosen": "; ".join(when(programme, s) for s in sessions if s is not None),
        "Topics": topics_text(programme, lived.topics if lived else ()),
        "About you": lived.about_you if lived else "",
        "Access needs": lived.access_needs if lived else "",
    }


def option_text(programme: Programme, field: str, value: str) -> str:
    """What the form called an option."""
    return next((o.text for q in programme.questions if q.field == field for o in q.options if o.value == value), value)


def topics_text(programme: Programme, topics: Sequence[str]) -> str:
    """Topics by the programme's names for them."""
    names: Mapping[str, str] = {topic.id: topic.name for topic in programme.topics}
    return wording.listed([names.get(topic, topic) for topic in topics])


def yes_or_no_text(value: bool) -> str:
    """Yes or no, in words."""
    return "yes" if value else "no"
