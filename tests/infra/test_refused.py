"""Nothing that Azure is known to refuse: on the first deployment, in the second month, or in another region."""

import re

import pytest

from tests.infra import refused
from tests.infra.plan import SNAPSHOTS, app_settings, files, planned, snapshot


@pytest.mark.parametrize("name", ["prod", "test", "everything"])
def test_flex_consumption_takes_the_app(name: str) -> None:
    deployment = snapshot(name)
    app = deployment.one("Microsoft.Web/sites")

    assert list(refused.of_the_site(app.properties)) == []
    assert list(refused.of_the_settings(app_settings(deployment))) == []
    # The same properties can be sent as a resource of their own.
    assert [one.name for one in deployment.of("Microsoft.Web/sites/config") if one.short_name != "appsettings"] == []


def test_every_snapshot_of_an_app_is_looked_at() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == {"prod", "test", "everything", "once", "made-from"}


@pytest.mark.parametrize("name", sorted(refused.SITE_CONFIG))
def test_a_property_that_it_refuses_would_be_found(name: str) -> None:
    properties = planned().one("Microsoft.Web/sites").properties
    wrong = {**properties, "siteConfig": {**properties["siteConfig"], name[0].upper() + name[1:]: None}}

    assert len(list(refused.of_the_site(wrong))) == 1


def test_what_was_made_at_a_moment_is_not_made_again() -> None:
    """Azure refuses to move the first day of a budget: from the second month on, every deployment failed by it."""
    for path in files():
        text = path.read_text(encoding="utf-8")
        if re.search(r"\b(utcNow|newGuid)\(", text):
            above = re.findall(r"^(.*)\nresource \w+ '", text, re.MULTILINE)
            assert above
            assert set(above) == {"@onlyIfNotExists()"}, path
