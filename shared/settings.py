"""The app's settings, read once from the environment. Names equal the app settings in ``infra/``.

A missing or bad setting stops the app with its name and what it should be, and never with its value.
"""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.errors import ServiceError

_MINIMUM_KEY = 32


_UNRESOLVED = "@Microsoft.KeyVault("


def _resolved(secret: SecretStr) -> SecretStr:
    """Azure leaves a Key Vault reference that leads nowhere as it is, and anybody can guess that text."""
    if secret.get_secret_value().startswith(_UNRESOLVED):
        raise ValueError("the Key Vault reference is not resolved: is the secret there, and may the app read it?")
    return secret


def _resolved_if_set(secret: SecretStr | None) -> SecretStr | None:
    return None if secret is None else _resolved(secret)


def _keys(secret: SecretStr) -> SecretStr:
    """Keys are written with spaces between them, the newest first."""
    keys = _resolved(secret).get_secret_value().split()
    if not keys or any(len(key) < _MINIMUM_KEY for key in keys):
        raise ValueError(f"each key needs at least {_MINIMUM_KEY} characters")
    return secret


Keys = Annotated[SecretStr, AfterValidator(_keys)]


def _secret_list(value: object) -> object:
    """Secrets are written with spaces between them, so that a new one can stand beside the old during rotation."""
    return tuple(_resolved(SecretStr(part)) for part in value.split()) if isinstance(value, str) else value


SecretList = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_secret_list)]


def _address_list(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


def _unset(value: object) -> object:
    """A setting that the deployment leaves empty is none."""
    return None if isinstance(value, str) and not value.strip() else value


_Optional = BeforeValidator(_unset)
MailboxList = Annotated[tuple[EmailStr, ...], NoDecode, BeforeValidator(_address_list)]


class SettingsProblem(ServiceError):
    """The environment does not describe a working app."""


class Storage(BaseSettings):
    """Where tables, queues and blobs are: a connection string, or endpoints reached with the managed identity."""

    model_config = SettingsConfigDict(env_prefix="AzureWebJobsStorage__", frozen=True, hide_input_in_errors=True)

    connection: SecretStr | None = Field(
        default=None,
        validation_alias="AzureWebJobsStorage",
        description="storage as a connection string; else the next three",
    )
    blob_service_uri: HttpUrl | None = Field(
        default=None,
        validation_alias="AzureWebJobsStorage__blobServiceUri",
        description="storage by identity, `https://NAME.blob.core.windows.net`",
    )
    queue_service_uri: HttpUrl | None = Field(
        default=None, validation_alias="AzureWebJobsStorage__queueServiceUri", description="the same, `queue`"
    )
    table_service_uri: HttpUrl | None = Field(
        default=None, validation_alias="AzureWebJobsStorage__tableServiceUri", description="the same, `table`"
    )
    client_id: str | None = Field(
        default=None,
        validation_alias="AzureWebJobsStorage__clientId",
        description="a user-assigned identity",
    )
    credential: str | None = Field(
        default=None,
        validation_alias="AzureWebJobsStorage__credential",
        description="`managedidentity` in Azure; without it whoever is signed in",
    )


class WebhookSecrets(BaseSettings):
    """The live secrets of each form provider: ``WEBHOOK_SECRETS__<SOURCE>``, several separated by spaces."""

    model_config = SettingsConfigDict(
        env_prefix="WEBHOOK_SECRETS__", frozen=True, hide_input_in_errors=True, extra="ignore"
    )

    standard: SecretList = ()
    msforms: SecretList = ()
    typeform: SecretList = ()
    tally: SecretList = ()
    jotform: SecretList = ()
    google: SecretList = ()
    smartsurvey: SecretList = ()
    gravity: SecretList = ()

    def of(self, source: str) -> tuple[str, ...]:
        """The plain secrets of a source, newest first as written; empty for a source without any."""
        secrets: tuple[SecretStr, ...] = getattr(self, source, ())
        return tuple(secret.get_secret_value() for secret in secrets)


class Settings(BaseSettings):
    """Everything that differs between a laptop, a test system and production."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    storage: Storage = Field(default_factory=Storage)
    webhook_secrets: WebhookSecrets = Field(default_factory=WebhookSecrets)
    public_base_url: HttpUrl = Field(description="the address of this app as people reach it, https://...")
    graph_base_url: HttpUrl = Field(description="https://graph.microsoft.com/v1.0")
    graph_static_token: SecretStr | None = Field(
        default=None, description="a fixed token for the stand-in on a laptop; never in Azure"
    )
    graph_client_id: Annotated[str | None, _Optional] = Field(
        default=None,
        description="the identity for Graph, if not the one for storage; for another tenant's mailbox the application "
        "that it lets in",
    )
    graph_tenant_id: Annotated[str | None, _Optional] = Field(
        default=None, description="the mailbox's tenant, if not the app's; needs `GRAPH_CLIENT_ID`"
    )
    graph_certificate: Annotated[SecretStr | None, _Optional, AfterValidator(_resolved_if_set)] = Field(
        default=None,
        description="for an application registered in that tenant: a certificate with its key, PEM or PKCS #12 in "
        "base64",
    )
    mailbox: EmailStr = Field(description="the shared mailbox that sends every mail")
    reply_to: Annotated[EmailStr | None, _Optional] = Field(
        default=None, description="where answers to mails go, if not to the mailbox; the app does not read them"
    )
    admin_email: EmailStr = Field(description="where digests and alerts go")
    tables_url: str = Field(
        default="",
        pattern=r"^(https?://[!-~]+)?$",
        description="where people open the tables, for links in mails to the team",
    )
    reports_url: str = Field(
        default="",
        pattern=r"^(https?://[!-~]+)?$",
        description="where they open the container `reports`",
    )
    token_key: Keys = Field(description="links and references are derived from it; 32 characters or more, no space")
    programmes_folder: str = Field(default="", description="programme files in place of the shipped ones")
    tick_schedule: str = Field(min_length=9, description="NCRONTAB with six fields, UTC, such as `0 */5 * * * *`")
    daily_schedule: str = Field(min_length=9, description="the same, such as `0 0 7 * * *`")
    messages_per_minute: int = Field(default=30, ge=1, le=1000, description="the mailbox's pace")
    pace_seconds: float = Field(default=60, gt=0, le=60, description="how long that minute is; for rehearsals")
    more_mailboxes: MailboxList = Field(
        default=(), description="further mailboxes that programme files name, with spaces between them"
    )

    @property
    def base_url(self) -> str:
        """The public address without a slash at its end."""
        return str(self.public_base_url).rstrip("/")


def read_settings() -> Settings:
    """Read the environment. Raises SettingsProblem that names each bad setting, never its value."""
    try:
        settings = Settings()
    except ValidationError as exc:
        raise SettingsProblem(_explain(exc)) from None  # the pydantic error would quote the values it refused
    storage = settings.storage
    if storage.connection is None and not (
        storage.blob_service_uri and storage.queue_service_uri and storage.table_service_uri
    ):
        raise SettingsProblem(
            "AzureWebJobsStorage: give a connection string, or AzureWebJobsStorage__blobServiceUri, "
            "__queueServiceUri and __tableServiceUri"
        )
    other_tenant = settings.graph_tenant_id or settings.graph_certificate
    if other_tenant and not (settings.graph_tenant_id and settings.graph_client_id):
        raise SettingsProblem(
            "GRAPH_TENANT_ID: in another tenant the app needs GRAPH_CLIENT_ID, the application that is let in there, "
            "and perhaps GRAPH_CERTIFICATE"
        )
    return settings


def _explain(exc: ValidationError) -> str:
    lines = []
    prefix = str(WebhookSecrets.model_config["env_prefix"]) if exc.title == WebhookSecrets.__name__ else ""
    for error in exc.errors(include_url=False, include_context=False, include_input=False):
        name = str(error["loc"][0]) if error["loc"] else "settings"
        field = Settings.model_fields.get(name)
        should = f" (should be: {field.description})" if field and field.description else ""
        lines.append(f"{prefix}{name.upper()}: {error['msg']}{should}")
    return "settings are not usable: " + "; ".join(lines)


if __name__ == "__main__":  # python -m shared.settings: is this environment usable?
    try:
        read_settings()
    except SettingsProblem as problem:
        raise SystemExit(problem.reason) from None
