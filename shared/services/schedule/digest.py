"""The digest: a list of sections, each of which says what there is to act on in a programme.

A section names people and next steps, never topics, access needs or what somebody wrote about themselves. Each matter
is told when it begins or changes, and once a week until it is over; never on a day off.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from shared.domain.matters import Matter, Told, is_first_working_day
from shared.domain.outbox import MessageStatus
from shared.domain.owed import message_id
from shared.domain.rhythm import is_working_day
from shared.services.base.programmes import Current
from shared.services.schedule.lists import shortened
from shared.stores.messages import Messages
from shared.stores.told import ToldMatters

# Longer than any holiday, and than a timer is late: what happened before it was told, if it was ever to be.
_LATELY = timedelta(days=14)
_PICTURE = "How the cohort stands"
_NOT_READ = frozenset({MessageStatus.CANCELLED, MessageStatus.PARKED})


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A programme at the time of which a digest tells: nothing that came after ``until`` is in it.

    What sections read, they read once: ``once`` and ``every`` keep it.
    """

    current: Current
    until: datetime
    _read: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def date(self) -> date:
        """The day on the wall."""
        return self.until.astimezone(self.current.programme.tz).date()

    @property
    def since(self) -> datetime:
        """The earliest that something can have happened and not been told."""
        return self.until - _LATELY

    def is_late_news(self, at: datetime | None) -> bool:
        """Whether something that happened then can be news to this digest."""
        return at is not None and self.since < at <= self.until

    async def once[T](self, read: Callable[..., Awaitable[T]], *of: Hashable) -> T:
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


@dataclass(frozen=True, slots=True)
class Section:
    """One list of a digest. ``alone``: what it holds is worth a mail, and does not wait for another reason to write."""

    title: str
    matters: Callable[[Day], Awaitable[Sequence[Matter]]]
    alone: bool = True


#: What a digest holds, in the order in which people read it.
type Sections = Sequence[Section]
#: How a cohort stands, in sentences.
type Picture = Callable[[Day], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class _Found:
    """A matter of a section, and whether this digest tells it as news."""

    section: Section
    matter: Matter
    id: str
    news: bool

    @property
    def worth_a_mail(self) -> bool:
        return self.section.alone and (self.news or not self.matter.once)


class Digest:
    """Decides whether there is a digest, and composes it.

    ``picture`` says in words how the cohort stands: once a week, if anything is open or if it has changed.
    """

    def __init__(
        self,
        *,
        sections: Sections,
        picture: Picture,
        told: ToldMatters,
        messages: Messages,
    ) -> None:
        self._sections = sections
        self._picture = picture
        self._told = told
        self._messages = messages

    async def is_due(self, current: Current, at: datetime) -> bool:
        """Whether the team is written to today; if so, remembers what the mail tells as news.

        It is remembered before the mail is posted. If that fails in between, there is no mail of that day, and the next
        digest tells the same.
        """
        day = Day(current, at)
        if not is_working_day(day.date):
            return False
        posted = await self._messages.get(current.programme.id, digest_id(current, at))
        if posted is not None:
            # What has come since is news tomorrow; the row may have been left without its job.
            return posted.value.status not in _NOT_READ
        told = await self._told.of(current.programme.id)
        unread = await self._unread(current, told, day.date)
        found = []
        for section in self._sections:
            for matter in await section.matters(day):
                id_ = matter.id_in(section.title)
                known = told.get(id_)
                is_news = known is None or known.state != matter.fingerprint or known.on in {day.date, unread}
                found.append(_Found(section, matter, id_, is_news))
        weekly = is_first_working_day(day.date)
        lines = await self._picture(day) if weekly else ()
        picture = Matter(_PICTURE, "", state="\n".join(lines))
        id_ = picture.id_in(_PICTURE)
        await self._told.forget(current.programme.id, told.keys() - {id_, *(one.id for one in found)})
        known = told.get(id_)
        changed = bool(lines) and (
            known is None or known.state != picture.fingerprint or known.on in {day.date, unread}
        )
        if not changed and not any(one.worth_a_mail and (one.news or weekly) for one in found):
            return False
        news = {one.id: Told(day.date, one.matter.fingerprint) for one in found if one.news}
        if changed:
            news[id_] = Told(day.date, picture.fingerprint)
        await self._told.note(current.programme.id, {id_: one for id_, one in news.items() if told.get(id_) != one})
        return True

    async def compose(self, current: Current, at: datetime) -> dict[str, Any] | None:
        """What the digest says that was found due at that moment. None if nothing worth a mail is left by now.

        What began after that moment is the next one's to tell.
        """
        day = Day(current, at)
        told = await self._told.of(current.programme.id)
        weekly = is_first_working_day(day.date)
        news: list[tuple[str, Sequence[str]]] = []
        still: list[tuple[str, Sequence[str]]] = []
        reason, left = False, 0
        for section in self._sections:
            found = []
            for matter in await section.matters(day):
                id_ = matter.id_in(section.title)
                known = told.get(id_)
                if known is not None and known.state == matter.fingerprint:
                    found.append(_Found(section, matter, id_, known.on == day.date))
            reason = reason or any(one.worth_a_mail and (one.news or weekly) for one in found)
            now = [one.matter.line for one in found if one.news]
            before = [one.matter.line for one in found if not one.news and not one.matter.once]
            left += len(before) if section.alone else 0
            title = day.current.programme.model.says(section.title)
            news += [(title, shortened(now))] if now else []
            still += [(title, shortened(before))] if before and weekly else []
        seen = told.get(Matter(_PICTURE, "").id_in(_PICTURE))
        if not reason and not (weekly and seen and seen.on == day.date):
            return None
        return {
            "programme": current.programme.name,
            "news": news,
            "still_open": still,
            "left": 0 if weekly else left,
            "picture": await self._picture(day) if weekly else (),
        }

    async def _unread(self, current: Current, told: Mapping[str, Told], today: date) -> date | None:
        """The day of the last digest, if nobody can have read it: then all of its news is news still."""
        last = max((one.on for one in told.values() if one.on < today), default=None)
        if last is None:
            return None
        stored = await self._messages.get(current.programme.id, _digest_id(current, last))
        return last if stored is None or stored.value.status in _NOT_READ else None


def digest_id(current: Current, at: datetime) -> str:
    """The id of the digest of the day on which this moment falls."""
    return _digest_id(current, at.astimezone(current.programme.tz).date())


def _digest_id(current: Current, day: date) -> str:
    return message_id(current.programme.id, f"digest.{day.isoformat()}")
