"""What holds of an application whatever becomes of it."""

from shared.domain.application import Status
from tests.factories import applied
from tests.unit.domain.beginnings import BEFORE


def test_the_table_of_beginnings_is_complete() -> None:
    assert {status: application.status for status, application in BEFORE.items()} == {s: s for s in Status}


def test_a_remark_is_kept_once_and_in_order() -> None:
    assert applied().flagged("one", "").flagged("two", "one").flags == ("one", "two")
