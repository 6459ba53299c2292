"""References survive the telephone, and a link's token gives nothing away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.references import Link, Purpose, new_reference, read_reference, token, token_hash

KEY = b"test-token-key-0123456789abcdef0123"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY = st.text(ALPHABET, min_size=1, max_size=30)


def test_deriving_again_gives_the_same_and_another_attempt_another_one() -> None:
    parts = ("llr", "amara@example.org", "mentor")

    assert new_reference(KEY, *parts) == new_reference(KEY, *parts)
    assert len({new_reference(KEY, *parts, attempt=n) for n in range(4)}) == 4
    assert new_reference(KEY, "ab", "c") != new_reference(KEY, "a", "bc")
    assert new_reference(KEY, *parts) != new_reference(KEY + b"x", *parts)


@given(BODY)
def test_every_reference_is_read_back_however_it_is_typed(seed: str) -> None:
    reference = new_reference(KEY, seed)

    for typed in (
        reference,
        reference.lower(),
        f"  {reference} ",
        reference.replace("-", ""),
        reference.replace("-", " "),
        reference.replace("0", "O").replace("1", "I"),
        reference.replace("0", "o").replace("1", "l"),
    ):
        assert read_reference(typed) == reference


@pytest.mark.parametrize("typed", ["", " ", "K4Q", "K4Q-M7X-2P9-T1", "U4Q-M7X-2P9-T", "K4Q_M7X_2P9_T", "é" * 10])
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert read_reference(typed) is None


@given(BODY, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_noticed(seed: str, place: int, wrong: str) -> None:
    reference = new_reference(KEY, seed).replace("-", "")
    typed = reference[:place] + wrong + reference[place + 1 :]

    assert (read_reference(typed) is None) is (typed != reference)


@given(BODY, st.integers(0, 8))
def test_any_two_swapped_neighbours_are_noticed(seed: str, place: int) -> None:
    reference = new_reference(KEY, seed).replace("-", "")
    typed = reference[:place] + reference[place + 1] + reference[place] + reference[place + 2 :]

    assert (read_reference(typed) is None) is (typed != reference)


def test_no_two_characters_can_stand_for_each_other_unnoticed() -> None:
    unnoticed = set()
    for number in range(300):
        reference = new_reference(KEY, str(number)).replace("-", "")
        for place, right in enumerate(reference):
            for wrong in ALPHABET:
                typed = reference[:place] + wrong + reference[place + 1 :]
                if wrong != right and read_reference(typed) is not None:
                    unnoticed.add("".join(sorted((right, wrong))))

    assert unnoticed == set()


def test_two_hundred_thousand_people_get_as_many_references() -> None:
    assert len({new_reference(KEY, "llr", f"person{n}@example.org", "mentor") for n in range(200_000)}) == 200_000


def test_a_token_is_256_bits_of_its_own_for_every_part_of_a_link() -> None:
    links = [
        Link(purpose, programme, subject, version, detail)
        for purpose in Purpose
        for programme in ("llr-7", "llr-8")
        for subject in ("AAA", "BBB")
        for version in (1, 2)
        for detail in ("", "1", "2")
    ]
    tokens = {token(KEY, link) for link in links}

    assert len(tokens) == len(links)
    assert {len(value) for value in tokens} == {43}
    assert not tokens & {token_hash(value) for value in tokens}
    assert all(character.isalnum() or character in "-_" for value in tokens for character in value)
