"""Values for the templates of pages: those that services make where they can be asked, else with the same fields."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

from local.mails.samples import PLAIN, a_check_in, a_view, the_programme
from shared.domain.application import Status
from shared.domain.details import LABELS
from shared.domain.earlier import FIELDS as STORED
from shared.domain.programme import Attendance, Role
from shared.domain.release import when
from shared.services.applications.approval import DecisionPage
from shared.services.applications.participation import GroupChoice, OwnPage, SessionChoice
from shared.services.form.returning import ReturningPage, asked
from shared.services.form.views import role_view
from shared.services.pairs.checkins import CheckInView
from shared.services.pairs.endings import EndPage
from shared.services.records.subject_access import OwnData, Section


def a_decision_page(state: str = "open", *, name: str = PLAIN, **changes: Any) -> DecisionPage:
    page = DecisionPage(a_view(name), state, revision=0, answer=None, reason="", can_correct=False)
    return replace(page, **changes)


def own_groups() -> tuple[GroupChoice, ...]:
    programme = the_programme()
    groups = [g for g in programme.groups if Role.MENTOR in g.roles]
    return tuple(
        GroupChoice(
            g.id,
            g.title,
            g.required,
            g.attend is not Attendance.ONE_OF,
            g.attend is Attendance.ALL_OF,
            tuple(
                SessionChoice(
                    s.id,
                    when(programme, s),
                    s.place or "place to be confirmed",
                    s.id in {"mentor-training-1", "peer-2"},
                    "" if s.takes_place else "no date at the moment",
                    undated=not s.takes_place,
                )
                for s in g.sessions
            ),
        )
        for g in groups
    )


def an_own_page(status: Status = Status.APPROVED, *, name: str = PLAIN, **changes: Any) -> OwnPage:
    page = OwnPage(
        programme=the_programme().name,
        name=name,
        reference="K4Q-M7X-2P9-T",
        role="Reverse mentor",
        status=status,
        next_step="Your place is confirmed. Your training session and later dates are below.",
        reason="",
        manager="Anita Khan" if name == PLAIN else name,
        problems=(),
        groups=own_groups(),
        can_withdraw=True,
        can_name_manager=status is Status.AWAITING_MANAGER,
        must_name_manager=False,
        contacts=the_programme().contacts.form_support,
        details=MappingProxyType({**dict.fromkeys(LABELS, ""), "full_name": name, "job_title": "Nurse", "band": "6"}),
        detail_labels=MappingProxyType(LABELS),
        required_details=frozenset({"full_name", "job_title"}),
        can_correct=status not in {Status.NEEDS_CORRECTION, Status.WITHDRAWN},
        email="priya.shah@example.org",
        form=f"/apply/{the_programme().id}",
    )
    return replace(page, **changes)


def own_data(name: str = PLAIN) -> OwnData:
    entries = ((("Full name", name), ("About you", name)),)
    sections = (Section("Your application", entries), Section("Your sessions", entries * 2))
    contacts = the_programme().contacts.form_support
    return OwnData(the_programme().name, "9:30am on Tuesday 10 February 2026", sections, contacts)


def a_returning_page(*, name: str = PLAIN, **changes: Any) -> ReturningPage:
    programme = the_programme()
    stored = dict.fromkeys(("full_name", "job_title", "organisation"), name) | {"sector": "nhs"}
    stored = {**dict.fromkeys(STORED, ""), **stored}
    questions = tuple(
        asked(programme, q, stored, {}) for q in programme.questions if q.field not in {"email", "previous_participant"}
    )
    contacts = programme.contacts.returning_participants
    page = ReturningPage(
        programme.name, name, "priya.shah@example.org", "cohort 6", questions, contacts, id=programme.id
    )
    page = replace(page, roles=tuple(role_view(programme, role, {}) for role in programme.roles))
    return replace(page, **changes)


def a_check_in_view(*, name: str = PLAIN, over: bool = False, **changes: Any) -> CheckInView:
    partner = "Margaret Okafor" if name == PLAIN else name
    contacts = the_programme().contacts.form_support
    return CheckInView(
        the_programme().name, name, partner, 2, 6, a_check_in(**changes), contacts, over, date(2026, 4, 20)
    )


def an_end_page(**changes: Any) -> EndPage:
    page = EndPage(
        programme=the_programme().name,
        name=PLAIN,
        role="Reverse mentor",
        no_certificate="",
        gives_certificates=True,
        wishes=("tell",),
        contacts=the_programme().contacts.form_support,
        branding="nhs",
    )
    return replace(page, **changes)
