import uuid

import pytest

from local.host.errors import FunctionError
from local.host.routes import Route

GUID = str(uuid.UUID(int=7))


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("people/{id:int}", "/people/7", {"id": "7"}),
        ("people/{id:int}", "/people/x", None),
        ("people/{id:int}", "/people/2147483648", None),
        ("people/{id:long}", "/people/2147483648", {"id": "2147483648"}),
        ("people/{id:guid}", f"/people/{GUID}", {"id": GUID}),
        ("people/{id:guid}", "/people/7", None),
        ("flags/{on:bool}", "/flags/TRUE", {"on": "TRUE"}),
        ("flags/{on:bool}", "/flags/yes", None),
        ("names/{name:alpha}", "/names/ann", {"name": "ann"}),
        ("names/{name:alpha}", "/names/ann1", None),
        ("prices/{price:decimal}", "/prices/1.50", {"price": "1.50"}),
        ("prices/{price:decimal}", "/prices/dear", None),
        ("pages/{number:int?}", "/pages", {}),
        ("pages/{number:int?}", "/pages/2", {"number": "2"}),
        ("pages/{number:int?}", "/pages/two", None),
        ("files/{*path}", "/files", {}),
        ("files/{*path}", "/files/a/b", {"path": "a/b"}),
        ("{name}.{extension}", "/report.csv", {"name": "report", "extension": "csv"}),
        ("a+b", "/a+b", {}),
        ("a+b", "/aab", None),
        ("{x}", "/", None),
        ("x", "/x//", None),
    ],
)
def test_a_template_matches_what_it_should(template: str, path: str, expected: dict[str, str] | None) -> None:
    assert Route.compile(template).match(path) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{x:even}",
        "{x:length(2)}",
        "a/{x?}/b",
        "a/{*rest}/b",
        "a-{x?}",
        "{x}/{X}",
        "a//b",
        "{x",
        "x=5}",
        "{x=5}",
        "admin/x",
    ],
)
def test_a_template_that_this_host_does_not_know_is_refused(template: str) -> None:
    with pytest.raises(FunctionError):
        Route.compile(template)
