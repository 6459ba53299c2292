"""No cell of the table is empty: a hazard is tried with a provider, or it is written why it cannot occur."""

from collections import Counter

import pytest

from shared.contracts.registry import providers
from tests.hazards.table import HAZARDS, REASONS
from tests.senders import ALL


def test_every_provider_stands_in_the_table() -> None:
    assert set(ALL) == set(providers()) - {"returning", "own"}


def test_every_hazard_has_a_test_or_a_reason_for_every_provider(
    request: pytest.FixtureRequest, collected: Counter[tuple[int, str]]
) -> None:
    if request.config.getoption("keyword") or any(".py" in arg for arg in request.config.args):
        pytest.skip("the table is whole only when all tests of this folder are collected, as `make test` does")
    empty = [(number, name) for number in HAZARDS for name in ALL if (number, name) not in {*REASONS, *collected}]

    assert not empty


def test_every_reason_is_about_something_in_the_table() -> None:
    assert all(number in HAZARDS and name in ALL for number, name in REASONS)
