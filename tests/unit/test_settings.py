"""The environment: what is wrong with it is said by name, and never with a value."""

import os

import pytest

from shared.settings import Settings, SettingsProblem, read_settings

_USABLE = {
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "PUBLIC_BASE_URL": "https://mentoring.example.nhs.uk",
    "GRAPH_BASE_URL": "https://graph.microsoft.com/v1.0",
    "MAILBOX": "mentoring@example.nhs.uk",
    "ADMIN_EMAIL": "equality.team@example.nhs.uk",
    "TOKEN_KEY": "k" * 32,
    "TICK_SCHEDULE": "0 */5 * * * *",
    "DAILY_SCHEDULE": "0 0 7 * * *",
}
_REFERENCE = "@Microsoft.KeyVault(SecretUri=https://kv-prod-abc.vault.azure.net/secrets/token-key)"


def reading(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name in os.environ:
        if name.upper().startswith(("AZUREWEBJOBS", "WEBHOOK_SECRETS")):
            monkeypatch.delenv(name)
    for name, value in {**_USABLE, **changes}.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_a_usable_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = reading(monkeypatch, WEBHOOK_SECRETS__MSFORMS="new old", WEBHOOK_SECRETS__STANDARD="")

    assert settings.webhook_secrets.of("msforms") == ("new", "old")
    assert settings.webhook_secrets.of("standard") == ()
    assert settings.base_url == "https://mentoring.example.nhs.uk"


@pytest.mark.parametrize("name", ["TOKEN_KEY", "WEBHOOK_SECRETS__MSFORMS"])
def test_a_reference_to_a_vault_that_leads_nowhere_is_no_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Azure then leaves the reference's text in the setting, and anybody could forge links and webhooks with it."""
    with pytest.raises(SettingsProblem) as stopped:
        reading(monkeypatch, **{name: _REFERENCE})

    assert f"{name}: Value error, the Key Vault reference is not resolved" in stopped.value.reason
    assert "kv-prod-abc" not in stopped.value.reason


_TENANT = "33333333-3333-4333-8333-333333333333"


@pytest.mark.parametrize(
    "changes",
    [
        {"GRAPH_TENANT_ID": _TENANT},
        {"GRAPH_CERTIFICATE": "-----BEGIN CERTIFICATE-----"},
        {"GRAPH_CERTIFICATE": "-----BEGIN CERTIFICATE-----", "GRAPH_CLIENT_ID": "app"},
    ],
)
def test_a_mailbox_in_another_tenant_needs_the_tenant_and_the_app_there(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    with pytest.raises(SettingsProblem, match="GRAPH_TENANT_ID: in another tenant"):
        reading(monkeypatch, **changes)


def test_what_the_deployment_leaves_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("GRAPH_TENANT_ID", "GRAPH_CLIENT_ID", "GRAPH_CERTIFICATE", "REPLY_TO")

    settings = reading(monkeypatch, **dict.fromkeys(names, ""))

    assert [getattr(settings, name.lower()) for name in names] == [None] * 4


def test_a_key_that_is_too_short_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsProblem) as stopped:
        reading(monkeypatch, TOKEN_KEY="short-and-secret", MAILBOX="nobody")

    assert "TOKEN_KEY: " in stopped.value.reason
    assert "MAILBOX: " in stopped.value.reason
    assert "short-and-secret" not in stopped.value.reason
    assert "nobody" not in stopped.value.reason


def test_storage_needs_a_connection_or_all_three_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_USABLE, "AzureWebJobsStorage__blobServiceUri", "https://x.blob.core.windows.net")
    monkeypatch.delitem(_USABLE, "AzureWebJobsStorage")

    with pytest.raises(SettingsProblem, match="AzureWebJobsStorage__blobServiceUri"):
        reading(monkeypatch)
