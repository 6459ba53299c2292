"""Who the app and the commands are signed in as."""

import pytest

from shared.composition.azure import _identity
from tests.world import World


@pytest.mark.parametrize(
    ("credential", "signed_in_as"),
    [("managedidentity", "ManagedIdentityCredential"), (None, "AzureCliCredential")],
    ids=["in Azure", "on somebody's own machine"],
)
def test_whose_access_is_used(credential: str | None, signed_in_as: str) -> None:
    settings = World().settings
    settings = settings.model_copy(update={"storage": settings.storage.model_copy(update={"credential": credential})})

    assert type(_identity(settings, "11111111-1111-1111-1111-111111111111")).__name__ == signed_in_as
