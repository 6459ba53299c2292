"""A file that is passed makes a form that people can send, and the file that does not is refused with a reason."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

import pytest

from shared.domain.answers import check
from shared.domain.form import Kind, ahead, following, name_of, options_of, pages, raw, unfinished
from shared.domain.programme import Programme, Role
from shared.proofread import Severity
from tests.unit.proofread.broken import read

GOOD = {
    "full_name": "type: text, required: yes",
    "email": "type: email, required: yes",
    "role": "type: choice, required: yes, options: {mentor: Mentor, mentee: Mentee}",
    "area": "type: choice, required: yes, options: {here: Here}",
    "sector": "type: choice, required: yes, options: {nhs: NHS}",
    "manager_email": "type: email, required: yes",
    "topics": "type: multi, required: yes, options: {race: Race, age: Age}",
    "training_session": "type: choice, required: yes, options: {first: Wednesday 25 March 2026}",
    "consent": "type: choice, required: yes, options: {true: I agree, false: I do not agree}",
}


def file_with(questions: dict[str, str], *, eligibility: bool = True, date: str = "Wednesday 25 March 2026") -> str:
    listed = "\n".join(f"  - {{field: {field.split()[0]}, title: T, {rest}}}" for field, rest in questions.items())
    rules = "eligibility: [{area: here, sectors: nhs, answer: eligible}]\n" if eligibility else ""
    return (
        "programme: some-1\nname: Reverse Mentoring\nmodel: reverse\ncontacts: {form support: [team@nhs.net]}\n"
        "about: [One shares and one learns.]\nsigned by: Sam\ninformation pack: https://example.org/pack\n"
        "privacy notice: https://example.org/privacy\naccessibility statement: https://example.org/access\n"
        "topics: {race: Race, age: Age}\n"
        "roles:\n"
        "  mentor: {title: Mentor, time: [{id: training, title: Training, length: 1 hour, group: training}], "
        "required time: 1 hour}\n"
        "  mentee: {title: Mentee, time: [{id: training, title: Training, length: 1 hour, group: training}], "
        "required time: 1 hour}\n"
        "groups:\n  - {id: training, title: Training, for: [mentor, mentee], attend: one of, required: yes, "
        f"sessions: [{{id: first, date: {date}, time: 10am to 11am}}]}}\n"
        f"{rules}form:\n  questions:\n{listed}\n"
    )


@dataclass(frozen=True)
class Change:
    """What a file says instead of ``GOOD``; '' leaves the question out. A finding about ``subject`` says ``says``."""

    field: str
    instead: str
    severity: Severity
    says: str

    def __str__(self) -> str:
        return f"{self.field}: {self.instead or 'left out'}"


CHANGES = [
    *(
        Change(field, "", "error", f"No question fills '{field}'.")
        for field in ("full_name", "email", "role", "consent")
    ),
    *(
        Change(field, rest.replace("required: yes", "required: no"), "error", "can never be optional")
        for field, rest in GOOD.items()
        if field in {"full_name", "email", "role", "consent"}
    ),
    *(
        Change(field, f"{GOOD[field]}, for role: mentor", "error", f"Not everybody is asked '{field}'")
        for field in ("full_name", "email", "role", "consent")
    ),
    Change("consent", "type: choice, required: yes, options: {ok: Fine, bad: Not so}", "error", "cannot send the form"),
    Change("consent", "type: choice, required: yes, options: {false: I do not}", "error", "cannot send the form"),
    Change("consent", "type: choice, required: yes", "error", "no options"),
    Change("role", "type: choice, required: yes, options: {mentor: Mentor}", "error", "'mentee' is not an option"),
    Change("role", "type: multi, required: yes, options: {mentor: Mentor, mentee: Mentee}", "error", "cannot send"),
    Change("area", "type: multi, required: yes, options: {here: Here, there: There}", "error", "area 'there'"),
    Change("full_name", "type: multi, required: yes, options: {a: A, b: B}", "error", "cannot send the form"),
    Change("email", "type: choice, required: yes, options: {a: A}", "error", "cannot send the form"),
    Change("manager_email", "type: choice, required: yes, options: {boss: My boss}", "error", "cannot send the form"),
    Change("manager_agreed", "type: choice, required: yes, options: {a: Perhaps, b: Later}", "error", "cannot send"),
    Change(
        "previous_participant",
        "type: choice, required: no, options: {a: Once, b: Twice}",
        "error",
        "Who answers 'Once'",
    ),
    Change("commitment", "type: choice, required: yes, options: {a: A, b: B}", "error", "cannot send the form"),
    Change("topics", "type: multi, required: yes, options: {race: Race}", "error", "'age' is not an option"),
    Change("job_title", f"type: choice, required: yes, options: {{a: {'x' * 201}}}", "error", "cannot send the form"),
    Change("area", "", "error", "The area 'here' is not an option"),
    Change("sector", "", "error", "The sector 'nhs' is not an option"),
    Change("area", GOOD["area"].replace("required: yes", "required: no"), "warning", "need not answer 'area'"),
    Change("sector", f"{GOOD['sector']}, for role: mentor", "warning", "need not answer 'sector'"),
    Change("manager_email", "", "warning", "is not asked for their line manager's address"),
    Change("manager_email", "type: email, required: no", "warning", "can leave out their line manager's address"),
    Change("manager_email", f"{GOOD['manager_email']}, for role: mentee", "warning", "Who applies as 'Mentor' is not"),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_form_that_fails_people_is_noticed(change: Change) -> None:
    questions = {**GOOD, change.field: change.instead}

    found = read(file_with({field: rest for field, rest in questions.items() if rest})).findings

    assert [f.severity for f in found if change.says in f"{f.what}"], found
    assert {f.severity for f in found} == {change.severity}


def test_a_file_without_any_form_is_refused() -> None:
    text = file_with(GOOD)

    found = read(text[: text.index("form:\n")]).findings

    assert "No question fills 'consent'." in [f.what for f in found if f.severity == "error"]


def test_a_file_without_rules_says_who_decides() -> None:
    questions = {field: rest for field, rest in GOOD.items() if field not in {"area", "sector"}}

    found = read(file_with(questions, eligibility=False)).findings

    assert [(f.severity, f.subject) for f in found] == [("warning", "eligibility")]


def _filled_in(programme: Programme, role: Role) -> dict[str, tuple[str, ...]]:
    """What somebody of that role gives who answers everything they are asked."""
    addresses = {"email": "jo@example.org", "manager_email": "sam@example.org"}
    given: dict[str, tuple[str, ...]] = {"role": (role.value,)}
    for question in programme.questions:
        options = options_of(programme, question)
        if question.field != "role" and question.for_role in {None, role}:
            many = question.type == "multi"
            values = tuple(o.value for o in (options if many else options[:1]))
            given[name_of(question)] = values or (addresses.get(question.field, "Yes"),)
    return given


@pytest.mark.parametrize("date", ["Wednesday 25 March 2026", "to be confirmed"])
@pytest.mark.parametrize("role", [Role.MENTOR, Role.MENTEE])
def test_what_is_passed_can_be_sent_on_our_own_form(role: Role, date: str) -> None:
    """Optional questions left out and asked, in every combination: what is passed can be filled in to the end."""
    optional = ("manager_email", "topics", "training_session")
    for out in product([True, False], repeat=len(optional)):
        kept = {f: r for f, r in GOOD.items() if f not in optional or out[optional.index(f)]}
        programme = read(file_with(kept, date=date)).programme
        assert programme is not None
        programme = ahead(programme, datetime(2026, 2, 9, 9, tzinfo=UTC))
        given = _filled_in(programme, role)

        page = pages(programme, given)[0]
        while page.kind is not Kind.CHECK:
            page = following(programme, page, given, checking=False)

        assert unfinished(programme, given) is None
        assert check(programme, raw(programme.questions, given)).answers is not None


def test_a_required_date_is_no_obstacle_while_there_is_none() -> None:
    """A form provider goes on asking for it; our own form leaves the question out."""
    programme = read(file_with(GOOD, date="to be confirmed")).programme
    assert programme is not None
    given = raw(programme.questions, {**_filled_in(programme, Role.MENTOR), "training_session": ()})

    checked = check(programme, given)

    assert checked.problems == ()
    assert checked.readable["training_session"] is None
