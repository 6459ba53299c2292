"""A request as the handlers see it, and the answer that they give."""

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlencode

from local.graph.errors import bad_request
from local.graph.settings import Json


@dataclass(frozen=True)
class Request:
    """Header and option names are in lower case."""

    method: str
    path: str
    segments: list[str]
    query: str
    options: dict[str, str]
    headers: dict[str, str]
    body: bytes
    origin: str

    @classmethod
    def read(cls, *, method: str, raw_path: str, query: str, headers: dict[str, str], body: bytes) -> "Request":
        """Split the path before it is unquoted, because an id may hold an encoded slash."""
        segments = [unquote(part) for part in raw_path.split("/") if part]
        pairs = parse_qsl(query, keep_blank_values=True)
        return cls(
            method=method,
            path=unquote(raw_path),
            segments=segments,
            query=query,
            options={name.lower(): value for name, value in pairs},
            headers=headers,
            body=body,
            origin=f"http://{headers.get('host', '127.0.0.1')}",
        )

    def json(self) -> Json:
        """The body, which has to be an object."""
        try:
            body = json.loads(self.body)
        except ValueError as exc:
            message = "Unable to read JSON request payload. Please ensure Content-Type header is set."
            raise bad_request(message) from exc
        if b"\\ud" in self.body.lower():
            _refuse_lone_surrogates(body)
        if not isinstance(body, dict):
            raise bad_request("Unable to read JSON request payload: an object was expected.")
        return body

    def optional_json(self) -> Json:
        """As `json`, and no body is an empty object."""
        return self.json() if self.body.strip() else {}

    def prefer(self, name: str) -> str | None:
        """One preference of the `Prefer` header, the name without regard to case."""
        pattern = rf"(?:^|[,;\s]){re.escape(name)}\s*=\s*(\"[^\"]*\"|[^\s,;]+)"
        found = re.search(pattern, self.headers.get("prefer", ""), re.IGNORECASE)
        return found.group(1).strip('"') if found else None

    @property
    def immutable_ids(self) -> bool:
        """Whether the caller wants ids that survive a move."""
        return (self.prefer("IdType") or "").lower() == "immutableid"

    def link(self, options: dict[str, str]) -> str:
        """This address with other options, for nextLink and deltaLink."""
        return f"{self.origin}{self.path}?{urlencode(options, safe='$')}"


def _refuse_lone_surrogates(body: object) -> None:
    """Half a character is legal in JSON's escapes, and in nothing that is made of it later."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        raise bad_request("Unable to read JSON request payload: the text is not valid Unicode.") from exc


@dataclass(frozen=True)
class Answer:
    """`body` None is an empty answer."""

    status: int = HTTPStatus.OK
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
