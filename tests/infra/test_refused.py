"""Nothing that Azure is known to refuse: on the first deployment, in the second month, or in another region."""

import re
from pathlib import Path

import pytest

from tests.infra import bicep, refused
from tests.infra.plan import app_settings, planned

ENVIRONMENTS = sorted(bicep.INFRA.glob("environments/*.bicepparam"))


@pytest.mark.parametrize("private", [False, True], ids=["public endpoints", "private network"])
def test_flex_consumption_takes_the_app(private: bool) -> None:
    deployment = planned(private=private)
    app = deployment.one("Microsoft.Web/sites")

    assert list(refused.of_the_site(app.properties)) == []
    assert list(refused.of_the_settings(app_settings(deployment))) == []
    # The same properties can be sent as a resource of their own.
    assert [one.name for one in deployment.of("Microsoft.Web/sites/config") if not one.name.endswith("settings")] == []


@pytest.mark.parametrize("name", sorted(refused.SITE_CONFIG))
def test_a_property_that_it_refuses_would_be_found(name: str) -> None:
    properties = planned().one("Microsoft.Web/sites").properties
    wrong = {**properties, "siteConfig": {**properties["siteConfig"], name[0].upper() + name[1:]: None}}

    assert len(list(refused.of_the_site(wrong))) == 1


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_every_region_takes_the_limit_of_instances(path: Path) -> None:
    given = bicep.constant(path, "maximumInstances")
    properties = bicep.deploy(
        bicep.INFRA / "main.bicep",
        {
            "environmentName": path.stem,
            "mailbox": "m",
            "adminEmail": "a",
            "operatorEmail": "o",
            "maximumInstances": given,
        },
    ).one("Microsoft.Web/sites")

    assert list(refused.of_the_site(properties.properties)) == []


def test_what_was_made_at_a_moment_is_not_made_again() -> None:
    """Azure refuses to move the first day of a budget: from the second month on, every deployment failed by it."""
    for path in bicep.files():
        text = path.read_text(encoding="utf-8")
        if re.search(r"\b(utcNow|newGuid)\(", text):
            resources = [one for one in bicep.declarations(path).values() if one.kind == "resource"]
            assert resources
            assert all("@onlyIfNotExists()" in one.decorators for one in resources), path
