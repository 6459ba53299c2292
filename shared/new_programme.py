"""``python -m shared.new_programme``: asks about twenty questions and writes a programme file with notes in it.

Each answer is looked at when it is given, by the same rules as a file; what is written has been proof-read. Whatever is
left empty stands in the file as a line to fill in, or as what the app does where nothing is said.
"""

import json
import re
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from shared.domain import wording
from shared.programmes import FOLDER
from shared.proofread import proofread
from shared.proofread.words import Problem, read_day, read_length, read_moment, read_month, read_span, settle_day

type Check = Callable[[str], str]

_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,63}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TOO_MANY = 12


@dataclass(frozen=True, slots=True)
class Role:
    """One side of a pair as it was described: its title, and when its training is, as it was typed."""

    id: str
    title: str
    training: str = ""

    @property
    def minutes(self) -> int:
        """How long the training is, 0 if that is not known."""
        span = read_span(self.training.rpartition(",")[2])
        return span[1] - span[0] if isinstance(span, tuple) else 0


@dataclass(slots=True)
class Answers:
    """What was answered, by the key of the file; ``roles`` in the order of the file."""

    given: dict[str, str] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)

    def __getitem__(self, key: str) -> str:
        """The answer, '' for none."""
        return self.given.get(key, "")


class Terminal:
    """Asks until an answer will do."""

    def __init__(self, read: Callable[[str], str], write: Callable[[str], object]) -> None:
        self._read = read
        self._write = write
        self._number = 0

    def ask(self, question: str, check: Check, *, example: str = "", may_be_empty: bool = True) -> str:
        """The answer without blanks around it. Raises EOFError where nobody answers any more."""
        self._number += 1
        hint = f"\n   For example: {example}" if example else ""
        left = "\n   Leave it empty if you do not know." if may_be_empty else ""
        self._write(f"\n{self._number}. {question}{hint}{left}\n")
        while True:
            answer = " ".join(self._read("> ").split())
            if not answer and may_be_empty:
                return ""
            problem = check(answer) if answer else "This one is needed."
            if not problem:
                return answer
            self._write(f"   {problem}\n")


def anything(_: str) -> str:
    """Any words will do."""
    return ""


def one_of(*words: str) -> Check:
    """One of some words."""
    return lambda answer: "" if answer.casefold() in words else f"Write {wording.listed(words, 'or')}."


def _fits(pattern: re.Pattern[str], mend: str) -> Check:
    return lambda answer: "" if pattern.fullmatch(answer) else mend


def _number(answer: str) -> str:
    return "" if answer.isdecimal() and 0 < int(answer) < 100 else "Write a number from 1 to 99, in digits."  # noqa: PLR2004 -- said in the words


def _length(answer: str) -> str:
    return "" if read_length(answer) else "Write a length such as '1 hour 30 minutes'."


def _month(answer: str) -> str:
    return "" if read_month(answer) else "Write a month with its year, such as 'June 2027'."


def _moment(answer: str) -> str:
    read = read_moment(answer)
    day = read if isinstance(read, Problem) else settle_day(read[0], None)
    return f"{day.what} {day.mend}" if isinstance(day, Problem) else ""


def _closing(opens: str) -> Check:
    """A last day that is not before the first."""

    def check(answer: str) -> str:
        first, last = _day_of(opens), _day_of(answer)
        return _moment(answer) or (f"That is before the first day, {opens}." if first and last and last < first else "")

    return check


def _day_of(answer: str) -> date | None:
    read = read_moment(answer)
    day = None if isinstance(read, Problem) else settle_day(read[0], None)
    return None if isinstance(day, Problem) else day


def _session(answer: str) -> str:
    day, comma, times = answer.rpartition(",")
    if not comma:
        return "Write the day, a comma, and both times: 'Thursday 25 March 2027, 9.30 - 12.30'."
    for read in (read_day(day), span := read_span(times)):
        if isinstance(read, Problem):
            return f"{read.what} {read.mend}"
    if not isinstance(span, Problem) and span[1] <= span[0]:
        return "It ends before it starts."
    return _moment(day)


def _page(answer: str) -> str:
    fine = answer.startswith("https://") and "." in answer and " " not in answer
    return "" if fine else "Write the whole address of the page, with https://."


def _listed(answer: str) -> str:
    names = _names(answer)
    ids = {_id_of(name) for name in names}
    return "" if 0 < len(names) <= _TOO_MANY and len(ids) == len(names) and all(ids) else "Write names, with commas."


def _names(answer: str) -> list[str]:
    return [name.strip() for name in answer.split(",") if name.strip()]


def _id_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _new_id(taken: Collection[str]) -> Check:
    """An id that no other programme has."""
    fits = _fits(_ID, "Use small letters, digits and hyphens.")
    return lambda answer: (
        fits(answer) or (f"There is a programme '{answer}' already. Choose another id." if answer in taken else "")
    )


def ask_all(terminal: Terminal, taken: Collection[str]) -> Answers:
    """Every question in turn; ``taken`` are the ids of other programmes.

    Raises EOFError where nobody answers any more.
    """
    answers = Answers()
    given, ask = answers.given, terminal.ask
    given["programme"] = ask(
        "Which short id does it have, for addresses?", _new_id(taken), example="llr-rm-2027-c8", may_be_empty=False
    )
    given["name"] = ask("What is the programme called?", anything, may_be_empty=False)
    given["host"] = ask("Who runs it?", anything)
    given["cohort"] = ask("Which cohort is it, as a number?", _number)
    given["about"] = ask("What is it, in a plain sentence or two, for somebody who has not heard of it?", anything)
    kinds = one_of("reverse", "reciprocal")
    given["model"] = ask(
        "Does one share and the other learn (write reverse), or do both (write reciprocal)?", kinds, may_be_empty=False
    )
    given["opens"] = ask("What is the first day of applications?", _moment, example="Monday 1 February 2027")
    given["closes"] = ask(
        "What is the last day of applications?", _closing(given["opens"]), example="Friday 12 March 2027"
    )
    given["begins"] = ask("In which month do pairs start?", _month, example="April 2027")
    given["count"] = ask("How many times do the two of a pair meet?", _number)
    if given["count"]:
        given["length"] = ask("How long is one of their meetings?", _length, example="1 hour", may_be_empty=False)
        given["months"] = ask("Over how many months?", _number, may_be_empty=False)
    if given["model"].casefold() == "reciprocal":
        titles = [
            ("partner", ask("What are the people called who take part?", anything, example="Learner") or "Partner")
        ]
    else:
        titles = [
            ("mentor", ask("What is the one called who shares?", anything, example="Reverse mentor") or "Mentor"),
            ("mentee", ask("What is the one called who learns?", anything, example="Reverse mentee") or "Mentee"),
        ]
    for role, title in titles:
        when = ask(f"When is the training for '{title}'?", _session, example="Thursday 25 March 2027, 9.30 - 12.30")
        answers.roles.append(Role(role, title, when))
    given["topics"] = ask("Which topics is it about, with commas between?", _listed, example="Race, Disability, LGBTQ+")
    given["area"] = ask("Where do people work who can take part?", anything, example="Leicester", may_be_empty=False)
    given["sectors"] = ask(
        "For which kinds of organisation is it, with commas between?",
        _listed,
        example="NHS, Social care",
        may_be_empty=False,
    )
    address = _fits(_ADDRESS, "Write one email address.")
    given["contact"] = ask("Which mailbox can people write to?", address, example="equality.team@example.nhs.uk")
    given["signed by"] = ask("Who signs the emails?", anything, example="Jo Bloggs, equality team")
    for key in ("privacy notice", "accessibility statement", "information pack"):
        given[key] = ask(f"What is the address of the {key}?", _page, example="https://www.example.nhs.uk/page")
    return answers


def _text(value: str) -> str:
    """The words in double quotes, as YAML reads them."""
    return json.dumps(value, ensure_ascii=False)


def _line(key: str, value: str, why: str, *, words: bool = True) -> str:
    """A key with its value, or a line that waits to be filled in."""
    if not value:
        return f"# {key}:                       # {why}"
    return f"{key}: {_text(value) if words else value}"


def written(answers: Answers) -> str:
    """The programme file."""
    lines = [*_about(answers), "", *_eligibility(answers), "", *_meetings(answers), "", *_roles(answers)]
    return "\n".join([*lines, "", *_groups(answers), "", *_form(answers), ""])


def _about(a: Answers) -> Iterable[str]:
    yield f"# {a['name']}. Written by 'python -m shared.new_programme'; what each key means: docs/programme-file.md."
    yield f"# After every change: python -m shared.proofread shared/programmes/{a['programme']}.yaml"
    yield ""
    yield f"programme: {a['programme']}"
    yield f"name: {_text(a['name'])}"
    yield _line("host", a["host"], "who runs it")
    yield _line("cohort", a["cohort"], "its number", words=False)
    yield f"model: {a['model'].casefold()}"
    yield _line("begins", a["begins"], "the month in which pairs start", words=False)
    yield "\n# What the programme is. The line manager reads it too, so nothing of what people have lived."
    yield f"about:\n  - {_text(a['about'])}" if a["about"] else "# about:\n#   - a plain sentence or two"
    yield _line("signed by", a["signed by"], "a person, below every email")
    for key in ("privacy notice", "accessibility statement", "information pack"):
        yield _line(key, a[key], "https://...", words=False)
    yield "\n# With the weekday, so that it can be checked. The whole of the last day counts."
    yield _line("opens", a["opens"], "left out: open at once", words=False)
    yield _line("closes", a["closes"], "left out: open for ever", words=False)
    yield f"contacts:\n  form support: [{a['contact']}]" if a["contact"] else "contacts: none said"
    if a["topics"]:
        yield "\ntopics:"
        yield from (f"  {_id_of(name)}: {_text(name)}" for name in _names(a["topics"]))


def _eligibility(a: Answers) -> Iterable[str]:
    sectors = f"[{', '.join(_id_of(name) for name in _names(a['sectors']))}]"
    yield "# Every area needs an answer for every kind of organisation: eligible, not this cohort, or needs a decision."
    yield f"eligibility:\n  - {{area: here, sectors: {sectors}, answer: eligible}}"
    yield f"  - {{area: elsewhere, sectors: {sectors}, answer: not this cohort}}"


def _meetings(a: Answers) -> Iterable[str]:
    if not a["count"]:
        yield "# Nobody counts the meetings: pairs are asked every three months whether they still meet."
        yield "meetings: none said"
        return
    yield "# The pair's own meetings, counted from the day the pair starts."
    yield f"meetings: {{count: {a['count']}, length: {a['length']}, months: {a['months']}}}"


def _roles(a: Answers) -> Iterable[str]:
    meetings = int(a["count"] or 0) * (read_length(a["length"]) or 0)
    yield "# 'time' is what a line manager is asked to release; 'required time' is its sum, and is checked."
    yield "roles:"
    for role in a.roles:
        yield f"  {role.id}:\n    title: {_text(role.title)}"
        yield "    # about:                     # one sentence: what this role is"
        yield "    # asks for:                  # a list of what somebody in it promises, in plain words"
        lines = []
        if role.minutes:
            length = wording.length(role.minutes)
            lines.append(f"      - {{id: training, title: Training, length: {length}, group: {role.id}-training}}")
        if meetings:
            lines.append(
                f"      - {{id: meetings, title: Meetings with the partner, length: {wording.length(meetings)}}}"
            )
        if lines:
            yield "\n".join(["    time:", *lines])
        known = meetings + role.minutes
        yield f"    required time: {wording.length(known) if known else 'none said'}"


def _groups(a: Answers) -> Iterable[str]:
    yield "# Sessions by purpose. More dates: one line each. Add 'place:' and 'capacity:' when they are known."
    yield "groups:"
    for role in a.roles:
        day, _, times = role.training.rpartition(",")
        when = f"date: {day.strip()}, time: {times.strip()}" if role.training else "date: to be confirmed"
        yield f"  - id: {role.id}-training\n    title: {_text(f'Training: {role.title}')}\n    for: [{role.id}]"
        yield f"    attend: one of\n    required: {'yes' if role.training else 'no'}\n    sessions:"
        yield f"      - {{id: {role.id}-training-1, {when}}}"


def _form(a: Answers) -> Iterable[str]:
    def question(
        name: str, title: str, kind: str, options: Iterable[tuple[str, str]] = (), required: str = "yes"
    ) -> str:
        head = f"    - field: {name}\n      title: {_text(title)}\n      type: {kind}\n      required: {required}"
        listed = [f"        {value}: {_text(words)}" for value, words in options]
        return "\n".join([head, *(["      options:", *listed] if listed else [])])

    yield "# The questions of the app's own form. Keys of other form providers: docs/forms/."
    yield f"form:\n  ids:\n    standard: {a['programme']}\n  questions:"
    yield question("full_name", "What is your full name?", "text")
    yield question("email", "What is your work email address?", "email")
    if len(a.roles) > 1:
        options = [(role.id, role.title) for role in a.roles]
        yield question("role", "Which would you like to be?", "choice", options)
    yield question("area", "Where do you work?", "choice", [("here", a["area"]), ("elsewhere", "Somewhere else")])
    sectors = [(_id_of(name), name) for name in _names(a["sectors"])]
    yield question("sector", "What kind of organisation do you work for?", "choice", sectors)
    yield question("organisation", "What is the organisation you work for?", "text")
    yield question("job_title", "What is your job title?", "text")
    yield question("manager_name", "What is your line manager's full name?", "text")
    yield question("manager_email", "What is your line manager's work email address?", "email")
    if a["topics"]:
        topics = [(_id_of(name), name) for name in _names(a["topics"])]
        yield question("topics", "Which topics would you like to share or learn about?", "multi", topics)
    yield question("access_needs", "Do you need anything to take part?", "long text", required="no")
    agreed = [("true", "I agree")]
    yield question(
        "consent", "Do you agree that we use what you have told us to run the programme?", "yes or no", agreed
    )


def main(
    read: Callable[[str], str] = input,
    write: Callable[[str], object] = sys.stdout.write,
    folder: Path = FOLDER,
) -> int:
    """Ask, write the file, and proof-read it. Returns 0 if it can be used, 1 if not, 2 if nothing was written."""
    write("About twenty questions. Each is checked at once; everything can be changed in the file afterwards.\n")
    try:
        answers = ask_all(Terminal(read, write), {path.stem for path in folder.rglob("*.yaml")})
    except (EOFError, KeyboardInterrupt):
        write("\nNothing was written.\n")
        return 2
    path = folder / f"{answers['programme']}.yaml"
    text = written(answers)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        write(f"\n{path} is there already, and was left as it is. This is what would be in the new one:\n\n{text}")
        return 2
    reading = proofread(text, file=path.name)
    for finding in reading.findings:
        write(f"\n{finding}")
    if not reading.programme:
        write(
            f"\n\n{path} is written, and has errors: nothing starts with it until they are mended in the file. "
            f"Then check it with 'python -m shared.proofread {path}'.\n"
        )
        return 1
    write(
        f"\n\n{path} is written, and can be used. Look at it with 'make run', at "
        f"http://127.0.0.1:7071/apply/{answers['programme']}: docs/programme-file.md says how to set the clock.\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
