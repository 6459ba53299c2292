"""Refusals, in the words and the shape that Graph uses."""

from http import HTTPStatus

from local.graph.settings import Json


class GraphError(Exception):
    """An answer other than success; `extra` holds further keys of the error object."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        extra: Json | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.extra = extra or {}

    def body(self, *, request_id: str, client_request_id: str, date: str) -> Json:
        """The whole JSON answer."""
        inner = {"date": date, "request-id": request_id, "client-request-id": client_request_id}
        return {"error": {"code": self.code, "message": self.message, **self.extra, "innerError": inner}}


def bad_request(message: str, code: str = "BadRequest") -> GraphError:
    """400, for what can never be right."""
    return GraphError(HTTPStatus.BAD_REQUEST, code, message)


def no_such_segment(segment: str) -> GraphError:
    """400, as Graph answers for a path that it does not have."""
    return bad_request(f"Resource not found for the segment '{segment}'.")


def item_not_found() -> GraphError:
    """404 for a message, an event or a folder."""
    message = "The specified object was not found in the store."
    return GraphError(HTTPStatus.NOT_FOUND, "ErrorItemNotFound", message)


def read_only(name: str) -> GraphError:
    """400 for a property that only the service sets, or that cannot change any more."""
    return bad_request(f"Set action is invalid for property '{name}'.", "ErrorInvalidPropertySet")


def invalid_recipients() -> GraphError:
    """400 when somebody's address is missing or cannot be one."""
    return bad_request("At least one recipient is not valid.", "ErrorInvalidRecipients")
