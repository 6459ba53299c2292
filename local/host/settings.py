"""Everything that is configured: ``host.json``, its overrides, ``local.settings.json`` and app settings."""

import hashlib
import json
import logging
import re
import socket
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from local.host.errors import FunctionError, StartError

OVERRIDE_PREFIX = "azurefunctionsjobhost__"
DEFAULT_PORT = 7071
DEFAULT_BODY_LIMIT = 104_857_600
DEFAULT_TIMEOUT = timedelta(minutes=30)
MOST_MESSAGES_PER_REQUEST = 32
LOG_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}

_TIMESPAN = re.compile(
    r"(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2}(?:\.\d{1,7})?))?"
)
_SETTING_NAME = re.compile(r"%([^%]+)%")


class AppSettings(Mapping[str, str]):
    """App settings; as in .NET, the case of a name does not matter."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def resolve(self, text: str) -> str:
        """Replace every ``%NAME%``; an unknown name is the function's error, not the host's."""

        def value_of(match: re.Match[str]) -> str:
            try:
                return self[match[1]]
            except KeyError:
                raise FunctionError(f"'%{match[1]}%' does not resolve to a value.") from None

        return _SETTING_NAME.sub(value_of, text)

    def is_true(self, name: str) -> bool:
        """Whether a setting is switched on."""
        return self.get(name, "").strip().lower() in {"true", "1"}

    def is_disabled(self, function: str) -> bool:
        """``AzureWebJobs.<fn>.Disabled``, or one underscore for each dot. Two are passed over, as in Azure."""
        return self.is_true(f"AzureWebJobs.{function}.Disabled") or self.is_true(f"AzureWebJobs_{function}_Disabled")

    def connection_string(self, connection: str) -> str:
        """The connection string behind a binding's ``connection``; empty means the host's own storage."""
        name = connection or "Storage"
        value = self.get(f"AzureWebJobs{name}") or self.get(name)
        if not value:
            raise FunctionError(f"Connection setting '{connection or 'AzureWebJobsStorage'}' is not set.")
        return value


@dataclass(frozen=True)
class QueueSettings:
    """``extensions.queues`` of ``host.json``."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: timedelta = timedelta(0)
    max_polling_interval: timedelta = timedelta(seconds=60)
    base64: bool = True


@dataclass(frozen=True)
class HostSettings:
    """What the host itself goes by."""

    folder: Path
    host_id: str
    route_prefix: str = "api"
    body_limit: int = DEFAULT_BODY_LIMIT
    homepage: bool = True
    log_level: int = logging.INFO
    function_timeout: timedelta | None = DEFAULT_TIMEOUT
    queues: QueueSettings = QueueSettings()


def apply_local_values(folder: Path, environ: MutableMapping[str, str]) -> None:
    """Turn ``Values`` of ``local.settings.json`` into environment variables; one that is set already wins."""
    path = folder / "local.settings.json"
    if not path.exists():
        return
    content = _read_object(path)
    values = content.get("Values", {})
    if content.get("IsEncrypted") or not isinstance(values, dict):
        raise StartError(f"{path.name}: Values must be an unencrypted object.")
    for name, value in values.items():
        if not isinstance(value, str):
            raise StartError(f"{path.name}: the value of {name} must be a string.")
        environ.setdefault(name, value)


def port_from(environ: Mapping[str, str]) -> int:
    """``HOST_PORT``, else the port that Core Tools uses."""
    text = environ.get("HOST_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal():
        raise StartError("HOST_PORT must be a port number.")
    return int(text)


def load(folder: Path, app_settings: AppSettings) -> HostSettings:
    """Read ``host.json`` with its environment overrides."""
    host_json = HostJson.read(folder / "host.json", app_settings)
    version = host_json.text("version", "")
    if version != "2.0":
        raise StartError("host.json: version must be 2.0.")
    batch_size = host_json.number("extensions:queues:batchSize", 16)
    if not 1 <= batch_size <= MOST_MESSAGES_PER_REQUEST:
        raise StartError(f"host.json: queues.batchSize must be 1 to {MOST_MESSAGES_PER_REQUEST}.")
    encoding = host_json.text("extensions:queues:messageEncoding", "base64").lower()
    if encoding not in {"base64", "none"}:
        raise StartError("host.json: queues.messageEncoding must be base64 or none.")
    level = host_json.text("logging:logLevel:default", "Information").lower()
    if level not in LOG_LEVELS:
        raise StartError("host.json: logging.logLevel.default is not a log level.")
    body_limit = app_settings.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") or str(DEFAULT_BODY_LIMIT)
    if not body_limit.isdecimal():
        raise StartError("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT must be a number of bytes.")
    return HostSettings(
        folder=folder,
        host_id=app_settings.get("AzureFunctionsWebHost__hostid") or _host_id_of(folder),
        route_prefix=host_json.text("extensions:http:routePrefix", "api").strip("/"),
        body_limit=int(body_limit),
        homepage=not app_settings.is_true("AzureWebJobsDisableHomepage"),
        log_level=LOG_LEVELS[level],
        function_timeout=_function_timeout(host_json),
        queues=QueueSettings(
            batch_size=batch_size,
            new_batch_threshold=host_json.number("extensions:queues:newBatchThreshold", batch_size // 2),
            max_dequeue_count=host_json.number("extensions:queues:maxDequeueCount", 5),
            visibility_timeout=host_json.timespan("extensions:queues:visibilityTimeout", timedelta(0)),
            max_polling_interval=host_json.timespan("extensions:queues:maxPollingInterval", timedelta(seconds=60)),
            base64=encoding == "base64",
        ),
    )


def _function_timeout(host_json: "HostJson") -> timedelta | None:
    """How long a function may run; ``-1`` is for ever, which the plans that scale by themselves do not take."""
    if host_json.text("functionTimeout", "") == "-1":
        return None
    return host_json.timespan("functionTimeout", DEFAULT_TIMEOUT)


class HostJson:
    """``host.json`` as flat names such as ``extensions:queues:batchSize``, whose case does not matter.

    A variable ``AzureFunctionsJobHost__extensions__queues__batchSize`` replaces the value in the file.
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    @classmethod
    def read(cls, path: Path, app_settings: AppSettings) -> "HostJson":
        """Read the file and lay the overrides over it."""
        if not path.exists():
            raise StartError(f"There is no host.json in {path.parent}.")
        values = dict(_flatten(_read_object(path)))
        for name, value in app_settings.items():
            if name.startswith(OVERRIDE_PREFIX):
                values[name.removeprefix(OVERRIDE_PREFIX).replace("__", ":")] = value
        return cls(values)

    def text(self, name: str, default: str) -> str:
        """A string."""
        return str(self._values.get(name.lower(), default))

    def number(self, name: str, default: int) -> int:
        """A number that is not negative."""
        text = self.text(name, str(default))
        if not text.isdecimal():
            raise StartError(f"host.json: {name} must be a whole number, not negative.")
        return int(text)

    def timespan(self, name: str, default: timedelta) -> timedelta:
        """A .NET TimeSpan such as ``00:00:30``."""
        text = self._values.get(name.lower())
        if text is None:
            return default
        span = parse_timespan(str(text))
        if span is None:
            raise StartError(f"host.json: {name} must be a time span such as 00:00:30.")
        return span


def parse_timespan(text: str) -> timedelta | None:
    """Read ``[d.]hh:mm[:ss[.fff]]``, or None if it is something else."""
    match = _TIMESPAN.fullmatch(text.strip())
    if match is None:
        return None
    return timedelta(
        days=int(match["days"] or 0),
        hours=int(match["hours"]),
        minutes=int(match["minutes"]),
        seconds=float(match["seconds"] or 0),
    )


def _flatten(value: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flatten(member, f"{prefix}:{name}".lower().removeprefix(":"))
    else:
        yield prefix, value


def _read_object(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text("utf-8-sig"))
    except ValueError as exc:
        raise StartError(f"{path.name} is not valid JSON: {exc}") from exc
    if not isinstance(content, dict):
        raise StartError(f"{path.name} must hold a JSON object.")
    return content


def _host_id_of(folder: Path) -> str:
    """One id per machine and folder, so that two apps do not share the lock of a timer."""
    name = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:20] or "local"
    return f"{name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:10]}"
