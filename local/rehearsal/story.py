"""What happened in a rehearsal: every mail and invitation with its day and its reader, and the tables week by week."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from local.graph.text import html_to_text
from local.memory.exchange import FakeCalendar, FakeMailbox
from local.rehearsal.cast import Person
from local.rehearsal.plan import Plan
from shared.domain.programme import Programme
from shared.ports import Cell, Clock, Letter, Written

#: What a calendar does.
CALENDAR_WORDS = frozenset({"invited", "updated", "removed", "cancelled"})

_BANNER = (
    '<p style="margin:0;padding:8px;background:#ffeb3b;color:#212b32;font:bold 16px Arial,sans-serif">'
    "REHEARSAL: everybody in it is invented, and nobody was sent this.</p>"
)
_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)


def stamped(letter: Letter) -> Letter:
    """The mail as nobody can take it for a real one."""
    return replace(letter, subject=f"[Rehearsal] {letter.subject}", html=stamped_html(letter.html))


def stamped_html(html: str) -> str:
    """What a mail or an invitation says, under words that it is a rehearsal."""
    opening = _BODY.search(html)
    place = opening.end() if opening else 0
    return f"{html[:place]}{_BANNER}{html[place:]}"


@dataclass(frozen=True)
class Told:
    """Somebody was told something. ``kind`` is a kind of message, or what the calendar did ('invited', 'updated').

    ``prompted``: it answers what somebody did at that moment; else time alone brought it.
    """

    at: datetime
    to: str
    kind: str
    subject: str
    html: str = field(repr=False)
    about: str = ""
    prompted: bool = False

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail; else it is an invitation, or its change or end."""
        return self.kind not in CALENDAR_WORDS

    @property
    def text(self) -> str:
        """What it says, without what makes it look well."""
        return html_to_text(self.html)


@dataclass(frozen=True)
class Held:
    """A place in a session that stood in somebody's calendar, from when until when."""

    email: str
    session: str
    group: str
    starts_at: datetime
    ends_at: datetime
    since: datetime
    until: datetime


class RehearsedMailbox(FakeMailbox):
    """``Mailbox`` that stamps every mail and notes when it left. Nothing leaves it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.left: list[tuple[datetime, Letter]] = []
        self._clock = clock
        self._by_key: dict[str, str] = {}

    async def find(self, key: str) -> Written | None:
        """As ``FakeMailbox``, at once: a cohort of hundreds has tens of thousands of mails."""
        found = self._by_key.get(key.lower())
        return Written(found, self.items[found].is_draft) if found in self.items else None

    async def draft(self, letter: Letter) -> Written:
        """Keep the draft, stamped."""
        written = await super().draft(stamped(letter))
        self._by_key[letter.key.lower()] = written.graph_id
        return written

    async def send(self, graph_id: str) -> float:
        """Note that it left."""
        rest = await super().send(graph_id)
        self.left.append((self._clock.now(), self.items[graph_id].letter))
        return rest


class RehearsedCalendar(FakeCalendar):
    """``Calendar`` that notes when somebody was told of what."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._noted: list[datetime] = []

    def news(self) -> Iterator[tuple[datetime, str, str, str]]:
        """What is new since this was asked before: when, which event, who, and what of it."""
        for event, email, what in self.told[len(self._noted) :]:
            self._noted.append(self._clock.now())
            yield self._noted[-1], event, email, what


@dataclass
class Story:
    """A year as it was played. ``tables`` has for each week what changed since the one before: ``None`` is gone."""

    programme: Programme
    plan: Plan
    people: Sequence[Person]
    began: datetime
    ended: datetime
    told: list[Told]
    did: list[tuple[datetime, str, str]]
    weeks: list[date]
    tables: list[Mapping[str, Mapping[str, Mapping[str, Cell] | None]]]
    final: Mapping[str, Sequence[Mapping[str, Cell]]]
    team: str
    held: list[Held] = field(default_factory=list)
    introduced: frozenset[str] = frozenset()
    paired_at: datetime | None = None
    dated: frozenset[str] = frozenset()
    took: float = 0.0
    memory: int = 0
    _by_reader: dict[str, list[Told]] | None = field(default=None, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of every time that people read."""
        return self.programme.tz

    def let_in(self, person: Person) -> bool:
        """Whether the team let somebody in who could not have come in by themself."""
        return any(what.endswith(f" for {person.name}") for _, who, what in self.did if who == "the team")

    def to(self, address: str) -> list[Told]:
        """What somebody was told, in its order."""
        if self._by_reader is None:
            self._by_reader = {}
            for told in self.told:
                self._by_reader.setdefault(told.to, []).append(told)
        return self._by_reader.get(address, [])

    def name_of(self, address: str) -> str:
        """Who reads the mail of an address."""
        return self.readers.get(address, address)

    @cached_property
    def readers(self) -> dict[str, str]:
        """Everybody who can be written to, by address: those who apply, their managers, the team."""
        found = {person.email: person.known_as for person in self.people}
        for person in self.people:
            found.setdefault(person.manager.email, manager_of(person))
        for told in self.told:
            found.setdefault(told.to, another(told.to))
        return found | {self.team: "the team"}


def manager_of(person: Person) -> str:
    """Who somebody's line manager is, in a story."""
    return f"{person.manager.name} (manager of {person.name})"


def another(address: str) -> str:
    """Who somebody is that was named on the way."""
    return f"{address.partition('@')[0].replace('.', ' ')} (another manager)"


def lines(story: Story) -> Iterator[str]:
    """The story in plain text: who did what, and who was told what, day by day."""
    happened: list[tuple[datetime, int, str]] = [(at, 0, f"{who} {what}") for at, who, what in story.did]
    happened += [
        (told.at, 1, f"    {story.name_of(told.to)}: {told.kind}: {told.subject.removeprefix('[Rehearsal] ')}")
        for told in story.told
    ]
    if not happened:
        yield "Nobody can apply, and nobody is told anything."
    day: date | None = None
    for at, _, words in sorted(happened, key=lambda one: one[:2]):
        wall = at.astimezone(story.zone)
        if wall.date() != day:
            day = wall.date()
            yield f"\n{day:%A} {day.day} {day:%B %Y}"
        yield f"  {wall:%H:%M} {words}"


def week_of(day: date) -> date:
    """The Monday of a day."""
    return day - timedelta(days=day.weekday())
