"""The records that Microsoft's runtime library builds in place of protobuf messages.

The library takes them from the ``protos`` object it is given, sets everything by keyword and reads it back by
attribute, so plain records are enough. The integers are those of the generated enumerations.
"""


class Record:
    """Keeps whatever keywords it was built with."""

    def __init__(self, **members: object) -> None:
        self.__dict__.update(members)


class BindingInfo(Record):
    """A binding; the library compares directions and data types with these numbers."""

    undefined = 0
    out = 1
    inout = 2


class StatusResult(Record):
    """How a request to the library went."""

    Failure = 0
    Success = 1


class RpcFunctionMetadata(Record):
    """One indexed function."""


class RpcRetryOptions(Record):
    """The retry decorator of a function; this host does not act on it."""


class RpcException(Record):
    """Message and stack trace of a failed request."""


class WorkerMetadata(Record):
    """Versions of the worker."""


class WorkerInitResponse(Record):
    """Answer to the first request; carries the index error, if there is one."""


class FunctionMetadataResponse(Record):
    """The list of indexed functions."""
