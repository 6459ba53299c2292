"""The few hundred cases of every ``make test``: always the same ones. ``make fuzz`` tries many more."""

import pytest

from tests.fuzz.parsers import try_parser
from tests.fuzz.routes import Requests, Route, routes
from tests.senders import ALL


@pytest.mark.parametrize("source", ALL)
def test_any_body_is_an_application_or_has_a_reason_why_not(source: str) -> None:
    came = try_parser(source, 60, same=True)

    assert came["cases"] >= 60
    assert came["read"] > 0
    assert came["unreadable"] > 0
    assert came["refused with 401"] == came["cases"]


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_no_request_is_answered_with_500_and_no_body_is_lost(route: Route) -> None:
    tally = Requests(route).try_some(25, same=True)

    assert tally.cases >= 25
