import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.text import clean, is_broken, match_key

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
HEART_ON_FIRE = "\u2764\ufe0f\u200d\U0001f525"
NODDING = "\U0001f642\u200d\u2195\ufe0f"
WALES = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
KSHA_APART = "\u0915\u094d\u200d\u0937"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
ANYTHING = st.text(alphabet=st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Priya \t  Shah ", "Priya Shah"),
        ("Priya\u00a0Shah\u2009Rao\u3000x", "Priya Shah Rao x"),
        ("Pri\u200bya\ufeff \u202eShah\u202c\u00ad", "Priya Shah"),
        ("Jose\u0301", "Jos\u00e9"),
        ("e\u200b\u0301", "\u00e9"),
        ("one\r\ntwo\rthree\u2028four", "one two three four"),
        ("a\x00b\x07c\u0092d\ud800e\ufffef", "abcdef"),
        ("men\x02toring", "mentoring"),
        *[(f"a slide:{end}second line", "a slide: second line") for end in "\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028"],
        ("a\u200db", "ab"),
        ("\u200dx\u200c", "x"),
        ("\u3164\u2800 ", ""),
        ("O\u2019Brien & Sons &amp; co", "O\u2019Brien & Sons &amp; co"),
        ("\U0001f3f4\U000e0068\U000e0069", "\U0001f3f4"),
        *[(kept, kept) for kept in (FAMILY, HEART_ON_FIRE, NODDING, WALES, KSHA_APART, PERSIAN, "\u0600\u0661")],
    ],
)
def test_one_line_keeps_what_a_person_sees_and_drops_the_rest(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_long_text_keeps_its_lines() -> None:
    for end in "\x0b\x0c\x1c\x1d\x1e\x1f\x85":
        assert clean(f"From a slide:{end}second line", multiline=True) == "From a slide:\nsecond line"
    assert clean(" \r\n one  two \r\n\r\nthree\t \r\n ", multiline=True) == "one two\n\nthree"


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        ("a\tb\r\nc", False),
        ("Zo\u00eb \U0001f469", False),
        ("a\x00", False),
        ("\x0b", False),
        ("\x9c", False),
        ("\udc00", True),
    ],
)
def test_half_a_character_is_evidence_of_a_broken_sender(value: str, broken: bool) -> None:
    assert is_broken(value) is broken


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ("I would like to be a\u2026 *", "I would like to be a..."),
        ("WHERE  do you work ?", "Where do you work?"),
        ("Your line manager\u2019s name:", "Your line manager's name"),
        ("Monday 13 April, 1pm \u2013 4pm", "Monday 13 April, 1pm - 4pm"),
        ("\u201cYes\u201d. . .", '"yes"'),
        ("Stra\u00dfe", "STRASSE"),
    ],
)
def test_texts_a_person_would_call_the_same_share_a_key(sent: str, asked: str) -> None:
    assert match_key(sent) == match_key(asked)


def test_a_plus_is_part_of_a_name() -> None:
    assert match_key("LGBTQ+") != match_key("LGBTQ")


@settings(max_examples=150, deadline=None)
@given(ANYTHING)
def test_cleaning_twice_changes_nothing_and_the_result_can_be_stored(value: str) -> None:
    for multiline in (False, True):
        once = clean(value, multiline=multiline)

        assert clean(once, multiline=multiline) == once
        assert once == once.strip()
        assert once.encode("utf-8").decode("utf-8") == once
        assert unicodedata.is_normalized("NFC", once)
        assert not is_broken(once)


@settings(max_examples=150, deadline=None)
@given(ANYTHING)
def test_a_key_is_its_own_key(value: str) -> None:
    assert match_key(match_key(value)) == match_key(value)
