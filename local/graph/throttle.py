"""How much one mailbox may ask for, and how fast its messages leave."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from local.graph.errors import GraphError
from local.graph.settings import Switches

WINDOW = 600.0


def _throttled(message: str, retry_after: int) -> GraphError:
    headers = {"Retry-After": str(retry_after)}
    return GraphError(HTTPStatus.TOO_MANY_REQUESTS, "ApplicationThrottled", message, headers=headers)


class Throttle:
    """Counts requests; those that were refused count as well."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._running: dict[str, int] = defaultdict(int)
        self._started: dict[str, deque[float]] = defaultdict(deque)

    @contextmanager
    def request(self, mailbox: str) -> Iterator[None]:
        """Around one request, from its first byte to its last."""
        now = time.monotonic()
        started = self._started[mailbox]
        while started and started[0] <= now - WINDOW:
            started.popleft()
        started.append(now)
        if len(started) > self._switches.requests_per_10_minutes:
            started.popleft()
            wait = max(1, math.ceil(started[0] + WINDOW - now)) if started else 1
            raise _throttled("Application is over its MailboxRequests limit.", wait)
        if self._running[mailbox] >= self._switches.concurrent_requests:
            raise _throttled("Application is over its MailboxConcurrency limit.", 1)
        self._running[mailbox] += 1
        try:
            yield
        finally:
            self._running[mailbox] -= 1

    def reset(self) -> None:
        """Forget the requests of the past; those still running go on counting."""
        self._started.clear()


class MessageRate:
    """Exchange's 30 messages a minute: what is beyond waits its turn instead of being refused."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._slots: dict[str, deque[float]] = defaultdict(deque)

    def slot(self, mailbox: str, now: float) -> float:
        """When the next message of this mailbox may leave."""
        most = self._switches.message_rate
        if most <= 0:
            return now
        slots = self._slots[mailbox]
        while len(slots) > most - 1:
            oldest = slots.popleft()
            if len(slots) < most:
                now = max(now, oldest + self._switches.message_rate_seconds)
        slots.append(now)
        return now

    def reset(self) -> None:
        """Forget what has left."""
        self._slots.clear()
