"""What the mailboxes hold and what is on its way, in one SQLite file; commits before it returns."""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local.graph.settings import Json

Kind = Literal["message", "event"]
Change = Literal["created", "updated", "changed", "deleted"]
KEPT_REQUESTS = 20_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, mailbox TEXT,
    key TEXT, id TEXT, folder TEXT, properties TEXT, hidden TEXT);
CREATE TABLE IF NOT EXISTS changes (number INTEGER PRIMARY KEY AUTOINCREMENT, mailbox TEXT, folder TEXT,
    key TEXT, id TEXT, change TEXT);
CREATE INDEX IF NOT EXISTS changes_of_folder ON changes (mailbox, folder, number);
CREATE TABLE IF NOT EXISTS submissions (number INTEGER PRIMARY KEY AUTOINCREMENT, due REAL, item INTEGER,
    mailbox TEXT, properties TEXT, hidden TEXT, keep INTEGER);
CREATE TABLE IF NOT EXISTS outgoing (number INTEGER PRIMARY KEY AUTOINCREMENT, due REAL, sender TEXT,
    recipients TEXT, mime BLOB);
CREATE TABLE IF NOT EXISTS requests (number INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
"""


@dataclass
class Item:
    """A message or an event.

    `key` is the immutable id, `id` the one that changes when the item moves, `number` the order of creation.
    `hidden` holds what is shown only on request or never: headers, extended properties, attachments.
    """

    kind: Kind
    mailbox: str
    folder: str
    properties: Json
    hidden: Json = field(default_factory=dict)
    key: str = field(default_factory=lambda: new_id("AAkALgAAAAAAHYQDEapm"))
    id: str = field(default_factory=lambda: new_id("AAMkAGE1M2IyNGNmLTI5"))
    number: int = 0

    def labels(self) -> Iterator[tuple[str, str, str]]:
        """What an item can be found by: its extended properties, the values without regard to case."""
        for one in self.hidden.get("extended", ()):
            yield (self.mailbox, property_name(one["id"]), one["value"].casefold())


@dataclass(frozen=True)
class Submission:
    """A message handed over by `send`, as it was at that moment."""

    number: int
    item: int
    mailbox: str
    properties: Json
    hidden: Json
    keep: bool


@dataclass(frozen=True)
class Outgoing:
    """A finished mail that the inbox has not yet taken."""

    number: int
    sender: str
    recipients: list[str]
    mime: bytes


def new_id(start: str) -> str:
    """Looks like an Exchange id, also in that it needs percent-encoding."""
    return f"{start}{secrets.token_urlsafe(48)}="


def property_name(property_id: str) -> str:
    """The id of an extended property in one spelling: only what follows `Name` keeps its case."""
    kind, _, rest = property_id.partition(" Name ")
    return f"{kind.lower()} name {rest}" if rest else property_id.lower()


class Store:
    """Keeps everything in memory for reading, and on disk for the next start."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(directory / "graph.sqlite3", isolation_level=None, timeout=5)
        self._db.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing this way; only a power cut could.
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)
        self._depth = 0
        self._load()

    def _load(self) -> None:
        self._items: dict[tuple[Kind, str], dict[int, Item]] = {}
        self._by_id: dict[tuple[Kind, str, str], Item] = {}
        self._by_number: dict[int, Item] = {}
        self._by_label: dict[tuple[str, str, str], dict[int, Item]] = {}
        columns = "number, kind, mailbox, key, id, folder, properties, hidden"
        for row in self._db.execute(f"SELECT {columns} FROM items ORDER BY number"):  # noqa: S608 -- constant
            number, kind, mailbox, key, item_id, folder, properties, hidden = row
            self._remember(
                Item(
                    kind=kind,
                    mailbox=mailbox,
                    folder=folder,
                    properties=json.loads(properties),
                    hidden=json.loads(hidden),
                    key=key,
                    id=item_id,
                    number=number,
                )
            )
        self._db.execute("INSERT OR IGNORE INTO facts VALUES ('epoch', ?)", (secrets.token_hex(8),))
        self.epoch: str = self._db.execute("SELECT value FROM facts WHERE name = 'epoch'").fetchone()[0]

    def _remember(self, item: Item) -> None:
        self._items.setdefault((item.kind, item.mailbox), {})[item.number] = item
        self._by_number[item.number] = item
        self._by_id[item.kind, item.mailbox, item.key] = item
        self._by_id[item.kind, item.mailbox, item.id] = item
        for label in item.labels():
            self._by_label.setdefault(label, {})[item.number] = item

    def _forget(self, item: Item) -> None:
        del self._items[item.kind, item.mailbox][item.number]
        del self._by_number[item.number]
        for known in [name for name, one in self._ids_of(item) if one is item]:
            del self._by_id[known]
        for label in item.labels():
            self._by_label.get(label, {}).pop(item.number, None)

    def _ids_of(self, item: Item) -> Iterator[tuple[tuple[Kind, str, str], Item | None]]:
        for one in (item.key, item.id):
            name = (item.kind, item.mailbox, one)
            yield name, self._by_id.get(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing on disk; may be nested."""
        if self._depth == 0:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("ROLLBACK")
                self._load()
            raise
        self._depth -= 1
        if self._depth == 0:
            self._db.execute("COMMIT")

    def mailboxes(self) -> list[str]:
        """Every mailbox that has ever held something."""
        return sorted({mailbox for _, mailbox in self._items})

    def items(self, kind: Kind, mailbox: str) -> list[Item]:
        """The newest first, as Graph lists them."""
        return list(reversed(self._items.get((kind, mailbox), {}).values()))

    def labelled(self, kind: Kind, label: tuple[str, str, str]) -> list[Item]:
        """Those that have or had an extended property of this name and value, the newest first."""
        found = sorted(self._by_label.get(label, {}).values(), key=lambda item: -item.number)
        return [item for item in found if item.kind == kind and item.number in self._by_number]

    def find(self, kind: Kind, mailbox: str, item_id: str) -> Item | None:
        """By the immutable id or by the id that the item has now."""
        return self._by_id.get((kind, mailbox, item_id))

    def numbered(self, number: int) -> Item | None:
        """By the order of creation, which nothing changes."""
        return self._by_number.get(number)

    def add(self, item: Item) -> None:
        """Keep a new item."""
        with self.transaction():
            row = self._db.execute(
                "INSERT INTO items (kind, mailbox, key, id, folder, properties, hidden) VALUES (?,?,?,?,?,?,?)",
                (item.kind, item.mailbox, item.key, item.id, item.folder, *self._texts(item)),
            )
            item.number = row.lastrowid or 0
            self._remember(item)
            self._note(item, item.folder, "created")

    def update(self, item: Item) -> None:
        """Keep what was changed in the item's properties."""
        with self.transaction():
            self._write(item)
            self._note(item, item.folder, "updated")

    def move(self, item: Item, folder: str, *, new_key: bool = False) -> None:
        """To another folder: a new id, and the same immutable id unless asked otherwise."""
        with self.transaction():
            self._note(item, item.folder, "changed")
            for known in [name for name, one in self._ids_of(item) if one is item]:
                del self._by_id[known]
            item.folder = folder
            item.id = new_id("AAMkAGE1M2IyNGNmLTI5")
            if new_key:
                item.key = new_id("AAkALgAAAAAAHYQDEapm")
            self._write(item)
            self._note(item, folder, "created")

    def remove(self, item: Item) -> None:
        """For good."""
        with self.transaction():
            self._db.execute("DELETE FROM items WHERE number = ?", (item.number,))
            self._forget(item)
            self._note(item, item.folder, "deleted")

    @staticmethod
    def _texts(item: Item) -> tuple[str, str]:
        return json.dumps(item.properties), json.dumps(item.hidden)

    def _write(self, item: Item) -> None:
        self._db.execute(
            "UPDATE items SET key=?, id=?, folder=?, properties=?, hidden=? WHERE number=?",
            (item.key, item.id, item.folder, *self._texts(item), item.number),
        )
        self._remember(item)

    def _note(self, item: Item, folder: str, change: Change) -> None:
        self._db.execute(
            "INSERT INTO changes (mailbox, folder, key, id, change) VALUES (?,?,?,?,?)",
            (item.mailbox, folder, item.key, item.id, change),
        )

    def last_change(self) -> int:
        """The number of the newest change in any folder."""
        row = self._db.execute("SELECT max(number) FROM changes").fetchone()
        return row[0] or 0

    def changes(self, mailbox: str, folder: str, *, after: int, until: int) -> list[tuple[str, str, Change]]:
        """What happened in one folder, oldest first: immutable id, id, and the kind of change."""
        rows = self._db.execute(
            "SELECT key, id, change FROM changes WHERE mailbox=? AND folder=? AND number>? AND number<=?"
            " ORDER BY number",
            (mailbox, folder, after, until),
        )
        return rows.fetchall()

    def submit(self, item: Item, *, due: float, keep: bool) -> None:
        """Hand a message over to the transport, which takes it when it is due."""
        self._db.execute(
            "INSERT INTO submissions (due, item, mailbox, properties, hidden, keep) VALUES (?,?,?,?,?,?)",
            (due, item.number, item.mailbox, *self._texts(item), keep),
        )

    def due_submissions(self, now: float) -> list[Submission]:
        """What the transport has to take now, in order."""
        rows = self._db.execute(
            "SELECT number, item, mailbox, properties, hidden, keep FROM submissions WHERE due <= ?"
            " ORDER BY due, number",
            (now,),
        )
        return [
            Submission(number, item, mailbox, json.loads(properties), json.loads(hidden), bool(keep))
            for number, item, mailbox, properties, hidden, keep in rows
        ]

    def submitted(self, submission: Submission) -> None:
        """The transport has taken it."""
        self._db.execute("DELETE FROM submissions WHERE number = ?", (submission.number,))

    def queue_mail(self, *, due: float, sender: str, recipients: list[str], mime: bytes) -> None:
        """A finished mail for the inbox."""
        self._db.execute(
            "INSERT INTO outgoing (due, sender, recipients, mime) VALUES (?,?,?,?)",
            (due, sender, json.dumps(recipients), mime),
        )

    def due_mail(self, now: float) -> list[Outgoing]:
        """A handful of mails that the inbox should get now, in order."""
        rows = self._db.execute(
            "SELECT number, sender, recipients, mime FROM outgoing WHERE due <= ? ORDER BY due, number LIMIT 50",
            (now,),
        )
        return [Outgoing(number, sender, json.loads(to), mime) for number, sender, to, mime in rows]

    def mail_taken(self, mail: Outgoing) -> None:
        """The inbox has answered."""
        self._db.execute("DELETE FROM outgoing WHERE number = ?", (mail.number,))

    def next_due(self, table: Literal["submissions", "outgoing"]) -> float | None:
        """When the transport or the relay has to look again."""
        row = self._db.execute(f"SELECT min(due) FROM {table}").fetchone()  # noqa: S608 -- one of two literals
        return row[0] if row else None

    def waiting(self) -> dict[str, int]:
        """How much is on its way."""
        return {
            table: self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 -- two literals
            for table in ("submissions", "outgoing")
        }

    def log_request(self, entry: Json) -> None:
        """Note an answered request; only the newest are kept."""
        number = self._db.execute("INSERT INTO requests (entry) VALUES (?)", (json.dumps(entry),)).lastrowid or 0
        if number % 1000 == 0:
            self._db.execute("DELETE FROM requests WHERE number <= ?", (number - KEPT_REQUESTS,))

    def requests(self) -> list[Json]:
        """Oldest first."""
        return [json.loads(entry) for (entry,) in self._db.execute("SELECT entry FROM requests ORDER BY number")]

    def clear_requests(self) -> None:
        """Forget the log."""
        self._db.execute("DELETE FROM requests")

    def reset(self) -> None:
        """Empty mailboxes; old delta links are gone as well."""
        for table in ("items", "changes", "submissions", "outgoing", "requests", "facts"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 -- constant names
        self._load()

    def close(self) -> None:
        """Nothing is pending: every change was committed when it was made."""
        self._db.close()
