"""The ASGI application: who may ask, what trouble is scripted, and which handler answers."""

import asyncio
import contextlib
import json
import logging
import signal
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from local.clock import MovableClock, stamp
from local.graph.control import Control
from local.graph.errors import GraphError, bad_request, no_such_segment
from local.graph.events import Events
from local.graph.faults import Fault, Faults
from local.graph.mailboxes import CALENDAR, FOLDERS, Mailboxes, folder_id, open_calendar, open_folder
from local.graph.messages import Messages
from local.graph.relay import Relay
from local.graph.settings import Json, Settings
from local.graph.state import Store
from local.graph.throttle import MessageRate, Throttle
from local.graph.transport import Transport
from local.graph.validation import Models
from local.graph.web import Answer, Request

TOKEN = "local-graph-token"  # noqa: S105 -- public, and good for nothing but this stand-in
LARGEST_BODY = 4 * 1024 * 1024
CUT = "local.graph.cut"
WARM_UP_AFTER = 0.2

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handler = Callable[..., Answer]

logger = logging.getLogger(__name__)


class App:
    """One stand-in, with everything that it is made of."""

    def __init__(self, settings: Settings) -> None:
        switches = settings.switches
        self._settings = settings
        self._switches = switches
        self._store = Store(settings.state_dir)
        self._clock = MovableClock(settings.clock_file)
        self._models = Models()
        self._mailboxes = Mailboxes(settings.mailboxes, settings.denied)
        self._throttle = Throttle(switches)
        self._faults = Faults()
        rate = MessageRate(switches)
        self._messages = Messages(self._store, self._clock, self._models, switches, rate)
        self._events = Events(self._store, self._clock, self._models, switches, rate)
        self._relay = Relay(self._store, host=settings.smtp_host, port=settings.smtp_port)
        self._transport = Transport(self._store, self._clock, switches)
        self._control = Control(
            store=self._store,
            clock=self._clock,
            mailboxes=self._mailboxes,
            messages=self._messages,
            events=self._events,
            faults=self._faults,
            switches=switches,
            throttle=self._throttle,
            rate=rate,
        )
        self._routes = self._make_routes()

    def _make_routes(self) -> list[tuple[tuple[str, ...], dict[str, Handler]]]:
        """Below `/users/{mailbox}`; `{}` is handed to the handler."""
        messages, events = self._messages, self._events
        one_event = {"GET": events.get, "PATCH": events.update, "DELETE": events.delete}
        all_events = {"GET": events.browse, "POST": events.create}
        cancel = {"POST": events.cancel}
        in_calendar = self._in_calendar
        table: dict[str, dict[str, Handler]] = {
            "": {"GET": self._user},
            "sendMail": {"POST": messages.send_mail},
            "messages": {"GET": messages.browse, "POST": messages.create},
            "messages/{}": {"GET": messages.get, "PATCH": messages.update, "DELETE": messages.delete},
            "messages/{}/send": {"POST": messages.send},
            "messages/{}/permanentDelete": {"POST": messages.permanent_delete},
            "mailFolders": {"GET": self._folders},
            "mailFolders/{}": {"GET": self._folder},
            "mailFolders/{}/messages": {"GET": self._browse_folder, "POST": self._create_in_folder},
            "mailFolders/{}/messages/delta": {"GET": self._delta},
            "mailFolders/{}/messages/delta()": {"GET": self._delta},
            "calendar": {"GET": self._calendar},
            "calendars": {"GET": self._calendars},
            "events": all_events,
            "events/{}": one_event,
            "events/{}/cancel": cancel,
            "calendar/events": all_events,
            "calendar/events/{}": one_event,
            "calendar/events/{}/cancel": cancel,
            "calendars/{}/events": {name: in_calendar(one) for name, one in all_events.items()},
            "calendars/{}/events/{}": {name: in_calendar(one) for name, one in one_event.items()},
            "calendars/{}/events/{}/cancel": {name: in_calendar(one) for name, one in cancel.items()},
        }
        return [(tuple(path.lower().split("/")) if path else (), methods) for path, methods in table.items()]

    @staticmethod
    def _in_calendar(handler: Handler) -> Handler:
        def handle(request: Request, mailbox: str, calendar: str, *rest: str) -> Answer:
            open_calendar(mailbox, calendar)
            return handler(request, mailbox, *rest)

        return handle

    @staticmethod
    def _user(request: Request, mailbox: str) -> Answer:
        user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, mailbox))
        context = f"{request.origin}/v1.0/$metadata#users/$entity"
        body = {"@odata.context": context, "id": user_id, "mail": mailbox, "userPrincipalName": mailbox}
        return Answer(body={**body, "displayName": mailbox})

    def _described_folder(self, mailbox: str, folder: str) -> Json:
        held = [item for item in self._store.items("message", mailbox) if item.folder == folder]
        unread = sum(not item.properties["isRead"] for item in held)
        counts = {"totalItemCount": len(held), "unreadItemCount": unread, "childFolderCount": 0}
        return {"id": folder_id(mailbox, folder), "displayName": FOLDERS[folder], **counts}

    def _folders(self, _: Request, mailbox: str) -> Answer:
        return Answer(body={"value": [self._described_folder(mailbox, folder) for folder in FOLDERS]})

    def _folder(self, _: Request, mailbox: str, name: str) -> Answer:
        return Answer(body=self._described_folder(mailbox, open_folder(mailbox, name)))

    def _browse_folder(self, request: Request, mailbox: str, name: str) -> Answer:
        return self._messages.browse(request, mailbox, open_folder(mailbox, name))

    def _create_in_folder(self, request: Request, mailbox: str, name: str) -> Answer:
        return self._messages.create(request, mailbox, open_folder(mailbox, name))

    def _delta(self, request: Request, mailbox: str, name: str) -> Answer:
        return self._messages.delta(request, mailbox, open_folder(mailbox, name))

    @staticmethod
    def _described_calendar(mailbox: str) -> Json:
        return {
            "id": folder_id(mailbox, CALENDAR),
            "name": "Calendar",
            "isDefaultCalendar": True,
            "canEdit": True,
        }

    def _calendar(self, _: Request, mailbox: str) -> Answer:
        return Answer(body=self._described_calendar(mailbox))

    def _calendars(self, _: Request, mailbox: str) -> Answer:
        return Answer(body={"value": [self._described_calendar(mailbox)]})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        owners = [
            asyncio.create_task(self._relay.run(), name="relay"),
            asyncio.create_task(self._transport.run(sent=self._relay.wake), name="transport"),
        ]
        for owner in owners:
            owner.add_done_callback(_stop_if_it_failed)
        # A little later, so that it does not hold up the opening of the port.
        asyncio.get_running_loop().call_later(WARM_UP_AFTER, self._models.load_in_background)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for owner in owners:
            owner.cancel()
        await asyncio.gather(*owners, return_exceptions=True)
        self._store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        headers = _read_headers(scope["headers"])
        request = Request.read(
            method=scope["method"],
            raw_path=scope["raw_path"].decode("ascii"),
            query=scope["query_string"].decode("ascii"),
            headers=headers,
            body=body,
        )
        if request.segments[:1] == ["_control"]:
            try:
                answer = self._control.answer(request)
                # Invitations and reset change what is due.
                self._relay.wake()
            except GraphError as exc:
                answer = Answer(exc.status, {"error": exc.message})
            await _write(send, answer, {})
            return
        started, clock_time = time.perf_counter(), stamp(self._clock.now())
        fault_name, answer_or_cut = await self._answer(request)
        self._relay.wake()
        self._store.log_request(
            {
                "time": clock_time,
                "realTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "status": answer_or_cut.status if answer_or_cut else None,
                "seconds": round(time.perf_counter() - started, 4),
                "fault": fault_name,
            }
        )
        if answer_or_cut is None:
            scope["extensions"][CUT]()
            # Leave only when the connection is gone: the server would otherwise answer 500 for us.
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await _write(send, answer_or_cut, _tracing(headers))

    async def _answer(self, request: Request) -> tuple[str | None, Answer | None]:
        """The answer, or None for a cut connection; and the name of the fault that was used."""
        fault: Fault | None = None
        try:
            handler, mailbox, arguments = self._route(request)
            with self._throttle.request(mailbox):
                fault = self._faults.take(request.method, request.path)
                if self._switches.latency:
                    await asyncio.sleep(self._switches.latency)
                await self._models.ready()
                answer = await _with_fault(fault, partial(_handled, handler, request, mailbox, arguments))
        except GraphError as exc:
            answer = _refusal(exc, request)
        return (fault.name if fault else None), answer

    def _route(self, request: Request) -> tuple[Handler, str, list[str]]:
        if request.headers.get("authorization", "") != f"Bearer {TOKEN}":
            message = "Access token validation failure. Invalid audience or token."
            raise GraphError(HTTPStatus.UNAUTHORIZED, "InvalidAuthenticationToken", message)
        segments = request.segments
        for number, wanted in enumerate(("v1.0", "users")):
            if len(segments) <= number or segments[number].lower() != wanted:
                raise no_such_segment(segments[number] if len(segments) > number else wanted)
        if len(segments) <= len(("v1.0", "users")):
            raise bad_request("The list of users is not part of the local stand-in.")
        address, rest = segments[2], segments[3:]
        for pattern, methods in self._routes:
            if len(pattern) == len(rest) and all(
                want in {"{}", part.lower()} for want, part in zip(pattern, rest, strict=True)
            ):
                mailbox = self._mailboxes.open(address)
                handler = methods.get(request.method)
                if handler is None:
                    message = "The HTTP method is not supported for this resource."
                    allow = {"Allow": ", ".join(methods)}
                    status = HTTPStatus.METHOD_NOT_ALLOWED
                    raise GraphError(status, "Request_MethodNotAllowed", message, headers=allow)
                found = [part for want, part in zip(pattern, rest, strict=True) if want == "{}"]
                return handler, mailbox, found
        known = {pattern[0] for pattern, _ in self._routes if pattern}
        raise no_such_segment(rest[0] if rest[0].lower() not in known else rest[-1])


def _handled(handler: Handler, request: Request, mailbox: str, arguments: list[str]) -> Answer:
    if len(request.body) > LARGEST_BODY:
        message = "The maximum request length supported is 4MB."
        raise GraphError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge", message)
    return handler(request, mailbox, *arguments)


def _trouble(fault: Fault) -> GraphError:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    message = "The service is temporarily unavailable; this was scripted."
    return GraphError(fault.status, fault.code, message, headers=headers)


async def _with_fault(fault: Fault | None, handle: Callable[[], Answer]) -> Answer | None:
    if fault is None:
        return handle()
    match fault.name:
        case "status":
            raise _trouble(fault)
        case "drop":
            return None
        case "html_error":
            page = f"<html><body><h1>{fault.status}</h1><p>The gateway is tired.</p></body></html>"
            return Answer(fault.status, page, {"Content-Type": "text/html"})
        case "delay":
            await asyncio.sleep(fault.seconds)
            return handle()
        case "effect_then_503":
            handle()
            raise _trouble(fault)
        case "effect_then_drop":
            handle()
            return None
        case "accepted_with_retry_after":
            answer = handle()
            return Answer(answer.status, answer.body, {**answer.headers, "Retry-After": str(fault.retry_after)})


def _refusal(exc: GraphError, request: Request) -> Answer:
    tracing = _tracing(request.headers)
    date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    body = exc.body(request_id=tracing["request-id"], client_request_id=tracing["client-request-id"], date=date)
    return Answer(exc.status, body, {**exc.headers, **tracing})


def _tracing(headers: dict[str, str]) -> dict[str, str]:
    request_id = str(uuid.uuid4())
    return {"request-id": request_id, "client-request-id": headers.get("client-request-id", request_id)}


def _read_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case name; repeated ones are joined, as HTTP allows."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _write(send: Send, answer: Answer, more_headers: dict[str, str]) -> None:
    headers = {**more_headers, **answer.headers}
    if isinstance(answer.body, str):
        content = answer.body.encode()
    else:
        content = b"" if answer.body is None else json.dumps(answer.body).encode()
        if content:
            headers["Content-Type"] = "application/json;odata.metadata=minimal;charset=utf-8"
    if answer.status != HTTPStatus.NO_CONTENT:
        headers["Content-Length"] = str(len(content))
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    # The caller may have given up meanwhile.
    with contextlib.suppress(OSError):
        await send({"type": "http.response.start", "status": int(answer.status), "headers": pairs})
        await send({"type": "http.response.body", "body": content})


def _stop_if_it_failed(owner: asyncio.Task[None]) -> None:
    """A stand-in that silently sends nothing would be worse than none."""
    if not owner.cancelled() and (failure := owner.exception()) is not None:
        logger.error("the %s has failed (%s)", owner.get_name(), type(failure).__name__, exc_info=failure)
        signal.raise_signal(signal.SIGTERM)
