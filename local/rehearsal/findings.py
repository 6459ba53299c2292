"""What a programme lead should know of a year before it begins: each finding with its day, its person and its line."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise

from local.rehearsal.cast import Person
from local.rehearsal.play import a_day_for
from local.rehearsal.story import Held, Story, Told
from shared.domain import wording
from shared.domain.closing import grace_ends
from shared.domain.outbox import MessageStatus
from shared.domain.owed import Kind
from shared.domain.programme import SessionGroup
from shared.domain.rhythm import is_working_day
from shared.proofread.words import MONTHS, WEEKDAYS
from shared.stores.names import TableName

_WITHOUT_A_WORD, _A_QUARTER = timedelta(days=60), timedelta(days=96)
_A_WEEK, _TO_FIND_ONE = timedelta(days=6), timedelta(days=45)
_INVITED_BEFORE = timedelta(days=14)
# The reminder of a session comes on the working day before it.
_REMINDED = timedelta(days=6)
_DAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)}) (\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})\b")
_TAGS = re.compile(r"<[^>]*>")
#: Mails that say when something was, and are meant to.
_LOOKS_BACK = frozenset({Kind.CLOSING_SUMMARY, Kind.RETENTION, Kind.LAPSED, Kind.LATE, Kind.WITHDRAWN, Kind.DIGEST})
_TO_MANAGERS = frozenset({Kind.APPROVAL_REQUEST, Kind.APPROVAL_REMINDER})


@dataclass(frozen=True, order=True)
class Found:
    """One finding. ``about`` is the place of the file that causes it, ``line`` where that stands, 0 if nowhere."""

    day: date
    what: str
    who: str
    says: str
    about: str
    line: int = 0


def find(story: Story, lines: Mapping[str, int]) -> list[Found]:
    """Everything there is to say of a year, by day. ``lines``: the line of each place of the file."""
    found = [one for rule in RULES.values() for one in rule(story)]
    return sorted(Found(one.day, one.what, one.who, one.says, one.about, _line(lines, one.about)) for one in found)


def _line(lines: Mapping[str, int], about: str) -> int:
    """The line of a place, or of the nearest that has one: 'groups.a.b', then 'groups.a', then 'groups'."""
    while about and about not in lines:
        about = about.rpartition(".")[0]
    return lines.get(about, 0)


type Rule = Callable[[Story], Iterator[Found]]


def _several_mails(story: Story) -> Iterator[Found]:
    """More than one mail on a day that time alone brings to a person; what answers somebody is none too many."""
    days: defaultdict[tuple[str, date], list[Told]] = defaultdict(list)
    for told in _mails(story):
        if not told.prompted and told.to != story.team:
            # Whoever took two partners meets both on the day on which they start.
            mails = days[told.to, _day(story, told.at)]
            if told.kind != Kind.INTRODUCTION or told.kind not in {one.kind for one in mails}:
                mails.append(told)
    for (to, day), mails in days.items():
        if len(mails) > 1:
            kinds = wording.listed(sorted({told.kind for told in mails}))
            says = f"{len(mails)} mails came on one day without their doing: {kinds}."
            yield Found(day, "more than one mail a day", story.name_of(to), says, _cause(mails[-1].kind))


def _days_off(story: Story) -> Iterator[Found]:
    for told in _mails(story):
        day = _day(story, told.at)
        if not told.prompted and not is_working_day(day):
            says = f"‘{_plain(told.subject)}’ came on a {day:%A}, when people are not at work."
            yield Found(day, "a mail on a day off", story.name_of(told.to), says, _cause(told.kind))


def _dates_past(story: Story) -> Iterator[Found]:
    for told in _mails(story):
        if told.kind in _LOOKS_BACK:
            continue
        day = _day(story, told.at)
        past = sorted({named for named in _days_named(told.html) if named < day})
        for named in past:
            says = f"‘{_plain(told.subject)}’ speaks of {wording.day(named)}, which is over."
            yield Found(day, "a date that is past", story.name_of(told.to), says, _cause(told.kind))


def _same_digest(story: Story) -> Iterator[Found]:
    digests = [told for told in story.to(story.team) if told.kind == Kind.DIGEST]
    for before, told in pairwise(digests):
        # What is still open is said once a week.
        if before.html == told.html and told.at - before.at < _A_WEEK:
            says = f"The digest says what that of {wording.day(_day(story, before.at))} said."
            yield Found(_day(story, told.at), "the same digest again", "the team", says, "check-ins.silent in a row")


def _silence(story: Story) -> Iterator[Found]:
    """Longer without a word than people remember. Pairs whose meetings nobody counts are asked every quarter."""
    longest = _WITHOUT_A_WORD if story.programme.model.counts_meetings else _A_QUARTER
    for person, since, until in _taking_part(story):
        heard = [told.at for told in story.to(person.email) if since <= told.at <= until]
        # Who was in a session has met the team.
        heard += [held.ends_at for held in story.held if held.email == person.email and since <= held.ends_at <= until]
        for before, after in pairwise([since, *sorted(heard), until]):
            if after - before > longest:
                says = f"{(after - before).days} days without a word, until {wording.day(_day(story, after))}."
                about = _awaited(story, person, after)
                yield Found(_day(story, before), "60 days without a word", person.known_as, says, about)


def _awaited(story: Story, person: Person, heard: datetime) -> str:
    """The place of the file that says why somebody hears again: of the session that comes now, or of the meetings."""
    soon = (h for h in story.held if h.email == person.email and h.starts_at - _REMINDED <= heard <= h.ends_at)
    session = min(soon, key=lambda held: held.starts_at, default=None)
    return f"groups.{session.group}" if session else "meetings"


def _not_invited(story: Story) -> Iterator[Found]:
    """A session that somebody has to attend, and no invitation two weeks before it, though their place was sure."""
    for person, since, until in _taking_part(story):
        for group in story.programme.groups_for(person.role):
            dated = [s.starts_at for s in group.sessions if s.takes_place and s.starts_at is not None]
            if not group.required or not dated:
                continue
            mine = [held for held in story.held if held.email == person.email and held.group == group.id]
            last = min((held.starts_at for held in mine), default=max(dated))
            wanted = _day(story, last) - _INVITED_BEFORE
            invited = min((held.since for held in mine), default=None)
            in_time = invited is not None and _day(story, invited) <= wanted
            if _day(story, since) <= wanted and until >= last and not in_time:
                says = f"{group.title} on {wording.day(_day(story, last))}: " + (
                    "no invitation came." if invited is None else f"invited on {wording.day(_day(story, invited))}."
                )
                yield Found(wanted, "no invitation 14 days before", person.known_as, says, f"groups.{group.id}")


def _without_a_time(story: Story) -> Iterator[Found]:
    """A session of the file that never got a time, so that nobody could be invited."""
    known = {held.session for held in story.held} | set(story.dated)
    for group in story.programme.groups:
        for session in group.sessions:
            if session.takes_place or session.id in known:
                continue
            says = f"{group.title} ({session.id}) has no time that can be used, so nobody is invited."
            about = f"groups.{group.id}.{session.id}"
            wanted = a_day_for(session, story.programme) - _INVITED_BEFORE
            yield Found(_day(story, wanted), "no invitation 14 days before", "everybody", says, about)


def _asked_too_late(story: Story) -> Iterator[Found]:
    """A manager is asked to release somebody for what is over, or when no answer counts any more."""
    closes_at = story.programme.closes_at
    people = {person.manager.email: person for person in story.people}
    for told in _mails(story):
        if told.kind not in _TO_MANAGERS:
            continue
        person = people.get(told.to)
        about = "approval.grace days"
        says = ""
        if closes_at is not None and person is not None and not story.let_in(person):
            last = grace_ends(story.programme, closes_at + timedelta(days=story.plan.extended_by))
            if told.at > last:
                says = f"asked after {wording.day(_day(story, last))}, when an answer counted last."
        for group in story.programme.groups_for(person.role) if person else ():
            if group.required and _is_over(group, told.at):
                says, about = f"asked after every date of {group.title} was over.", f"groups.{group.id}"
        if says:
            day = _day(story, told.at)
            yield Found(day, "a manager asked after the date", story.name_of(told.to), says.capitalize(), about)


def _is_over(group: SessionGroup, at: datetime) -> bool:
    starts = [session.starts_at for session in group.sessions if session.takes_place and session.starts_at]
    return bool(starts) and max(starts) < at


def _without_partner(story: Story) -> Iterator[Found]:
    """Somebody who takes part, is introduced to nobody, and is told nothing about it."""
    if story.paired_at is None:
        return
    for person, since, until in _taking_part(story):
        if person.email in story.introduced or since > story.paired_at or until <= story.paired_at + _TO_FIND_ONE:
            continue
        day = _day(story, story.paired_at)
        yield Found(day, "without a partner", person.known_as, "Pairs were made, and nobody told them.", "meetings")


def _twice_at_once(story: Story) -> Iterator[Found]:
    held: defaultdict[str, list[Held]] = defaultdict(list)
    for one in story.held:
        if one.until > one.starts_at:
            held[one.email].append(one)
    for email, sessions in held.items():
        for one, other in combinations(sessions, 2):
            if one.session != other.session and one.starts_at < other.ends_at and other.starts_at < one.ends_at:
                says = f"Booked in {one.session} and {other.session} at the same time."
                about = f"groups.{other.group}.{other.session}"
                yield Found(_day(story, one.starts_at), "booked twice at once", story.name_of(email), says, about)


def _more_hours(story: Story) -> Iterator[Found]:
    """More time than the line manager was asked to release: sessions held, and the pair's own meetings."""
    for person, _, until in _taking_part(story):
        role = story.programme.roles.get(person.role)
        if role is None or role.total_minutes is None:
            continue
        released = role.total_minutes + sum(item.minutes for item in role.commitments if item.optional)
        named = {item.group for item in role.commitments}
        mine = [h for h in story.held if h.email == person.email and h.until > h.starts_at and h.starts_at <= until]
        spent = sum((h.ends_at - h.starts_at) // timedelta(minutes=1) for h in mine if h.group in named)
        meetings = story.programme.meetings
        spent += (meetings.count or 0) * (meetings.minutes or 0) if meetings else 0
        beside = sorted({held.group for held in mine if held.group not in named})
        if spent > released or beside:
            says = f"{wording.length(spent)} in all; {wording.length(released)} were released"
            if beside:
                titles = wording.listed([group.title for group in story.programme.groups if group.id in beside])
                says = f"Invited to ‘{titles}’, of which the line manager was told nothing"
            day = _day(story, max((held.starts_at for held in mine), default=story.ended))
            about = f"roles.{person.role}.required time"
            yield Found(day, "more hours than released", person.known_as, f"{says}.", about)


def _not_sent(story: Story) -> Iterator[Found]:
    """Mails on which the app itself fails: they wait for somebody who looks after it."""
    for row in story.final.get(TableName.MESSAGES, ()):
        if row["Status"] == MessageStatus.PARKED:
            says = f"A mail of the kind ‘{row['Kind']}’ could not be sent: {row['LastError']}."
            yield Found(_day(story, story.began), "a mail that could not be sent", "somebody", says, "programme")


RULES: Mapping[str, Rule] = {
    "more than one mail a day": _several_mails,
    "a mail on a day off": _days_off,
    "a date that is past": _dates_past,
    "the same digest again": _same_digest,
    "60 days without a word": _silence,
    "no invitation 14 days before": _not_invited,
    "no time to be invited to": _without_a_time,
    "a manager asked after the date": _asked_too_late,
    "without a partner": _without_partner,
    "booked twice at once": _twice_at_once,
    "more hours than released": _more_hours,
    "a mail that could not be sent": _not_sent,
}


def _mails(story: Story) -> Iterable[Told]:
    return (told for told in story.told if told.is_mail)


def _day(story: Story, instant: datetime) -> date:
    return instant.astimezone(story.zone).date()


def _plain(subject: str) -> str:
    return subject.removeprefix("[Rehearsal] ")


def _days_named(html: str) -> Iterator[date]:
    words = " ".join(_TAGS.sub(" ", html).split())
    for match in _DAY.finditer(words):
        try:
            yield date(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1]))
        except ValueError:
            continue


def _taking_part(story: Story) -> Iterator[tuple[Person, datetime, datetime]]:
    """Everybody of a pair's two sides who was approved, from when they were told until it ended for them."""
    ends_at = story.programme.ends_at or story.ended
    for person in story.people:
        if person.role not in story.programme.roles:
            continue
        told = story.to(person.email)
        since = next((one.at for one in told if one.kind == Kind.APPROVED), None)
        if since is not None:
            left = (one.at for one in told if one.kind in {Kind.WITHDRAWN, Kind.NO_PARTNER})
            yield person, since, min([ends_at, *left])


def _cause(kind: str) -> str:
    """The place of the file that says when a kind of mail goes."""
    return _CAUSES.get(kind, "programme")


_CAUSES: Mapping[str, str] = {
    Kind.APPROVAL_REQUEST: "approval",
    Kind.APPROVAL_REMINDER: "approval.reminder days",
    Kind.LAPSED: "approval.grace days",
    Kind.CLOSING_SUMMARY: "closes",
    Kind.INTRODUCTION: "meetings",
    Kind.CHECK_IN: "meetings",
    Kind.CHECK_IN_NUDGE: "check-ins.nudge after days",
    Kind.DIGEST: "check-ins.silent in a row",
    Kind.PLACE_OFFERED: "waiting list.offer hours",
}


def by_kind(found: Sequence[Found]) -> dict[str, list[Found]]:
    """The findings of each kind, the most first."""
    kinds: defaultdict[str, list[Found]] = defaultdict(list)
    for one in found:
        kinds[one.what].append(one)
    return dict(sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0])))
