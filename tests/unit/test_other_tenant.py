"""A mailbox in another tenant: which credential speaks to Graph, and what it shows for itself."""

from collections.abc import Mapping
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from shared.adapters.other_tenant import FederatedIdentity, certificate_credential
from shared.composition.azure import _graph_credential
from shared.errors import TemporaryFailure
from shared.settings import Settings

_TENANT, _APP, _OWN = "33333333-3333-4333-8333-333333333333", "the-app-there", "our-identity"
_GRAPH = "https://graph.microsoft.com/.default"


class Identity:
    """Our managed identity, with a new assertion each time."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def get_token(self, *scopes: str) -> AccessToken:
        self.asked.append(scopes)
        return AccessToken(f"assertion-{len(self.asked)}", 0)

    async def close(self) -> None:
        self.asked.append(("closed",))


async def test_the_managed_identity_proves_the_app_in_the_other_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = Identity()
    credential = FederatedIdentity(identity, _TENANT, _APP)
    shown: list[tuple[str, str, str]] = []

    async def exchanged(*scopes: str, **_: Any) -> AccessToken:
        there: Any = credential._registration
        shown.append((there._client._tenant_id, there._client._client_id, there._func()))
        return AccessToken(f"for {scopes[0]}", 0)

    monkeypatch.setattr(credential._registration, "get_token", exchanged)
    tokens = [await credential.get_token(_GRAPH, enable_cae=True) for _ in range(2)]
    await credential.close()

    assert [token.token for token in tokens] == [f"for {_GRAPH}"] * 2
    assert shown == [(_TENANT, _APP, "assertion-1"), (_TENANT, _APP, "assertion-2")]
    assert identity.asked == [("api://AzureADTokenExchange/.default",)] * 2 + [("closed",)]


@pytest.mark.parametrize("certificate", ["-----BEGIN CERTIFICATE-----\nnone", "not base64!", "AAAA"])
def test_a_certificate_that_is_none_lets_mail_wait_and_is_not_quoted(certificate: str) -> None:
    with pytest.raises(TemporaryFailure, match="GRAPH_CERTIFICATE is no certificate") as refused:
        certificate_credential(_TENANT, _APP, certificate)

    assert refused.value.__cause__ is None
    assert certificate not in refused.value.reason


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "ManagedIdentityCredential"),
        ({"GRAPH_TENANT_ID": _TENANT, "GRAPH_CLIENT_ID": _APP}, "FederatedIdentity"),
        ({"GRAPH_STATIC_TOKEN": "a-token"}, "StaticToken"),
    ],
)
def test_settings_decide_which_one_speaks_to_graph(
    monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str], kind: str
) -> None:
    usable = {
        "AzureWebJobsStorage__credential": "managedidentity",
        "AzureWebJobsStorage__clientId": _OWN,
        "PUBLIC_BASE_URL": "https://mentoring.example.nhs.uk",
        "GRAPH_BASE_URL": "https://graph.microsoft.com/v1.0",
        "MAILBOX": "mentoring@example.nhs.uk",
        "ADMIN_EMAIL": "equality.team@example.nhs.uk",
        "TOKEN_KEY": "k" * 32,
        "TICK_SCHEDULE": "0 */5 * * * *",
        "DAILY_SCHEDULE": "0 0 7 * * *",
    }
    for name, value in {**usable, **changes}.items():
        monkeypatch.setenv(name, value)

    assert type(_graph_credential(Settings())).__name__ == kind
