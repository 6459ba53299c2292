"""Errors raised on purpose. The type says what the caller should do; ``reason`` is safe to log and to show."""

from http import HTTPStatus


class ServiceError(Exception):
    """Base of every error raised on purpose. ``reason`` never carries personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RejectedRequest(ServiceError):
    """The sender is not accepted or sent too much; nothing was stored and sending it again will not help."""

    def __init__(self, reason: str, status: HTTPStatus) -> None:
        super().__init__(reason)
        self.status = status


class UnreadableSubmission(ServiceError):
    """An authenticated body that cannot be read as an application: it is kept and parked for an administrator."""


class NoApplication(ServiceError):
    """An authenticated body that was never meant as an application (half a form, a ping): kept, and nobody is told."""


class TemporaryFailure(ServiceError):
    """A dependency is down or throttles; the effect may or may not have happened. ``retry_after`` is in seconds."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class WrongKey(TemporaryFailure):
    """TOKEN_KEY is not the one that references were made with: everything waits until it is."""


class PermanentFailure(ServiceError):
    """A dependency refuses and will go on refusing: a person must look."""


class AlreadyGone(ServiceError):
    """What was asked for no longer exists at the dependency."""


class TooOften(ServiceError):
    """One person asked for the same mail more often than a day allows; nothing was changed."""


class LostRace(ServiceError):
    """Somebody else changed the same row again and again while we tried; trying later will work."""


class UnreadableRow(ValueError):
    """A cell holds what the app cannot read: somebody typed into a row. It waits until a person has mended it.

    ``reason`` names table, row and column, and never what stands there.
    """

    def __init__(self, table: str, key: str, column: str) -> None:
        self.reason = f"{table}, row {key}: {f'column {column}' if column else 'a cell'} cannot be read"
        super().__init__(self.reason)
        self.table = table
        self.key = key
        self.column = column


def explained(exc: Exception) -> str:
    """What a log may say of an exception: our own reason, or only the type of any other (its text can quote data)."""
    return exc.reason if isinstance(exc, ServiceError | UnreadableRow) else type(exc).__name__
