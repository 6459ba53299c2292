"""What a process has besides storage and Exchange: a clock, programme files, metrics."""

from collections import Counter
from datetime import datetime, timedelta

from shared.domain.programme import Programme
from shared.ports import Metric


class ManualClock:
    """A clock that moves when told."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta) -> None:
        self._now += by


class CountedMetrics:
    """``Metrics`` that can be read."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[str, ...]] = Counter()
        self.ages: list[float] = []

    def count(self, metric: Metric, number: int = 1, **of: str) -> None:
        self.counted[metric.value, *(value for _, value in sorted(of.items()))] += number

    def outbox_age(self, seconds: float) -> None:
        self.ages.append(seconds)


class Files:
    """``ProgrammeFiles`` from values."""

    def __init__(self, *programmes: Programme) -> None:
        self._programmes = {programme.id: programme for programme in programmes}

    def get(self, programme: str) -> Programme | None:
        return self._programmes.get(programme)

    def ids(self) -> tuple[str, ...]:
        return tuple(self._programmes)

    def change(self, programme: str, **changes: object) -> None:
        self._programmes[programme] = self._programmes[programme].model_copy(update=changes)
