"""Services get what their constructors ask for."""

from collections.abc import Sequence

import pytest
from svcs import Container

from shared.composition.outside import Outside
from shared.composition.wiring import registry
from shared.ports import Clock
from shared.stores.applications import Applications
from tests.world import World

type Words = Sequence[str]


class Asks:
    def __init__(self, applications: Applications, *, words: Words) -> None:
        self.applications = applications
        self.words = words


class AsksMore:
    def __init__(self, asks: Asks, words: Words) -> None:
        self.asks = asks
        self.words = words


class AsksForAProtocol:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock


def words() -> Words:
    return ["a", "b"]


def test_of_each_type_there_is_one_and_a_store_has_its_table() -> None:
    made = registry((AsksMore, Asks, words), given=(Outside,))
    container = Container(made)
    container.register_local_value(Outside, World().outside)

    more = container.get(AsksMore)

    assert more.asks is container.get(Asks)
    assert more.words is more.asks.words
    assert more.asks.applications is container.get(Applications)


def test_what_nothing_makes_is_named_when_the_app_starts() -> None:
    with pytest.raises(TypeError, match=r"nothing makes the clock that .*AsksForAProtocol.* asks for: .*Clock"):
        registry((AsksForAProtocol,), given=())
