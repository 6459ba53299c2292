"""Waiting for what a service does in its own time."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(ready: Callable[[], Awaitable[bool]], *, within: float = 8.0) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + within
    while not await ready():
        assert time.monotonic() < deadline, "nothing happened in time"
        await asyncio.sleep(0.03)
