"""Waiting for an event, but not for ever."""

import asyncio
from datetime import timedelta


async def is_set_within(event: asyncio.Event, time: timedelta) -> bool:
    """Wait until the event is set or the time is over; True if it is set."""
    try:
        async with asyncio.timeout(time.total_seconds()):
            await event.wait()
    except TimeoutError:
        return False
    return True
