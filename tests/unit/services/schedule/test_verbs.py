"""Every command is one value, and docs/tables.md says of each what the value says."""

import re
from pathlib import Path

from shared.domain.application import Status
from shared.services.base.verbs import OfApplication, Verb
from tests.world import World

DOCS = Path(__file__).parents[4] / "docs" / "tables.md"
_ROW = re.compile(r"(?m)^\| `([a-z ]+)` \| (.+) \| (.+) \|$")
_MEND = "docs/tables.md, section 'Commands', or the command's value in shared/services/*/commands.py has to change"


def verbs() -> tuple[Verb, ...]:
    return World().app.tick.commands.verbs


def documented(text: str) -> dict[str, tuple[str, str]]:
    """The rows of the table of commands, by their word."""
    table = text.partition("| Command | does | refused unless")[2].partition("\n\n")[0]
    return {word: (does, unless) for word, does, unless in _ROW.findall(table)}


def differences(text: str, known: tuple[Verb, ...]) -> list[str]:
    """The words of commands of which docs and values say different things."""
    values = {verb.word: (verb.does, verb.unless) for verb in known}
    docs = documented(text)
    return sorted(word for word in values.keys() | docs.keys() if values.get(word) != docs.get(word))


def test_the_table_of_commands_in_the_docs_is_the_one_that_the_app_carries_out() -> None:
    assert differences(DOCS.read_text(encoding="utf-8"), verbs()) == [], _MEND


def test_a_command_that_is_missing_or_told_otherwise_would_be_found() -> None:
    text = DOCS.read_text(encoding="utf-8")
    changed = text.replace("| `admit` | lets an application in", "| `admit` | lets nobody in")

    assert differences(changed, verbs()) == ["admit"]
    assert differences(text, verbs()[1:]) == ["resend approval"]


def test_the_statuses_that_people_read_of_are_those_that_count() -> None:
    for verb in verbs():
        if not isinstance(verb.run, OfApplication):
            continue
        named = {status for status in Status if f"`{status}`" in verb.unless}
        counts = set(Status) - named if verb.unless.startswith("anything") else named

        assert verb.run.fits.statuses == counts, f"{verb.word}: 'unless' names other statuses than 'fits'"


def test_no_word_stands_for_two_commands_and_each_is_found_as_it_is_read() -> None:
    words = [verb.word for verb in verbs()]

    assert len(words) == len(set(words)) == len(documented(DOCS.read_text(encoding="utf-8")))
    assert [word for word in words if word != " ".join(word.lower().split())] == []
