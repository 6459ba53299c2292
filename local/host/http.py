"""HTTP triggers: an ASGI application that answers as the real host does.

Nothing here logs a path, a query, a header or a body: they carry personal data and the tokens of links.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus

from local.host.admin import Admin
from local.host.datums import http_datum, reply_from
from local.host.functions import Function
from local.host.invocations import PROGRAMMATICALLY, Invocations
from local.host.keys import Gate
from local.host.requests import BodyTooLargeError, CallerGoneError, Receive, Reply, Request, Scope, Send
from local.host.routes import RouteTable
from local.host.settings import HostSettings

logger = logging.getLogger(__name__)

HOMEPAGE = b"<!DOCTYPE html><html lang='en'><title>Functions</title><p>Your functions app is running.</p></html>"


# A body that cannot be read is a failed invocation, because the real host reads it while it binds the parameter.
_BAD_REQUEST = "Exception binding parameter 'req'\nMicrosoft.AspNetCore.Server.Kestrel.Core.BadHttpRequestException:"
_TOO_LARGE = "Request body too large. The max request body size is {} bytes."
_BROKEN_OFF = "Unexpected end of request content."


class HttpApp:
    """The ASGI callable that uvicorn runs."""

    def __init__(
        self,
        *,
        settings: HostSettings,
        routes: RouteTable,
        admin: Admin,
        gate: Gate,
        is_disabled: Callable[[str], bool],
        invocations: Invocations,
    ) -> None:
        self._settings = settings
        self._routes = routes
        self._admin = admin
        self._gate = gate
        self._is_disabled = is_disabled
        self._invocations = invocations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            request = Request(scope, receive)
            refused = request.refused()
            reply = Reply(refused, headers=((b"Connection", b"close"),)) if refused else await self._answer(request)
        except CallerGoneError:
            return
        except BodyTooLargeError:
            reply = Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers=((b"Connection", b"close"),))
        await reply.send(send)

    async def _answer(self, request: Request) -> Reply:
        if request.path == "/":
            return self._homepage()
        if request.asks_whether_it_may:
            return Reply(HTTPStatus.NO_CONTENT)
        if request.path.lower().startswith("/admin/"):
            return await self._admin.answer(request)
        found = self._routes.find(request.method, request.path)
        if found is None:
            return Reply(HTTPStatus.NOT_FOUND)
        function, trigger, parameters = found
        if not self._gate.may_call(request.key, function.name, trigger.auth_level):
            return Reply(HTTPStatus.UNAUTHORIZED)
        if self._is_disabled(function.name) and not self._gate.may_call_disabled(request.key):
            return Reply(HTTPStatus.NOT_FOUND)
        try:
            body = await request.read_body(self._settings.body_limit)
        except BodyTooLargeError:
            self._invocations.fail_before(function, f"{_BAD_REQUEST} {_TOO_LARGE.format(self._settings.body_limit)}")
            return Reply(HTTPStatus.INTERNAL_SERVER_ERROR, headers=((b"Connection", b"close"),))
        except CallerGoneError:
            self._invocations.fail_before(function, f"{_BAD_REQUEST} {_BROKEN_OFF}")
            raise
        return await self._call(function, request, parameters, body)

    async def _call(self, function: Function, request: Request, parameters: dict[str, str], body: bytes) -> Reply:
        result = await self._invocations.run(
            function,
            http_datum(request, parameters, body),
            reason=PROGRAMMATICALLY,
            trace_parent=request.headers.get("traceparent", ""),
        )
        if not result.ok:
            return Reply(HTTPStatus.INTERNAL_SERVER_ERROR)
        try:
            return reply_from(result.returned)
        except ValueError as exc:
            # A status that is no number, or a header that HTTP cannot carry.
            # The traceback would quote it.
            logger.warning("The answer of '%s' cannot be sent: %s", function.name, type(exc).__name__)
            return Reply(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _homepage(self) -> Reply:
        if not self._settings.homepage:
            return Reply(HTTPStatus.NO_CONTENT)
        return Reply(HTTPStatus.OK, HOMEPAGE, ((b"Content-Type", b"text/html; charset=utf-8"),))
