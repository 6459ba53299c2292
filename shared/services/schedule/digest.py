"""The daily digest: a list of sections, each of which says what there is to act on in a programme.

A section names people and next steps, never topics, access needs or what somebody wrote about themselves.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from shared.domain.outbox import MessageStatus
from shared.domain.owed import message_id
from shared.domain.programme import Programme
from shared.services.base.programmes import Current
from shared.services.schedule.lists import shortened
from shared.stores.messages import Messages

# Yesterday nothing was told; and a timer may come late.
_WITHOUT_ONE_YESTERDAY = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Day:
    """A programme, and the time of which a digest tells: news came after ``since``, and not after ``until``.

    What sections read, they read once: ``once`` and ``every`` keep it. ``file``: the programme as its file says, None
    when that does not matter any more.
    """

    current: Current
    since: datetime
    until: datetime
    file: Programme | None = None
    _read: dict[Any, Any] = field(default_factory=dict, repr=False)

    def is_news(self, at: datetime | None) -> bool:
        """Whether this digest is the one to tell of what happened then."""
        return at is not None and self.since < at <= self.until

    async def once[T](self, read: Callable[..., Awaitable[T]], *of: str) -> T:
        """What a store answers, asked at most once."""
        key = (read, *of)
        if key not in self._read:
            self._read[key] = await read(*of)
        return cast("T", self._read[key])

    async def every[T](self, read: Callable[..., AsyncIterator[T]], *of: str) -> list[T]:
        """All that a store lists, read at most once."""
        key = (read, *of)
        if key not in self._read:
            self._read[key] = [one async for one in read(*of)]
        return cast("list[T]", self._read[key])


async def whatever(_: Day, items: Sequence[str]) -> bool:
    """``Section.news`` of one in which everything is worth a mail."""
    return bool(items)


async def nothing(_: Day, __: Sequence[str]) -> bool:
    """``Section.news`` of old news on its own: it never sends a mail, it only joins one."""
    return False


@dataclass(frozen=True, slots=True)
class Section:
    """One list of a digest. ``news`` says whether what it holds is worth a mail."""

    title: str
    items: Callable[[Day], Awaitable[Sequence[str]]]
    news: Callable[[Day, Sequence[str]], Awaitable[bool]] = whatever


class Digest:
    """Decides whether there is a digest, and composes it."""

    def __init__(self, *, sections: Sequence[Section], messages: Messages) -> None:
        self._sections = sections
        self._messages = messages

    async def is_due(self, current: Current, at: datetime, *, file: Programme | None) -> bool:
        """Whether there is something to act on: asks one section after the other until one has news.

        ``file``: the programme as its file says. A session that the file itself holds back is old news; one that was
        mistyped in its row is not.
        """
        day = await self._day(current, at, file)
        for section in self._sections:
            if await section.news(day, await section.items(day)):
                return True
        return False

    async def compose(self, current: Current, at: datetime) -> dict[str, Any] | None:
        """What the digest says that was found due at that moment. None if nothing worth a mail is left by now."""
        day = await self._day(current, at, None)
        filled, news = [], False
        for section in self._sections:
            items = await section.items(day)
            news = await section.news(day, items) or news
            if items:
                filled.append((section.title, shortened(items)))
        return {"programme": current.programme.name, "sections": filled} if news else None

    async def _day(self, current: Current, at: datetime, file: Programme | None) -> Day:
        """The time since the digest before this one: what that one told is not told again, whenever either is late."""
        before = await self._messages.get(current.programme.id, digest_id(current, at - timedelta(days=1)))
        if before is None or before.value.status is MessageStatus.CANCELLED:
            return Day(current, at - _WITHOUT_ONE_YESTERDAY, at, file)
        return Day(current, before.value.due, at, file)


def digest_id(current: Current, at: datetime) -> str:
    """The id of the digest of the day on which this moment falls."""
    day = at.astimezone(current.programme.tz).date().isoformat()
    return message_id(current.programme.id, f"digest.{day}")
