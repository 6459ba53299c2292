"""How an application ends, and what is left of it."""

from shared.domain.application import Answer, Status
from shared.domain.leaving import erased, replaced
from tests.factories import answered, applied
from tests.unit.domain.beginnings import HOUR
from tests.world import NINE


def test_a_replaced_application_is_withdrawn_and_names_its_successor() -> None:
    gone = replaced(applied(), "AAA-AAA-AAA-A", now=NINE + HOUR)

    assert (gone.status, gone.replaced_by, gone.closed_at) == (Status.WITHDRAWN, "AAA-AAA-AAA-A", NINE + HOUR)


def test_an_erased_application_keeps_no_word_about_anybody() -> None:
    left = erased(answered(applied(), Answer.DECLINE), now=NINE)

    for word in ("Amara", "amara.okafor", "Priya", "priya.shah", "nurse", "Partnership"):
        assert word not in repr(left)
