"""Everything that is published of a cohort, three times in its life, attacked: no small number can be worked out."""

from tests.unit.domain.publications import Tally, published

_COHORTS = 12


def test_of_many_cohorts_published_three_times_no_hidden_number_is_worked_out() -> None:
    """Each table by itself with a pencil, and all of them together with all that was published before."""
    tally = sum((published(seed) for seed in range(_COHORTS)), Tally())

    assert (tally.exact, tally.nearly) == (0, 0)
    assert tally.hidden > 20 * _COHORTS
    assert tally.left_out < tally.tables / 10
