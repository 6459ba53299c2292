"""The console's pages and its clock: a small ASGI app. Nothing in it can change a table."""

import json
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from azure.core.exceptions import AzureError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import ContainerClient
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.clock import MovableClock, clock_file
from local.console.columns import FIRST, TECHNICAL
from local.console.rehearsals import Rehearsals
from local.mails.gallery import page as every_mail
from local.settings import connection_string, local_folder, ports
from shared.programmes import in_folder
from shared.stores.names import ContainerName, TableName

# What the team opens beside the tables.
_OPENED = (ContainerName.REPORTS, ContainerName.ACCESS)
_ROWS_ON_A_PAGE = 500
type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Console:
    """``GET /``, ``/mails``, ``/tables/NAME``, ``/reports|access/NAME``; ``/clock``, ``GET|POST /rehearsal``."""

    def __init__(self) -> None:
        self._ports = ports()
        self._clock = MovableClock(clock_file(local_folder()))
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
        )
        self._rehearsals = Rehearsals(self._templates)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if path == "/clock" and method in {"PUT", "POST"}:
            status, content_type, body, extra = self._move_clock(method, await _body(receive))
        elif path == "/clock":
            status, content_type, body, extra = 200, "application/json", self._clock_json(), []
        elif path == "/mails":
            status, content_type, body, extra = 200, "text/html; charset=utf-8", every_mail(), []
        elif path == "/rehearsal":
            given = _form(await _body(receive)) if method == "POST" else None
            page = self._rehearsals.page() if given is None else await self._rehearsals.play(given)
            status, content_type, body, extra = 200, "text/html; charset=utf-8", page, []
        elif path.startswith("/rehearsal/") and (found := self._rehearsals.file(path.removeprefix("/rehearsal/"))):
            status, content_type, body, extra = 200, "text/html; charset=utf-8", found, []
        elif path == "/":
            status, content_type, body, extra = 200, "text/html; charset=utf-8", await self._home(), []
        elif path.startswith("/tables/") and path.removeprefix("/tables/") in set(TableName):
            page = await self._table(path.removeprefix("/tables/"))
            status, content_type, body, extra = 200, "text/html; charset=utf-8", page, []
        elif path.startswith(tuple(f"/{container}/" for container in _OPENED)):
            _, container, name = path.split("/", 2)
            await _send_file(send, name, await self._report(ContainerName(container), name))
            return
        else:
            status, content_type, body, extra = 404, "text/plain; charset=utf-8", "There is no such page.", []
        headers = [(b"content-type", content_type.encode()), (b"cache-control", b"no-store"), *extra]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    def _clock_json(self) -> str:
        offset = self._clock.offset().total_seconds()
        return json.dumps({"now": self._clock.now().isoformat().replace("+00:00", "Z"), "offset_seconds": offset})

    def _move_clock(self, method: str, body: bytes) -> tuple[int, str, str, list[tuple[bytes, bytes]]]:
        """Take the new time: JSON by PUT, a form by POST (for browsers without JavaScript)."""
        try:
            to = _instant(json.loads(body)["now"] if method == "PUT" else _form_field(body, "now"))
        except (ValueError, KeyError, TypeError):
            problem = 'Give the time as {"now": "2026-02-09T09:00:00Z"}, with a zone; null returns to real time.'
            return 400, "application/json", json.dumps({"error": problem}), []
        self._clock.move(to)
        if method == "POST":
            return 303, "text/plain", "", [(b"location", b"/")]
        return 200, "application/json", self._clock_json(), []

    async def _home(self) -> str:
        counts = {}
        async with TableServiceClient.from_connection_string(connection_string(self._ports)) as tables:
            for name in TableName:
                counts[name.value] = len(await _rows(tables, name))
        return self._templates.get_template("home.html").render(
            ports=self._ports,
            now=self._clock.now(),
            moved=bool(self._clock.offset()),
            counts=counts,
            programmes=[path.stem for path in in_folder()],
            reports=await self._reports(),
        )

    async def _reports(self) -> list[str]:
        found = []
        for container in _OPENED:
            async with ContainerClient.from_connection_string(connection_string(self._ports), container) as files:
                try:
                    found += [f"{container}/{name}" async for name in files.list_blob_names()]
                except AzureError:
                    continue
        return found

    async def _report(self, container: ContainerName, name: str) -> bytes | None:
        async with ContainerClient.from_connection_string(connection_string(self._ports), container) as files:
            try:
                return await (await files.download_blob(name)).readall()
            except AzureError:
                return None

    async def _table(self, name: str) -> str:
        async with TableServiceClient.from_connection_string(connection_string(self._ports)) as tables:
            rows = await _rows(tables, TableName(name))
        names = {column for row in rows for column in row}
        columns = [c for c in FIRST if c in names]
        columns += sorted(names - set(columns) - TECHNICAL) + sorted(names & TECHNICAL)
        return self._templates.get_template("table.html").render(
            name=name,
            columns=columns,
            rows=rows[:_ROWS_ON_A_PAGE],
            total=len(rows),
            tables=[t.value for t in TableName],
        )


async def _send_file(send: Send, name: str, data: bytes | None) -> None:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 404 if data is None else 200, "headers": headers})
    await send({"type": "http.response.body", "body": data or b"There is no such file."})


def _form_field(body: bytes, name: str) -> str | None:
    return _form(body).get(name) or None


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}


def _instant(wanted: object) -> datetime | None:
    if wanted is None:
        return None
    instant = datetime.fromisoformat(str(wanted))
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    return instant.astimezone(UTC)


async def _rows(tables: TableServiceClient, name: TableName) -> list[dict[str, str]]:
    try:
        client = tables.get_table_client(name.value)
        return [{key: _cell(value) for key, value in row.items()} async for row in client.list_entities()]
    except AzureError:
        return []


def _cell(value: object) -> str:
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else str(value)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
