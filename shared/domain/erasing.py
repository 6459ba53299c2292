"""Somebody who is erased, and what is remembered of that: enough to erase them again from what is older."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

#: The partition of tombstones of single rows.
MARKED = "row"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is erased, by everything by which rows may name them."""

    references: Collection[str]
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That a person was erased: who by partition and reference, which are keyed hashes, and what was left of the row.

    ``left`` is the line of the emptied application, '' for somebody who had none. In the partition ``MARKED`` it is
    about a single row that no reference leads to, and ``reference`` is that row's mark.
    """

    partition: str
    reference: str
    at: datetime
    left: str = ""

    @property
    def name(self) -> str:
        """Its name among the others."""
        return f"{self.partition}.{self.reference}"

    @property
    def mark(self) -> str:
        """What an export notes of it: the same person can be erased again."""
        return f"{self.name} {self.at.astimezone(UTC).isoformat()}"
