"""Ports, folders and the settings the app gets on a laptop. What is already in the environment wins."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# Azurite's well-known development account, published in its documentation; it opens nothing else.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
GRAPH_TOKEN = "local-graph-token"  # noqa: S105 -- the stand-in's own, worth nothing elsewhere
MAILBOX = "reverse.mentoring@example.nhs.uk"
ADMINISTRATORS = "equality.team@example.nhs.uk"
# Cohort 7 takes applications on this Monday morning.
FIRST_MOMENT = datetime(2026, 2, 9, 9, 0, tzinfo=UTC)

ROOT = Path(__file__).resolve().parent.parent
_HIGHEST_PORT = 65_535


class UnusablePorts(Exception):
    """The port of a part cannot be used as it is set; one sentence a line says which, and what to write."""


@dataclass(frozen=True, slots=True)
class Ports:
    """One port per part, each from its environment variable."""

    host: int
    console: int
    graph: int
    inbox: int
    smtp: int
    blob: int
    queue: int
    table: int


def ports(environment: Mapping[str, str] = os.environ) -> Ports:
    """Returns the ports in force. Raises UnusablePorts for what is no port, and for one port that is meant twice."""
    found: dict[str, int] = {}
    wrong: list[str] = []

    def port(name: str, default: int) -> int:
        typed = (environment.get(name) or str(default)).strip()
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= len(str(_HIGHEST_PORT)) else 0
        if not 0 < number <= _HIGHEST_PORT:
            wrong.append(f"{name} is '{typed}', which is no port: write a whole number from 1 to {_HIGHEST_PORT}.")
            return 0
        other = next((earlier for earlier, taken in found.items() if taken == number), None)
        if other is not None:
            wrong.append(f"{other} and {name} are both {number}: give each a port of its own.")
        found[name] = number
        return number

    read = Ports(
        host=port("HOST_PORT", 7071),
        console=port("CONSOLE_PORT", 7070),
        graph=port("GRAPH_PORT", 7072),
        inbox=port("INBOX_PORT", 1080),
        smtp=port("SMTP_PORT", 1025),
        blob=port("AZURITE_BLOB_PORT", 10000),
        queue=port("AZURITE_QUEUE_PORT", 10001),
        table=port("AZURITE_TABLE_PORT", 10002),
    )
    if wrong:
        raise UnusablePorts("\n".join(wrong))
    return read


def local_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where all local data is kept."""
    folder = Path(environment.get("LOCAL_DIR") or ".local")
    return folder if folder.is_absolute() else ROOT / folder


def connection_string(at: Ports) -> str:
    """The storage connection of the local account."""
    services = (("Blob", at.blob), ("Queue", at.queue), ("Table", at.table))
    endpoints = "".join(f"{name}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};" for name, port in services)
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};{endpoints}"


def app_settings(at: Ports) -> dict[str, str]:
    """The settings of the function app on a laptop, by the names they have in Azure."""
    return {
        "AzureWebJobsStorage": connection_string(at),
        "AzureFunctionsWebHost__hostid": "mentoring-local",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{at.host}",
        "GRAPH_BASE_URL": f"http://127.0.0.1:{at.graph}/v1.0",
        "GRAPH_STATIC_TOKEN": GRAPH_TOKEN,
        "MAILBOX": MAILBOX,
        "ADMIN_EMAIL": ADMINISTRATORS,
        "TABLES_URL": f"http://127.0.0.1:{at.console}/",
        "REPORTS_URL": f"http://127.0.0.1:{at.console}/",
        "TOKEN_KEY": "local-token-key-0123456789abcdef0123456789abcdef",
        "WEBHOOK_SECRETS__STANDARD": "whsec_bG9jYWwtd2ViaG9vay1zZWNyZXQtMzItYnl0ZXMhISE=",
        **{
            f"WEBHOOK_SECRETS__{source.upper()}": f"local-{source}-secret-0123456789abcdef"
            for source in ("msforms", "typeform", "tally", "jotform", "google", "smartsurvey", "gravity")
        },
        # The examples too: nobody deploys them, and whoever looks at the product can look at them.
        "PROGRAMMES_FOLDER": str(ROOT / "shared" / "programmes"),
        "TICK_SCHEDULE": "0 */5 * * * *",
        "DAILY_SCHEDULE": "0 0 7 * * *",
    }


def settings_of_core_tools(at: Ports, environment: Mapping[str, str]) -> dict[str, object]:
    """What ``local.settings.json`` holds for ``func start``: the same settings, the port, and the console's clock."""
    own = {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "LOCAL_DIR": str(local_folder(environment)),
        "PYTHONPATH": str(ROOT / "local" / "func"),
    }
    values = {name: environment.get(name, value) for name, value in app_settings(at).items()}
    return {"IsEncrypted": False, "Values": {**values, **own}, "Host": {"LocalHttpPort": at.host}}


def with_settings(environment: Mapping[str, str], at: Ports) -> dict[str, str]:
    """The environment of the function app: local values for what is not set.

    The folder always: a ``local.settings.json`` of an earlier ``make parts`` may name another one, with another clock.
    """
    return {**app_settings(at), **environment, "LOCAL_DIR": str(local_folder(environment))}
