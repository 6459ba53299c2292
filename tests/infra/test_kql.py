"""The little reader of queries says what Kusto would say, or that it does not know."""

import pytest

from tests.infra.kql import played

_ROWS = [
    {"Id": "1", "Kind": "A.BadThing", "Text": "one -> two", "Ok": True},
    {"Id": "2", "Kind": "A.BadThings", "Text": "Two", "Ok": False},
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("T", "12"),
        ("T | where Ok == true", "1"),
        ("T | where Ok == false and Id != '2'", ""),
        ("T | where Id == '2' or (Ok == true and Id in ('1', '3'))", "12"),
        ("T | where Kind has 'BadThing'", "1"),
        ("T | where Kind has_any ('Nothing', 'BadThings')", "2"),
        ('T | where tostring(Text) contains "TWO"', "12"),
        ("T | join kind=leftanti (T | where Ok == true) on Id", "2"),
        ("T | where Ok == true | where Ok == false", ""),
    ],
)
def test_what_a_query_finds(query: str, found: str) -> None:
    assert "".join(str(row["Id"]) for row in played(query, {"T": _ROWS})) == found


@pytest.mark.parametrize(
    "query",
    [
        "T | summarize count()",
        "T | where Id =~ '1'",
        "T | join kind=inner (T) on Id",
        "T | where Id startswith '1'",
        "T ; U",
    ],
)
def test_what_it_does_not_know_it_does_not_call_right(query: str) -> None:
    with pytest.raises(LookupError):
        played(query, {"T": _ROWS})
