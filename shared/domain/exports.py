"""A nightly export of the tables as values: its parts, its manifest, and what a restored account may do when."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared.errors import PermanentFailure

# Raised when an older restore could no longer read what is written.
FORMAT = 1
# Of fewer rows a half is soon lost.
_ENOUGH = 10
_ID = "%Y-%m-%dT%H%M%SZ"
# By then nobody is owed a mail that the account before the restore may have sent.
_MAY_HAVE_BEEN_SENT_FOR = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table, in the order of their keys, as one file.

    ``sha256`` is of the lines before compression, ``size`` counts the compressed bytes. ``further`` says where the next
    part goes on; '' after the last row of the table.
    """

    table: str
    number: int
    rows: int
    sha256: str
    size: int
    further: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a whole export holds; an export without one was cut off.

    ``key`` tells by which TOKEN_KEY its references were derived. ``erased`` names the tombstones applied since;
    ``being_cleaned``: that is under way, and parts may be newer than what is said of them here. ``fewer`` names tables
    that hold far fewer rows than the export before: it may hold damage, so nothing is restored from it unasked.
    """

    export: str
    finished: datetime
    key: str
    parts: tuple[Part, ...]
    erased: tuple[str, ...] = ()
    being_cleaned: bool = False
    fewer: tuple[str, ...] = ()

    @property
    def begun(self) -> datetime:
        """When the first row was read."""
        return begun_at(self.export)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self.parts)

    @property
    def size(self) -> int:
        """Compressed bytes of all parts."""
        return sum(part.size for part in self.parts)

    def rows_of(self, table: str) -> int:
        """Rows of one table."""
        return sum(part.rows for part in self.parts if part.table == table)

    def of(self, table: str) -> list[Part]:
        """The parts of one table, in order."""
        return sorted((part for part in self.parts if part.table == table), key=lambda part: part.number)


def far_fewer(before: int, now: int) -> bool:
    """Whether a table has lost so many rows that somebody should look: all, or more than half of ten or more."""
    return now < before and (now == 0 or (before >= _ENOUGH and now * 2 < before))


def export_id(begun: datetime) -> str:
    """The name of an export begun then; names sort by time."""
    return begun.astimezone(UTC).strftime(_ID)


def begun_at(export: str) -> datetime:
    """When the export of that name was begun. Raises ValueError for what is no name of an export."""
    return datetime.strptime(export, _ID).replace(tzinfo=UTC)


def is_export_id(name: str) -> bool:
    """Whether that is the name of an export."""
    try:
        begun_at(name)
    except ValueError:
        return False
    return True


def written(manifest: Manifest) -> bytes:
    """The manifest as it is stored."""
    tables = {part.table: 0 for part in manifest.parts}
    for part in manifest.parts:
        tables[part.table] += part.rows
    document = {
        "format": FORMAT,
        "export": manifest.export,
        "finished": manifest.finished.astimezone(UTC).isoformat(),
        "rows": manifest.rows,
        "tables": tables,
        "key": manifest.key,
        "erased": list(manifest.erased),
        "being_cleaned": manifest.being_cleaned,
        "fewer": list(manifest.fewer),
        "parts": [asdict(part) for part in manifest.parts],
    }
    return json.dumps(document, indent=1).encode()


def read(data: bytes) -> Manifest:
    """The manifest that is stored. Raises PermanentFailure if it is none, or of a format that is not known here."""
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise PermanentFailure("the manifest is of another version of the app: use the version that wrote it")
        return Manifest(
            export=document["export"],
            finished=datetime.fromisoformat(document["finished"]),
            key=document["key"],
            parts=tuple(Part(**part) for part in document["parts"]),
            erased=tuple(document["erased"]),
            being_cleaned=document["being_cleaned"],
            fewer=tuple(document.get("fewer", ())),
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise PermanentFailure("the manifest of the export cannot be read") from exc


class RestoreStatus(StrEnum):
    """The words in ``Upkeep.Status`` of the row ``restore``."""

    UNDER_WAY = "Under way"
    WAITING = "Waiting for 'resume' in Commands"
    RESUMING = "Resuming"
    RESUMED = "Resumed"


@dataclass(frozen=True, slots=True)
class Restore:
    """That this account was filled from an export. Until it is resumed, nobody is written to."""

    export: str
    at: datetime
    status: RestoreStatus
    resumed_at: datetime | None = None

    @property
    def holds_mail(self) -> bool:
        """Whether mailboxes and calendars must be left alone."""
        return self.status is not RestoreStatus.RESUMED

    @property
    def holds_time(self) -> bool:
        """Whether the timers must do nothing but wait for the command."""
        return self.status in {RestoreStatus.UNDER_WAY, RestoreStatus.WAITING}

    def may_have_been_sent(self, now: datetime) -> bool:
        """Whether mails that the tables call unsent may have left before the restore: then the mailbox is asked."""
        return now - self.at < _MAY_HAVE_BEEN_SENT_FOR
