import pytest

from shared.domain.programme import Programme
from tests.unit.contracts.builders import a_programme


@pytest.fixture
def programme() -> Programme:
    return a_programme()
