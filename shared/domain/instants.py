"""Instants and counts as records keep them: what a store reads back is held to them."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

# Clocks of form providers may be decades off. Near the ends of the calendar even a change of zone fails.
_YEARS = range(1602, 9990)


def aware(value: object) -> datetime:
    """A value as an aware instant in UTC. Raises ValueError for what is none."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    if found.tzinfo is None or found.year not in _YEARS:
        raise ValueError("no instant")
    return found.astimezone(UTC)


Instant = Annotated[datetime, BeforeValidator(aware)]
# A number of thousands of digits, or below zero, counts nothing of ours.
Count = Annotated[int, Field(strict=True, ge=0, lt=1_000_000)]
