"""What crosses the border between host and function: requests, messages and ticks in, answers out.

``Datum`` is the runtime library's own type. Its module is one of the two private names that the host relies
on (the other is in ``functionthread``); ``tests/host/test_library_contract.py`` fails when either changes.
"""

import json
from collections.abc import Iterable, Mapping
from http.cookies import Morsel, SimpleCookie
from urllib.parse import quote

from azure_functions_runtime.bindings.datumdef import Datum

from local.host.requests import Reply, Request

__all__ = ["Datum", "http_datum", "json_datum", "message_metadata", "reply_from", "string_datum"]

JSON_OBJECT_START = "{"


def string_datum(text: str) -> Datum:
    """Text."""
    return Datum(text, "string")


def json_datum(value: object) -> Datum:
    """Anything that JSON can carry."""
    return Datum(json.dumps(value), "json")


def http_datum(request: Request, route_parameters: Mapping[str, str], body: bytes) -> Datum:
    """A request; the body is always bytes, as with the capability that the Python worker announces."""
    return Datum(
        {
            "method": string_datum(request.method),
            "url": string_datum(request.url),
            "headers": _strings(request.headers),
            "query": _strings(request.query),
            "params": _strings(route_parameters),
            "body": Datum(body, "bytes"),
        },
        "http",
    )


def message_metadata(text: str, system: Mapping[str, Datum]) -> dict[str, Datum]:
    """Trigger metadata of a queue message: members of a JSON message first, so that the host's own win."""
    return {**_members(text), "QueueTrigger": string_datum(text), **system}


def reply_from(returned: Datum | None) -> Reply:
    """The answer to the caller. A function that returned nothing has failed already."""
    if returned is None:
        return Reply(500)
    if returned.type == "http":
        value = returned.value
        return _reply(
            int(value["status_code"].value),
            [(name, datum.value) for name, datum in value["headers"].items()],
            value["body"].value,
            value.get("cookies"),
        )
    return _reply_from_text(str(returned.value))


def _reply_from_text(text: str) -> Reply:
    """A plain string; a JSON object with a member ``body`` describes a whole response."""
    status, headers = 200, {"Content-Type": "text/plain; charset=utf-8"}
    described = _object(text)
    if described is not None and "body" in described:
        body = described["body"]
        text = body if isinstance(body, str) else json.dumps(body)
        status = int(str(described.get("statuscode", described.get("status", 200))))
        extra = described.get("headers")
        if isinstance(extra, dict):
            headers = {**headers, **{str(name).title(): str(value) for name, value in extra.items()}}
    return _reply(status, headers.items(), text.encode(), None)


def _reply(
    status: int, headers: Iterable[tuple[str, str]], body: bytes, cookies: Iterable[SimpleCookie] | None
) -> Reply:
    # The length is the server's business: a function that states a wrong one must not break the connection.
    fields = [(name, value) for name, value in headers if name.lower() not in {"content-length", "transfer-encoding"}]
    for cookie in cookies or ():
        fields += [("Set-Cookie", _set_cookie(morsel)) for morsel in cookie.values()]
    return Reply(status, body, tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in fields))


def _set_cookie(morsel: "Morsel[str]") -> str:
    """As the host writes it anew: the value escaped, a domain even where there is none, names in lower case."""
    named = (("expires", morsel["expires"]), ("max-age", str(morsel["max-age"])), ("domain", morsel["domain"]))
    fields = [f"{name}={value}" for name, value in named if value or name == "domain"]
    fields += [f"path={morsel['path']}"] if morsel["path"] else []
    fields += ["secure"] if morsel["secure"] else []
    fields += [f"samesite={morsel['samesite'].lower()}"] if morsel["samesite"] else []
    fields += ["httponly"] if morsel["httponly"] else []
    return "; ".join((f"{morsel.key}={quote(morsel.value, safe='')}", *fields))


def _strings(values: Mapping[str, str]) -> dict[str, Datum]:
    return {name: string_datum(value) for name, value in values.items()}


def _members(text: str) -> dict[str, Datum]:
    if not text.lstrip().startswith(JSON_OBJECT_START):
        return {}
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return {
        name: string_datum(value) if isinstance(value, str) else json_datum(value) for name, value in content.items()
    }


def _object(text: str) -> dict[str, object] | None:
    if not text.lstrip().startswith(JSON_OBJECT_START):
        return None
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return {str(name).lower(): value for name, value in content.items()}
