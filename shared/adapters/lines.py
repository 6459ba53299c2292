"""One entity of a table as one line of JSON, in the service's own notation, with the type of every cell.

``{"PartitionKey": "p", "RowKey": "k", "DueAt": "2026-03-12T12:00:00.1234567Z", "DueAt@odata.type": "Edm.DateTime"}``
What the service stored comes back exactly, ticks included; ``Timestamp`` and etag are the service's and are left out.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isinf, isnan
from typing import Any
from uuid import UUID

from azure.data.tables import EdmType, EntityProperty

type Cells = dict[str, Any]

_TYPE = "@odata.type"
# What JSON tells by itself needs no type beside it.
_PLAIN = (EdmType.STRING, EdmType.BOOLEAN, EdmType.INT32)


def line_of(entity: Mapping[str, Any]) -> bytes:
    """The line of an entity as the SDK read it, with a newline at its end. Raises TypeError for an unknown type."""
    return line_of_cells(cells_of(entity))


def cells_of(entity: Mapping[str, Any]) -> Cells:
    """The entity in the service's notation."""
    cells: Cells = {}
    for name, value in entity.items():
        cell, type_ = _written(value)
        cells[name] = cell
        if type_ not in _PLAIN:
            cells[name + _TYPE] = type_.value
    return cells


def line_of_cells(cells: Mapping[str, Any]) -> bytes:
    """The line of an entity in the service's notation. Columns stand in order, so equal rows are equal lines."""
    return json.dumps(cells, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def cells_of_line(line: bytes) -> Cells:
    """What a line holds, in the service's notation."""
    cells: Cells = json.loads(line)
    return cells


def entity_of(cells: Mapping[str, Any]) -> Cells:
    """The entity as the SDK takes it."""
    return {
        name: _read(value, EdmType(cells[name + _TYPE])) if name + _TYPE in cells else value
        for name, value in cells.items()
        if not name.endswith(_TYPE)
    }


def with_columns_emptied(cells: Mapping[str, Any], columns: tuple[str, ...]) -> Cells:
    """The same without some columns."""
    gone = {*columns, *(column + _TYPE for column in columns)}
    return {name: value for name, value in cells.items() if name not in gone}


def _written(value: Any) -> tuple[Any, EdmType]:  # noqa: ANN401 -- a cell is of any type that the service has
    match value:
        case EntityProperty():
            type_ = EdmType(value.edm_type)
            return (str(value.value) if type_ is EdmType.INT64 else value.value), type_
        case bool():
            return value, EdmType.BOOLEAN
        case int():
            return value, EdmType.INT32
        case float():
            return _number(value), EdmType.DOUBLE
        case datetime():
            return _instant(value), EdmType.DATETIME
        case UUID():
            return str(value), EdmType.GUID
        case bytes():
            return base64.b64encode(value).decode(), EdmType.BINARY
        case str():
            return value, EdmType.STRING
    raise TypeError(f"a cell of type {type(value).__name__} cannot be written down")


def _instant(value: datetime) -> str:
    # The SDK keeps what the service said beside it: the service counts ticks, ten to a microsecond.
    said = getattr(value, "tables_service_value", "")
    return said or value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _number(value: float) -> float | str:
    if isnan(value):
        return "NaN"
    return value if not isinf(value) else ("Infinity" if value > 0 else "-Infinity")


def _read(value: Any, type_: EdmType) -> Any:  # noqa: ANN401 -- as above
    match type_:
        case EdmType.BINARY:
            return base64.b64decode(value)
        case EdmType.INT64:
            return EntityProperty(int(value), type_)
        case EdmType.DOUBLE:
            return float(value)
        case EdmType.DATETIME | EdmType.GUID:
            return EntityProperty(value, type_)
        case _:
            return value
