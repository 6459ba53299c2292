"""The hazards, and for which providers one cannot occur and why."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.senders import ALL

HAZARDS = {
    # delivery
    1: "the same event twice",
    2: "sent again by hand hours later, out of order",
    3: "a cold start longer than the sender waits",
    4: "an answer that makes the sender give up (404, 410, 400)",
    5: "several responses in one body",
    6: "a response edited later, or half a form",
    7: "a test or a preview",
    8: "an event without the answers",
    9: "a replay, when no time is signed",
    # authentication
    10: "proof missing, garbled, in another encoding",
    11: "a signature over other bytes than were sent",
    12: "a secret in a header or an address, while it is rotated",
    13: "a secret set on one side only",
    # shape
    14: "the many ways of a blank answer",
    15: "one value or a list for the same question",
    16: "the many ways of several options",
    17: "questions reordered, added, removed",
    18: "questions and options in new words",
    19: "two questions of one title",
    20: "titles with markup, marks and spaces",
    21: "a question called Type, IP or id",
    22: "unknown keys, types and events",
    23: "an option or a question that is not listed",
    24: "a body in another coat, or too large",
    25: "JSON typed by hand, with bare quotes",
    # text
    26: "every kind of odd character",
    27: "formulas and HTML in answers",
    # people
    28: "odd e-mail addresses, people who apply twice",
    29: "names that cannot be split",
    30: "band and organisation as free text",
    31: "a sender's identity beside the typed one",
    32: "special category data in the wrong place",
    # time and files
    33: "dates in every order, clock changes, wrong clocks",
    34: "links to files",
}

_ONE = "sends one response in each request"
_UNSIGNED = "signs nothing, so there is no signature over the body"
_NO_HTTP = "has no webhook: a command reads its files, and no request is answered"
_WORDS = "sends the words of options and no list of them"
_NO_TITLES = "sends no titles that could be read; questions are known by their key"
_ALL_ANSWERS = "every event holds the answers"
_ONLY_ANSWERS = "sends nothing about the person beside the answers"

#: Why a hazard cannot occur with a provider.
REASONS: dict[tuple[int, str], str] = {
    **{(number, "govuk"): _NO_HTTP for number in (3, 10, 11, 12, 13)},
    **{(5, name): _ONE for name in ALL if name != "smartsurvey"},
    **{(8, name): _ALL_ANSWERS for name in ALL if name != "msforms"},
    (9, "govuk"): "a file brought in again is the same bytes: see hazard 1",
    **{(11, name): _UNSIGNED for name, sender in ALL.items() if sender.header and not sender.signs},
    **{(23, name): _WORDS for name, sender in ALL.items() if not sender.with_ids},
    (23, "standard"): "sends our own values; one that is none of ours is hazard 18",
    (18, "standard"): "a sender that we instruct uses our names; an unknown one is named to administrators (hazard 17)",
    (19, "standard"): "answers have our names and no titles",
    **{(20, name): _NO_TITLES for name, sender in ALL.items() if not sender.titled},
    **{(31, name): _ONLY_ANSWERS for name in ("standard", "jotform", "gravity", "govuk")},
}


def hazard(*numbers: int, only: Iterable[str] = ()) -> Callable[[Any], Any]:
    """Run the test with each provider to which one of the hazards can occur (``only``: some of them) as ``source``."""
    chosen = set(only) or set(ALL)
    sources = [name for name in ALL if name in chosen and any((number, name) not in REASONS for number in numbers)]
    assert sources, "no provider is left"

    def marked(test: Any) -> Any:
        return pytest.mark.hazard(*numbers)(pytest.mark.parametrize("source", sources)(test))

    return marked
