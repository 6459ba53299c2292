"""The evaluation of a programme file: when people are asked, and what."""

import re
from functools import partial

from shared.domain.cohort_model import Meetings
from shared.domain.programme import Evaluation, Programme, Sees, Wave
from shared.proofread.question_reader import QUESTION_KEYS, own_id, question_subject, read_question
from shared.proofread.questions import WITH_OPTIONS, check_own
from shared.proofread.section import Findings, Once, Section

_UNDER = "evaluation.questions"
_KEYS = tuple(key for key in QUESTION_KEYS if key not in {"field", "required", "who sees", "keys"})
_WHEN = (
    (re.compile(r"at the start"), "start"),
    (re.compile(r"after (?P<months>\d{1,2}) months?"), "start"),
    (re.compile(r"at the end"), "end"),
    (re.compile(r"(?P<months>\d{1,2}) months? after the end"), "end"),
)


def read_evaluation(top: Section, meetings: Meetings | None) -> Evaluation | None:
    """The evaluation, None if there is none or it cannot be read. 'The end' is that of the pair's ``meetings``."""
    section = top.section("evaluation", ("about", "waves", "questions"))
    if section is None:
        return None
    months = meetings.months if meetings else None
    waves, once = [], Once(top.findings)
    for part in section.sections("waves", ("id", "title", "when"), called="id", required=True):
        wave = part.identifier("id")
        once.take(wave, part.line_of("id"), part.subject)
        after = _months(part, months)
        title = part.text("title", required=True)
        if after is not None and not top.findings.refused:
            waves.append(Wave(id=wave, title=title, months=after))
    questions, once = [], Once(top.findings)
    for part in section.sections("questions", (*_KEYS, "only at"), called="id", required=True):
        name = own_id(part)
        question = read_question(part, name, Sees.NOBODY, once, under=_UNDER, skippable=True)
        if question is not None:
            questions.append(question)
    if top.findings.refused:
        return None
    return Evaluation(about=section.text("about"), waves=tuple(waves), questions=tuple(questions))


def _months(part: Section, meetings: int | None) -> int | None:
    """How many months after a pair's first day somebody is asked."""
    words = part.text("when", required=True).casefold()
    for pattern, counted_from in _WHEN:
        found = pattern.fullmatch(words)
        if found is None:
            continue
        more = int(found.groupdict().get("months") or 0)
        if counted_from == "start":
            return more
        if meetings is None:
            part.wrong("when", "The pair's meetings have no end.", "Write 'after 6 months', with your own number.")
            return None
        return meetings + more
    if words:
        mend = "Write 'at the start', 'after 3 months', 'at the end' or '6 months after the end'."
        part.wrong("when", f"'{words}' is not a time at which people can be asked.", mend)
    return None


def check_evaluation(findings: Findings, programme: Programme) -> None:
    """Whether its questions can be asked."""
    evaluation = programme.evaluation
    if evaluation is None:
        return

    def error(subject: str, what: str, mend: str) -> None:
        findings.error(findings.lines.get(subject, findings.lines.get("evaluation", 1)), subject, what, mend)

    def warn(_subject: str, _what: str, _mend: str) -> None:
        """Nobody but the contacts ever reads a row, and nobody a name: what it asks about is its own affair."""

    subject = partial(question_subject, under=_UNDER)
    check_own(evaluation.questions, subject, error=error, warn=warn)
    waves = {wave.id for wave in evaluation.waves}
    for question in evaluation.questions:
        where = subject(question)
        if question.type in WITH_OPTIONS - {"yes or no"} and not question.options:
            error(where, f"The question has no options, and its type is '{question.type}'.", "Write 'options:'.")
        for wave in sorted(set(question.only_at) - waves):
            error(f"{where}.only at", f"There is no wave '{wave}'.", f"Write one of: {', '.join(sorted(waves))}.")
