"""Lists of what waits for administrators, as more than one of their mails has them."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from shared.domain.suspicion import HeldApplication
from shared.domain.text import Ours
from shared.services.form.quarantine import WAITING
from shared.stores.quarantine import Quarantine
from shared.stores.receptions import Receptions

_LONGEST = 50


async def held_back(quarantine: Quarantine, programme: str) -> AsyncIterator[HeldApplication]:
    """The applications of a programme that may not be a person's."""
    async for held in quarantine.all(programme):
        if held.status == WAITING:
            yield held


def held_in_words(held: HeldApplication) -> str:
    """One of them, for the team."""
    return f"{held.reference}, {held.full_name}: {held.why}"


async def form_remarks(receptions: Receptions, programme: str, *, since: datetime, until: datetime) -> list[str]:
    """Where forms that came in this time do not fit the programme file, each remark once.

    What was said before has been mended, or is said again by the next form that comes.
    """
    said = [
        Ours(f"{reception.source}: {remark}")
        async for reception in receptions.not_fitting(programme)
        if since < reception.received_at <= until and not reception.test
        for remark in reception.form_remarks
    ]
    return list(dict.fromkeys(said))


def shortened(items: Sequence[str]) -> Sequence[str]:
    """The items, or the first of them and how many more there are."""
    more = len(items) - _LONGEST
    return [*items[:_LONGEST], f"and {more} more, in the tables"] if more > 0 else items
