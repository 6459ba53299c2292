"""Strict reading of request bodies, with the SDK's own models as the schema.

Graph lets some mistakes through because its types are open. This stand-in does not: a misspelt property
would otherwise be found out only when nobody gets an invitation.
"""

import asyncio
import base64
import binascii
import importlib
import re
import threading
from collections.abc import Callable
from datetime import date, datetime, time
from enum import Enum
from functools import partial
from typing import Any, Literal, get_args
from uuid import UUID

from local.graph.errors import GraphError, bad_request
from local.graph.settings import Json

Model = Literal["message", "event"]
MODELS: tuple[Model, ...] = get_args(Model)
_ANNOTATION = re.compile(
    r"@odata\.(type|id|etag|context)|[A-Za-z]+@odata\.(type|bind|context|navigationLink|associationLink)"
)
_DURATION = re.compile(r"-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")


def unreadable(message: str) -> GraphError:
    """400, as Graph answers for a body that does not fit the type."""
    return bad_request(message, "RequestBodyRead")


class _Node:
    """One JSON value, offered to the SDK's deserializers under the names that kiota's parse node has.

    Where kiota drops what it cannot read, this one refuses. An enum value in another letter case is accepted,
    as Graph does, and put right in the body.
    """

    def __init__(self, value: object, path: str, put: Callable[[object], None]) -> None:
        self._value = value
        self._path = path
        self._put = put

    def _refuse(self, expected: str) -> GraphError:
        return unreadable(f"Cannot convert the value of '{self._path}' to the expected type '{expected}'.")

    def get_child_node(self, name: str) -> "_Node | None":
        if isinstance(self._value, dict) and name in self._value:
            return _Node(self._value[name], f"{self._path}.{name}", lambda _: None)
        return None

    def get_str_value(self) -> str:
        if not isinstance(self._value, str):
            raise self._refuse("Edm.String")
        return self._value

    def get_bool_value(self) -> bool:
        if not isinstance(self._value, bool):
            raise self._refuse("Edm.Boolean")
        return self._value

    def get_int_value(self) -> int:
        if isinstance(self._value, bool) or not isinstance(self._value, int):
            raise self._refuse("Edm.Int32")
        return self._value

    def get_float_value(self) -> float:
        if isinstance(self._value, bool) or not isinstance(self._value, int | float):
            raise self._refuse("Edm.Double")
        return float(self._value)

    def _parsed[T](self, parse: Callable[[str], T], expected: str) -> T:
        try:
            return parse(self.get_str_value())
        except (ValueError, binascii.Error) as exc:
            raise self._refuse(expected) from exc

    def get_uuid_value(self) -> UUID:
        return self._parsed(UUID, "Edm.Guid")

    def get_datetime_value(self) -> datetime:
        return self._parsed(datetime.fromisoformat, "Edm.DateTimeOffset")

    def get_date_value(self) -> date:
        return self._parsed(date.fromisoformat, "Edm.Date")

    def get_time_value(self) -> time:
        return self._parsed(time.fromisoformat, "Edm.TimeOfDay")

    def get_timedelta_value(self) -> str:
        if not _DURATION.fullmatch(self.get_str_value()):
            raise self._refuse("Edm.Duration")
        return self.get_str_value()

    def get_bytes_value(self) -> bytes:
        return self._parsed(lambda text: base64.b64decode(text, validate=True), "Edm.Binary")

    def get_enum_value(self, enum_class: type[Enum]) -> Enum:
        text = self.get_str_value().lower()
        for member in enum_class:
            if str(member.value).lower() == text:
                self._put(member.value)
                return member
        raise self._refuse(f"microsoft.graph.{enum_class.__name__}")

    def _elements(self) -> "list[_Node]":
        values = self._value
        if not isinstance(values, list):
            raise self._refuse("Collection")
        return [
            _Node(value, f"{self._path}[{number}]", partial(values.__setitem__, number))
            for number, value in enumerate(values)
        ]

    def get_collection_of_primitive_values(self, kind: type) -> list[object]:
        readers = {str: "str", bool: "bool", int: "int", float: "float", UUID: "uuid", datetime: "datetime"}
        return [getattr(one, f"get_{readers[kind]}_value")() for one in self._elements()]

    def get_collection_of_enum_values(self, enum_class: type[Enum]) -> list[Enum]:
        return [one.get_enum_value(enum_class) for one in self._elements()]

    def get_collection_of_object_values(self, factory: Any) -> list[object]:  # noqa: ANN401 -- a model class
        return [one.get_object_value(factory) for one in self._elements()]

    def get_object_value(self, factory: Any) -> object:  # noqa: ANN401 -- a model class
        body = self._value
        if not isinstance(body, dict):
            raise self._refuse(f"microsoft.graph.{factory.__name__}")
        model = factory.create_from_discriminator_value(self)
        type_name = type(model).__name__
        declared = body.get("@odata.type", f"#microsoft.graph.{type_name}")
        if not isinstance(declared, str) or declared.casefold() != f"#microsoft.graph.{type_name}".casefold():
            raise unreadable(f"The '@odata.type' of '{self._path}' does not name a type that fits there.")
        readers = model.get_field_deserializers()
        for name, value in body.items():
            if name in readers:
                if value is not None:
                    path = f"{self._path}.{name}" if self._path else name
                    readers[name](_Node(value, path, partial(body.__setitem__, name)))
            elif not _ANNOTATION.fullmatch(name):
                where = f" in '{self._path}'" if self._path else ""
                raise unreadable(
                    f"The property '{name}'{where} does not exist on type 'microsoft.graph.{type_name}'. "
                    "Make sure to only use property names that are defined by the type."
                )
        return model


class Models:
    """The SDK's models, loaded in the background because that takes a second or two."""

    def __init__(self) -> None:
        self._classes: dict[Model, Any] = {}
        self._names: dict[Model, frozenset[str]] = {}
        self._lock = threading.Lock()

    def load(self) -> None:
        """Import them, and everything that their first use imports."""
        with self._lock:
            if len(self._names) == len(MODELS):
                return
            for kind in MODELS:
                module = importlib.import_module(f"msgraph.generated.models.{kind}")
                self._classes[kind] = getattr(module, kind.capitalize())
                self._names[kind] = frozenset(self._classes[kind]().get_field_deserializers())

    def load_in_background(self) -> None:
        """Begin without keeping anybody waiting."""
        threading.Thread(target=self.load, name="load-models", daemon=True).start()

    async def ready(self) -> None:
        """Wait until they are there."""
        if len(self._names) < len(MODELS):
            await asyncio.to_thread(self.load)

    def names(self, kind: Model) -> frozenset[str]:
        """Every property that the type has."""
        return self._names[kind]

    def check(self, kind: Model, body: Json, *, where: str = "") -> None:
        """Raise for the first property that is unknown or whose value does not fit; put enum values right."""
        _Node(body, where, lambda _: None).get_object_value(self._classes[kind])


def action_parameters(body: Json, *allowed: str) -> Json:
    """The parameters of an action, whose names Graph matches without regard to case."""
    by_name = {name.lower(): name for name in allowed}
    found: Json = {}
    for name, value in body.items():
        if name.lower() not in by_name:
            raise bad_request(f"The parameter '{name}' in the request payload is not a valid parameter of the action.")
        found[by_name[name.lower()]] = value
    return found
