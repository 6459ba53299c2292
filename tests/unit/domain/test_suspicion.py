"""What is noticed about an application of our own form, and what is not held against anybody."""

from datetime import timedelta

import pytest

from shared.domain import references
from shared.domain.suspicion import MOST_A_DAY, SHORTEST, Counted, DailyCount, Doubt, network_of, of_counts, too_fast
from tests.world import NINE

KEY = b"a key for tests only"


@pytest.mark.parametrize(
    ("header", "network"),
    [
        ("203.0.113.9:51234", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("10.0.0.1, 203.0.113.9:51234", "203.0.113.9"),
        ("198.51.100.7:1, 203.0.113.9:2", "203.0.113.9"),
        ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", ""),
        ("203.0.113.9, ", ""),
        ("<script>", ""),
        ("999.1.1.1:2", ""),
        ("[::1", "::/64"),
    ],
)
def test_a_network_is_what_azure_says_and_not_what_a_caller_says(header: str, network: str) -> None:
    assert network_of(header) == network


def test_nobody_fills_in_a_form_within_seconds() -> None:
    assert too_fast(NINE, NINE)
    assert too_fast(NINE, NINE + SHORTEST - timedelta(milliseconds=1))
    assert not too_fast(NINE, NINE + SHORTEST)


@pytest.mark.parametrize(
    ("what", "doubt"),
    [(Counted.NETWORK, Doubt.NETWORK), (Counted.APPLICANT, Doubt.APPLICANT), (Counted.MANAGER, Doubt.MANAGER)],
)
def test_what_is_usual_gives_rise_to_no_doubt(what: Counted, doubt: Doubt) -> None:
    assert of_counts([DailyCount(what, MOST_A_DAY[what])]) == ()
    assert of_counts([DailyCount(what, MOST_A_DAY[what] + 1)]) == (doubt,)


def test_a_stamp_comes_back_as_it_was_sent_out_or_not_at_all() -> None:
    stamp = references.stamp(KEY, "apply a", NINE)

    assert references.read_stamp(KEY, "apply a", stamp) == NINE
    earlier = stamp.replace(stamp.partition(".")[0], str(int(NINE.timestamp()) - 60))
    for other in (
        earlier,
        stamp[:-1],
        stamp + "0",
        "",
        ".",
        stamp.partition(".")[0],
        "-1.x",
        "x.y",
        "9" * 30 + ".a",
        "é.é",
    ):
        assert references.read_stamp(KEY, "apply a", other) is None
    assert references.read_stamp(KEY, "apply b", stamp) is None
    assert references.read_stamp(b"another key", "apply a", stamp) is None


def test_a_pseudonym_tells_the_same_from_another_and_nothing_else() -> None:
    one = references.pseudonym(KEY, "network", "203.0.113.9", "2026-02-10")

    assert one == references.pseudonym(KEY, "network", "203.0.113.9", "2026-02-10")
    assert one != references.pseudonym(KEY, "network", "203.0.113.9", "2026-02-11")
    assert one != references.pseudonym(b"another key", "network", "203.0.113.9", "2026-02-10")
    assert "203" not in one or len(one) == 40
