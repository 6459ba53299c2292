"""``MonitoringBox`` and ``Monitoring`` rows: equality answers before and after they are mixed.

The box is one row of a programme, sealed (AES-256-GCM) with a key that no table holds, and padded: it looks the same
whatever is in it, and whether or not anything was added. ``Monitoring`` has a column a question.
"""

import base64
import json
import logging
import secrets
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence

from shared.domain.equality import QUESTIONS, Box, EqualityAnswers
from shared.ports import Cell, Row, Stored, Table
from shared.stores.cells import text
from shared.stores.names import TableName
from shared.stores.published import TOLD

logger = logging.getLogger(__name__)

_COLUMNS: Mapping[str, str] = {
    question.id: "".join(part.capitalize() for part in question.id.split("_")) for question in QUESTIONS
}
_ROW = "box"
# Some hundred people's answers; the cell that it becomes is a third longer, and a cell holds 32,000 characters.
_SIZE = 20_000
_MOST_CELLS = 20
_LENGTH_BYTES = 4
_NONCE_BYTES = 12


class MonitoringBox:
    """``MonitoringBox``: equality answers as they came, sealed, until a night mixes them. Nobody can look into it."""

    TABLE = TableName.MONITORING_BOX

    def __init__(self, table: Table, keys: Sequence[bytes]) -> None:
        self._table = table
        self._keys = keys

    async def get(self, programme: str) -> Stored[Box]:
        """What is in it; an empty box if there is none yet."""
        found = await self._table.get(programme, _ROW)
        if found is None:
            return Stored(Box(), "")
        sealed = [cell for number in range(_MOST_CELLS) if (cell := text(found.row, f"Sealed{number}"))]
        return Stored(self._opened(programme, sealed), found.etag)

    async def replace(self, programme: str, box: Box, etag: str) -> bool:
        """Seal it anew, which looks different each time; False if it was changed since it was read."""
        cells = {f"Sealed{number}": cell for number, cell in enumerate(self._sealed(programme, box))}
        row: Row = {"PartitionKey": programme, "RowKey": _ROW, **cells}
        return await self._table.insert(row) if not etag else await self._table.replace(row, etag) is not None

    def _sealed(self, programme: str, box: Box) -> list[str]:
        # Loaded at the first use: most calls of the app never need it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        told = {
            "waiting": [(one.id, one.answers) for one in box.waiting],
            "leaving": [(one.id, one.answers) for one in box.leaving],
            "marks": sorted(box.marks),
        }
        packed = zlib.compress(json.dumps(told, separators=(",", ":")).encode(), 9)
        content = len(packed).to_bytes(_LENGTH_BYTES) + packed
        content += bytes(-len(content) % _SIZE)
        if len(content) > _SIZE * _MOST_CELLS:
            raise ValueError("the box holds more than a row can")
        cells = []
        for number, start in enumerate(range(0, len(content), _SIZE)):
            nonce = secrets.token_bytes(_NONCE_BYTES)
            part = AESGCM(self._keys[0]).encrypt(nonce, content[start : start + _SIZE], _place(programme, number))
            cells.append(base64.b64encode(nonce + part).decode())
        return cells

    def _opened(self, programme: str, cells: Sequence[str]) -> Box:
        """What is in the box. One that no key opens is nobody's any more, and is begun anew."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        for key in self._keys:
            try:
                parts = [base64.b64decode(cell, validate=True) for cell in cells]
                content = b"".join(
                    AESGCM(key).decrypt(part[:_NONCE_BYTES], part[_NONCE_BYTES:], _place(programme, number))
                    for number, part in enumerate(parts)
                )
            except (InvalidTag, ValueError):
                continue
            length = int.from_bytes(content[:_LENGTH_BYTES])
            told = json.loads(zlib.decompress(content[_LENGTH_BYTES : _LENGTH_BYTES + length]))
            waiting, leaving = (tuple(EqualityAnswers(*one) for one in told[name]) for name in ("waiting", "leaving"))
            return Box(waiting, leaving, frozenset(told["marks"]))
        logger.error("the box of equality answers of %s opens with no key: it is begun anew", programme)
        return Box()


class Monitoring:
    """``Monitoring``: equality answers that nobody can join to a person any more."""

    TABLE = TableName.MONITORING

    def __init__(self, table: Table) -> None:
        self._table = table

    async def add(self, programme: str, given: EqualityAnswers) -> None:
        """Store; storing it again changes nothing."""
        row: Row = {"PartitionKey": programme, "RowKey": given.id, **_cells(given)}
        await self._table.insert(row)

    async def all(self, programme: str) -> AsyncIterator[EqualityAnswers]:
        """Every row of a programme, in the order of ids, which is nobody's."""
        async for found in self._table.query(programme, before_key=TOLD):
            yield _answers(text(found.row, "RowKey"), found.row)

    async def holds(self, programme: str) -> bool:
        """Whether there is a row of that programme."""
        async for _ in self._table.query(programme, before_key=TOLD, limit=1):
            return True
        return False

    async def clear(self, programme: str) -> None:
        """Delete every row of a programme, and what is remembered of the figures that were told."""
        for key in [text(found.row, "RowKey") async for found in self._table.query(programme)]:
            await self._table.delete(programme, key)


def _place(programme: str, number: int) -> bytes:
    """What a part is sealed with besides the key: it opens nowhere else."""
    return f"{programme} {number}".encode()


def _cells(given: EqualityAnswers) -> dict[str, Cell]:
    return {_COLUMNS[question]: words for question, words in given.answers.items() if question in _COLUMNS}


def _answers(id_: str, row: Mapping[str, Cell]) -> EqualityAnswers:
    answers = {question: text(row, column) for question, column in _COLUMNS.items()}
    return EqualityAnswers(id_, {question: words for question, words in answers.items() if words})
