"""Every command is one value, from which the table of commands in docs/tables.md is written."""

from shared.services.base.verbs import OfApplication, OfApplicationWithNote, Verb
from tests.world import World


def verbs() -> tuple[Verb, ...]:
    return World().app.tick.commands.verbs


def test_no_word_stands_for_two_commands_and_each_is_found_as_it_is_read() -> None:
    words = [verb.word for verb in verbs()]

    assert len(words) == len(set(words))
    assert [word for word in words if word != " ".join(word.lower().split())] == []


def test_every_command_that_needs_a_reference_has_an_example_of_one() -> None:
    for verb in verbs():
        asks = isinstance(verb.run, OfApplication | OfApplicationWithNote) or "`Reference`" in verb.does

        assert bool(verb.as_typed) is asks, verb.word
