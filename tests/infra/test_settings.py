"""The settings that the deployment gives are those that the code reads, in both directions."""

import json

import pytest

from local.host.ncrontab import Schedule
from shared.settings import Settings, Storage, WebhookSecrets, read_settings
from tests.architecture.test_doors import triggers
from tests.infra.plan import app_settings, listed, planned, snapshot

# Read by the Functions host or its extensions, not by our code.
_OF_THE_HOST = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "AzureWebJobsDisableHomepage",
}
# Read by our code, and of no use in Azure: each with the reason.
_NOT_IN_AZURE = {
    "AzureWebJobsStorage": "a connection string holds a key, and shared keys are off",
    "GRAPH_STATIC_TOKEN": "the local stand-in's token",
    "PROGRAMMES_FOLDER": "programmes ship with the package",
    "PACE_SECONDS": "lets tests run a minute in less",
}
_NESTED = {"storage", "webhook_secrets"}


def read_by_the_code() -> set[str]:
    names = {name.upper() for name in Settings.model_fields if name not in _NESTED}
    names |= {str(field.validation_alias) for field in Storage.model_fields.values()}
    return names | {f"WEBHOOK_SECRETS__{source.upper()}" for source in WebhookSecrets.model_fields}


def test_every_setting_of_the_code_is_set_and_every_one_that_is_set_is_read() -> None:
    assert set(app_settings(planned())) - _OF_THE_HOST == read_by_the_code() - set(_NOT_IN_AZURE)


def test_what_is_left_out_is_a_setting() -> None:
    assert set(_NOT_IN_AZURE) <= read_by_the_code()


def test_every_form_provider_is_known() -> None:
    sources = listed("modules/functionapp.bicep", "formSources")

    assert sorted(sources) == sorted(WebhookSecrets.model_fields), "formSources in infra/modules/functionapp.bicep"


def test_a_provider_has_a_secret_only_if_it_is_connected() -> None:
    """A reference to a secret that is not there would stand in the setting as a text that anybody can guess."""
    settings = app_settings(planned())

    assert "secrets/webhook-msforms)" in settings["WEBHOOK_SECRETS__MSFORMS"]
    assert settings["WEBHOOK_SECRETS__STANDARD"] == ""
    assert "@Microsoft.KeyVault(SecretUri=" in settings["TOKEN_KEY"]


def test_a_mailbox_in_another_tenant_has_what_it_needs() -> None:
    """docs/deploy.md, "Which tenant is the mailbox in?"."""
    own, other = app_settings(planned()), app_settings(snapshot("everything"))

    assert own["GRAPH_TENANT_ID"] == own["GRAPH_CERTIFICATE"] == own["REPLY_TO"] == ""
    assert own["GRAPH_CLIENT_ID"] == own["AzureWebJobsStorage__clientId"] == "<>"
    assert other["GRAPH_TENANT_ID"].startswith("33333333")
    assert other["GRAPH_CLIENT_ID"].startswith("44444444")
    assert other["GRAPH_CERTIFICATE"] == "@Microsoft.KeyVault(SecretUri=<>secrets/graph-mailbox)"
    assert other["REPLY_TO"] == "equality.team@example.nhs.uk"


def test_the_app_starts_with_these_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once Azure has filled in what only it knows: addresses, the identity, and the secrets behind the references."""
    for name, value in app_settings(planned()).items():
        known = value
        if name.endswith("Uri"):
            known = "https://stmentoring.example.net/"
        elif "@Microsoft.KeyVault(" in value:
            known = "a-secret-of-the-vault-with-forty-characters"
        elif name.endswith("_URL"):
            address = (
                "func-mentoring-prod-abcde.azurewebsites.net" if "https://" in value else "https://portal.azure.com"
            )
            known = value.replace("<>", address)
        monkeypatch.setenv(name, known)
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)

    settings = read_settings()

    assert settings.base_url.startswith("https://func-mentoring-prod-")
    assert settings.storage.connection is None
    assert settings.storage.client_id
    assert settings.storage.credential == "managedidentity"
    assert settings.graph_client_id
    assert settings.messages_per_minute == 30


def test_what_the_triggers_ask_for_is_set() -> None:
    """A trigger with a setting that is not there stands still, and the others run on as if nothing were wrong."""
    settings = set(app_settings(planned()))
    asked = json.dumps(list(triggers().values()))

    assert {f"%{name}%" for name in ("TICK_SCHEDULE", "DAILY_SCHEDULE")} == {
        part for part in asked.split('"') if part.startswith("%")
    }
    assert {"TICK_SCHEDULE", "DAILY_SCHEDULE"} <= settings
    for part in ("blobServiceUri", "queueServiceUri", "tableServiceUri", "credential", "clientId"):
        assert f"AzureWebJobsStorage__{part}" in settings


def test_the_timers_have_times_that_the_host_takes() -> None:
    settings = app_settings(planned())

    for name in ("TICK_SCHEDULE", "DAILY_SCHEDULE"):
        assert len(settings[name].split()) == 6
        Schedule(settings[name])
