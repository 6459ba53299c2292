"""``Drafts`` rows: applications that are being filled in. Partitions are the hours in which they end."""

import json
from collections.abc import Mapping
from datetime import datetime

from shared.domain.answers import email_key
from shared.domain.draft import ComesNext, Draft, DraftKey, hour_of
from shared.domain.suspicion import Doubt
from shared.errors import UnreadableRow
from shared.ports import Cell, Row, Stored, Table
from shared.stores.cells import BadCell, count, instant, instant_of, reading, text
from shared.stores.names import TableName

# A cell holds 32,768 characters of UTF-16, where some characters are two.
_LONGEST_PART = 15_000
_PARTS = 24
# Beside the answers, under a name that no field has.
_UNACCEPTED = ""


class Drafts:
    """``Drafts``: applications that are being filled in on our own form, for a day at most."""

    TABLE = TableName.DRAFTS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, key: DraftKey) -> Stored[Draft] | None:
        """The draft, or None."""
        found = await self._table.get(key.hour, key.hash)
        return Stored(draft_of(found.row), found.etag) if found else None

    async def add(self, key: DraftKey, draft: Draft) -> bool:
        """Insert; False if the key is taken."""
        return await self._table.insert(_row(key, draft))

    async def replace(self, key: DraftKey, draft: Draft, etag: str) -> str | None:
        """Conditional write; the new etag, or None if it was changed meanwhile."""
        return await self._table.replace(_row(key, draft), etag)

    async def remove(self, key: DraftKey) -> None:
        """Delete for good."""
        await self._table.delete(key.hour, key.hash)

    async def forget(self, email: str) -> None:
        """Delete every draft in which that address was typed. Reads them all: they are those of a day."""
        wanted = email_key(email)
        async for found in self._table.query():
            try:
                typed = draft_of(found.row).answers.get("email", ())
            except UnreadableRow:
                continue  # nobody can open it, and it is gone within a day
            if any(email_key(address) == wanted for address in typed):
                await self._table.delete(text(found.row, "PartitionKey"), text(found.row, "RowKey"))

    async def remove_ended(self, now: datetime, most: int) -> int:
        """Delete drafts whose time is over, the oldest first. Returns how many; reads none of the others."""
        ended = []
        # In order of hours, so the first that goes on ends the search.
        async for found in self._table.query(limit=most):
            if text(found.row, "PartitionKey") > hour_of(now):
                break
            ended.append(found.row)
        for row in ended:
            await self._table.delete(text(row, "PartitionKey"), text(row, "RowKey"))
        return len(ended)


def _row(key: DraftKey, draft: Draft) -> Row:
    answers = json.dumps(
        {**draft.answers, **({_UNACCEPTED: draft.unaccepted} if draft.unaccepted else {})}, ensure_ascii=False
    )
    parts = [answers[start : start + _LONGEST_PART] for start in range(0, len(answers), _LONGEST_PART)]
    if len(parts) > _PARTS:
        raise ValueError("the answers of a draft are longer than a row can hold")
    cells: dict[str, Cell] = {f"Answers{number}": part for number, part in enumerate(parts)}
    return {
        "PartitionKey": key.hour,
        "RowKey": key.hash,
        "Programme": draft.programme,
        "StartedAt": draft.started_at,
        "ExpiresAt": draft.expires_at,
        "Checking": draft.checking,
        "SubmittedAt": draft.submitted_at,
        "Reference": draft.reference,
        "ShownAt": draft.shown_at,
        "Doubts": ",".join(doubt.name for doubt in draft.doubts),
        "ComesNext": draft.comes_next.value,
        "Keep": draft.keep,
        "UsedAt": draft.used_at,
        "Tries": draft.tries,
        **cells,
    }


def draft_of(row: Mapping[str, Cell]) -> Draft:
    """The draft of a row. Raises UnreadableRow."""
    with reading(TableName.DRAFTS, row):
        return _draft(row)


def _draft(row: Mapping[str, Cell]) -> Draft:
    try:
        answers = json.loads("".join(text(row, f"Answers{part}") for part in range(_PARTS)) or "{}")
        unaccepted = {name: _texts(values) for name, values in answers.pop(_UNACCEPTED, {}).items()}
        typed = {name: _texts(values) for name, values in answers.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadCell("Answers0") from None
    return Draft(
        programme=text(row, "Programme"),
        started_at=instant_of(row, "StartedAt"),
        expires_at=instant_of(row, "ExpiresAt"),
        answers=typed,
        checking=row.get("Checking") is True,
        submitted_at=instant(row, "SubmittedAt"),
        reference=text(row, "Reference"),
        shown_at=instant(row, "ShownAt"),
        doubts=tuple(Doubt[name] for name in text(row, "Doubts").split(",") if name),
        comes_next=ComesNext(text(row, "ComesNext") or ComesNext.MANAGER),
        unaccepted=unaccepted,
        keep=row.get("Keep") is True,
        used_at=instant(row, "UsedAt"),
        tries=count(row, "Tries"),
    )


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("no list of texts")
    return tuple(values)
