"""Timer triggers: when a timer is due, what it remembers between runs, and who may run it."""

import asyncio
import json
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from local.host.datums import Datum, json_datum
from local.host.errors import FunctionError
from local.host.functions import Function, TimerTrigger
from local.host.invocations import Invocations
from local.host.ncrontab import InvalidScheduleError, Schedule
from local.host.singleton import SingletonLock
from local.host.storage import CALL_SECONDS
from local.host.waiting import is_set_within

logger = logging.getLogger(__name__)

HOSTS_CONTAINER = "azure-webjobs-hosts"
SHORTEST_MONITORED_GAP = timedelta(minutes=1)
GAPS_LOOKED_AT = 5
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class ScheduleStatus:
    """What is kept in the status blob."""

    last: datetime
    next: datetime
    last_updated: datetime

    @classmethod
    def parse(cls, text: str) -> "ScheduleStatus":
        """Read the blob."""
        content = json.loads(text)
        return cls(*(_moment(content.get(name)) for name in ("Last", "Next", "LastUpdated")))

    def as_json(self) -> dict[str, str]:
        """As the real host writes it."""
        return {
            "Last": self.last.isoformat(),
            "Next": self.next.isoformat(),
            "LastUpdated": self.last_updated.isoformat(),
        }


@dataclass(frozen=True)
class LookBack:
    """What a start finds out about the time before it."""

    status: ScheduleStatus
    is_past_due: bool


def look_back(stored: ScheduleStatus | None, schedule: Schedule, now: datetime) -> LookBack:
    """A run was missed only if one was expected, is over, and the schedule has not changed since."""
    if stored is None:
        return LookBack(ScheduleStatus(NEVER, schedule.next_after(now), now), is_past_due=False)
    counted_from = next((moment for moment in (stored.last, stored.last_updated) if moment != NEVER), now)
    expected = schedule.next_after(counted_from)
    if stored.next != expected:
        if now > expected:
            expected = schedule.next_after(now)
        return LookBack(ScheduleStatus(NEVER, expected, counted_from), is_past_due=False)
    return LookBack(stored, is_past_due=now > stored.next)


def is_monitored(schedule: Schedule, trigger: TimerTrigger, now: datetime) -> bool:
    """The monitor is off, without a word, for schedules that fire more often than once a minute."""
    if not trigger.use_monitor:
        return False
    earlier = schedule.next_after(now)
    for _ in range(GAPS_LOOKED_AT):
        later = schedule.next_after(earlier)
        if later - earlier < SHORTEST_MONITORED_GAP:
            return False
        earlier = later
    return True


def parse_schedule(trigger: TimerTrigger) -> Schedule:
    """The schedule; a bad one is the function's error."""
    try:
        schedule = Schedule(trigger.schedule)
        schedule.next_after(datetime.now(UTC))
    except InvalidScheduleError as exc:
        raise FunctionError(f"The schedule is not valid: {exc}") from exc
    return schedule


def timer_datum(status: ScheduleStatus | None = None, *, is_past_due: bool = False) -> Datum:
    """What the function gets."""
    return json_datum(
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": None if status is None else status.as_json(),
            "IsPastDue": is_past_due,
        }
    )


class StatusBlob:
    """The memory of one timer."""

    def __init__(self, container: ContainerClient, host_id: str, function: str) -> None:
        self._blob = container.get_blob_client(f"timers/{host_id}/{function}/status")

    async def read(self) -> ScheduleStatus | None:
        """None if the timer has never been seen, or the blob cannot be understood."""
        try:
            download = await self._blob.download_blob(timeout=CALL_SECONDS)
            return ScheduleStatus.parse((await download.readall()).decode())
        except (ResourceNotFoundError, ValueError, AttributeError):
            return None

    async def write(self, status: ScheduleStatus) -> None:
        """Replace it."""
        await self._blob.upload_blob(json.dumps(status.as_json()), overwrite=True, timeout=CALL_SECONDS)


class TimerListener:
    """Runs one timer while this host holds its lock; runs never overlap."""

    def __init__(
        self,
        function: Function,
        trigger: TimerTrigger,
        schedule: Schedule,
        invocations: Invocations,
        lock: SingletonLock,
        status: StatusBlob,
    ) -> None:
        self._function = function
        self._trigger = trigger
        self._schedule = schedule
        self._invocations = invocations
        self._lock = lock
        self._status_blob = status

    async def run(self, stopping: asyncio.Event) -> None:
        """Wait for the lock, run on schedule, and start again if the lock is lost."""
        while not stopping.is_set():
            lease = await self._lock.acquire(stopping)
            if lease is None:
                return
            pause = asyncio.Event()
            keeper = asyncio.create_task(self._lock.keep(lease, pause))
            pausers = [
                asyncio.create_task(_set_after(keeper, pause)),
                asyncio.create_task(_set_after(stopping.wait(), pause)),
            ]
            try:
                await self._run_while_held(pause)
            except AzureError as exc:
                logger.warning("The timer '%s' starts again: %s", self._function.name, type(exc).__name__)
                await is_set_within(stopping, timedelta(seconds=5))
            finally:
                pause.set()
                await keeper
                for pauser in pausers:
                    pauser.cancel()
                await self._lock.release(lease)

    async def _run_while_held(self, pause: asyncio.Event) -> None:
        now = datetime.now(UTC)
        status: ScheduleStatus | None = None
        is_past_due = False
        if is_monitored(self._schedule, self._trigger, now):
            stored = await self._status_blob.read()
            found = look_back(stored, self._schedule, now)
            status, is_past_due = found.status, found.is_past_due
            if status != stored:
                await self._status_blob.write(status)
        if is_past_due or self._trigger.run_on_startup:
            status = await self._fire(now, status, is_past_due=is_past_due)
        planned = now
        while True:
            # A sleep can end a moment early; counting from the planned time never fires one occurrence twice.
            planned = self._schedule.next_after(max(datetime.now(UTC), planned))
            while (left := planned - datetime.now(UTC)) > timedelta(0):
                if await is_set_within(pause, left):
                    return
            if pause.is_set():
                return
            status = await self._fire(planned, status, is_past_due=False)

    async def _fire(
        self, moment: datetime, status: ScheduleStatus | None, *, is_past_due: bool
    ) -> ScheduleStatus | None:
        await self._invocations.run(
            self._function,
            timer_datum(status, is_past_due=is_past_due),
            reason=f"Timer fired at {datetime.now(UTC).isoformat()}",
        )
        if status is None:
            return None
        updated = ScheduleStatus(last=moment, next=self._schedule.next_after(moment), last_updated=moment)
        await self._status_blob.write(updated)
        return updated


async def _set_after(first: Awaitable[object], event: asyncio.Event) -> None:
    await first
    event.set()


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        return NEVER
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
