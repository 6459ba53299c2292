"""Setting a programme up by answering questions: whatever is answered, the file that comes of it passes."""

from pathlib import Path

import pytest

from shared import new_programme
from shared.proofread import proofread

# By the first words of the question.
FULL = {
    "Which short id": "llr-rm-2027-c8",
    "What is the programme called": 'Reverse Mentoring: "Inclusion"',
    "Who runs it": "LLR Academy",
    "Which cohort": "8",
    "What is it,": "One shares, and the other learns: # that is all.",
    "Does one share": "reverse",
    "What is the first day": "Monday 1 February 2027",
    "What is the last day": "Friday 12 March 2027",
    "In which month": "April 2027",
    "How many times": "6",
    "How long is one": "1 hour",
    "Over how many": "6",
    "What is the one called who shares": "Reverse mentor",
    "What is the one called who learns": "Reverse mentee",
    "When is the training for 'Reverse mentor'": "Thursday 25 March 2027, 9.30 - 12.30",
    "When is the training for 'Reverse mentee'": "Wednesday 31 March 2027, 11.00 - 12.00",
    "Which topics": "Race, Disability, LGBTQ+",
    "Where do people": "Leicester, Leicestershire and Rutland",
    "For which kinds": "NHS, Social care",
    "Which mailbox": "team@example.nhs.uk",
    "Who signs": "Jo Bloggs",
    "What is the address of the privacy": "https://example.nhs.uk/privacy",
    "What is the address of the accessibility": "https://example.nhs.uk/accessibility",
    "What is the address of the information": "https://example.nhs.uk/pack",
}
NEEDED = ("Which short id", "What is the programme called", "Does one share", "Where do people", "For which kinds")


class Person:
    """Answers at the keyboard; ``first`` is tried before the answer that will do."""

    def __init__(self, answers: dict[str, str], first: dict[str, str] | None = None) -> None:
        self.answers = answers
        self.first = dict(first or {})
        self.shown: list[str] = []

    def write(self, text: str) -> None:
        self.shown.append(text)

    def read(self, _: str) -> str:
        asked = next(text for text in reversed(self.shown) if text.startswith("\n") and ". " in text)
        question = asked.partition(". ")[2]
        key = max((k for k in {**FULL, **self.answers} if question.startswith(k)), key=len, default="")
        return self.first.pop(key, None) or self.answers.get(key, "")


def run(folder: Path, person: Person) -> int:
    return new_programme.main(person.read, person.write, folder)


@pytest.mark.parametrize(
    "without", [(), ("How many times",), ("When is the training for 'Reverse mentor'",), ("Which topics",)]
)
def test_what_is_written_passes(tmp_path: Path, without: tuple[str, ...]) -> None:
    person = Person({key: answer for key, answer in FULL.items() if key not in without})

    assert run(tmp_path, person) == 0
    programme = proofread(tmp_path / "llr-rm-2027-c8.yaml").programme
    assert programme is not None
    assert programme.name == 'Reverse Mentoring: "Inclusion"'
    assert programme.imprint.about == ("One shares, and the other learns: # that is all.",)


def test_everything_that_was_answered_stands_in_it_and_nothing_is_left_to_warn_of(tmp_path: Path) -> None:
    assert run(tmp_path, Person(FULL)) == 0

    reading = proofread(tmp_path / "llr-rm-2027-c8.yaml")
    assert reading.findings == ()
    assert reading.programme is not None
    minutes = {role: about.total_minutes for role, about in reading.programme.roles.items()}
    assert minutes == {"mentor": 9 * 60, "mentee": 7 * 60}


@pytest.mark.parametrize("model", ["reverse", "Reciprocal"])
def test_with_nothing_but_what_is_needed_it_passes_too(tmp_path: Path, model: str) -> None:
    person = Person({**{key: FULL[key] for key in NEEDED}, "Does one share": model})

    assert run(tmp_path, person) == 0


def test_a_slip_is_told_at_once_and_asked_again(tmp_path: Path) -> None:
    slips = {
        "Which short id": "Cohort 8!",
        "What is the last day": "Thursday 12 March 2027",
        "How long is one": "long",
        "Which mailbox": "team at nhs",
        "What is the address of the privacy": "example.nhs.uk",
        "When is the training for 'Reverse mentor'": "Thursday 25 March 2027",
    }
    person = Person(FULL, slips)

    assert run(tmp_path, person) == 0
    assert person.first == {}
    assert any("12 March 2027 is a Friday, not a Thursday." in text for text in person.shown)


def test_what_contradicts_an_earlier_answer_or_itself_is_told_at_once_too(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "llr-taken.yaml").write_text("theirs\n", encoding="utf-8")
    slips = {
        "Which short id": "llr-taken",
        "What is the last day": "Friday 29 January 2027",
        "When is the training for 'Reverse mentee'": "Wednesday 31 March 2027, 12.00 - 11.00",
    }
    person = Person(FULL, slips)

    assert run(tmp_path, person) == 0
    said = "".join(person.shown)
    assert "There is a programme 'llr-taken' already." in said
    assert "That is before the first day, Monday 1 February 2027." in said
    assert "It ends before it starts." in said


def test_a_file_that_came_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "llr-rm-2027-c8.yaml"

    class Slow(Person):
        def read(self, prompt: str) -> str:
            answer = super().read(prompt)
            if answer == FULL["Who signs"]:
                path.write_text("mine\n", encoding="utf-8")
            return answer

    person = Slow(FULL)
    assert run(tmp_path, person) == 2
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert "programme: llr-rm-2027-c8" in person.shown[-1]


def test_whoever_stops_in_between_has_written_nothing(tmp_path: Path) -> None:
    answers = ["llr-1"]

    def read(_: str) -> str:
        if not answers:
            raise EOFError
        return answers.pop()

    assert new_programme.main(read, lambda _: None, tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
