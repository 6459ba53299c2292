"""Two files side by side: which mails are new, gone, moved or reworded for the same people in the same year."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import unified_diff

from local.rehearsal.page import environment
from local.rehearsal.story import Story, Told
from shared.domain import wording

#: What can become of a mail.
WORDS = ("new", "gone", "moved", "reworded")
_WORD = re.compile("|".join(WORDS))
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, order=True)
class Change:
    """What is otherwise for one person. ``words`` are the lines that went and came, for what is reworded."""

    day: date
    who: str
    kind: str
    what: str
    words: tuple[str, ...] = ()


def changes(before: Story, after: Story) -> list[Change]:
    """What changes for people between two rehearsals with the same plan, by day."""
    old, new = _told(before), _told(after)
    return sorted(change for key in old.keys() | new.keys() for change in _of(key, before, after, old, new))


type _Key = tuple[str, str, int]


def _told(story: Story) -> dict[_Key, Told]:
    """Everything that was told, by its reader, its kind, and how often they had heard of that before."""
    counted: defaultdict[tuple[str, str], int] = defaultdict(int)
    found = {}
    for told in story.told:
        key = story.name_of(told.to), told.kind
        counted[key] += 1
        found[*key, counted[key]] = told
    return found


def _of(key: _Key, before: Story, after: Story, old: dict[_Key, Told], new: dict[_Key, Told]) -> Iterator[Change]:
    who, kind, _ = key
    was, now = old.get(key), new.get(key)
    if was is None and now is not None:
        yield Change(_day(after, now), who, kind, f"new: {_plain(now.subject)}")
    elif now is None and was is not None:
        yield Change(_day(before, was), who, kind, f"gone: {_plain(was.subject)}")
    elif was is not None and now is not None:
        first, second = _day(before, was), _day(after, now)
        if first != second:
            yield Change(first, who, kind, f"moved to {wording.day(second)}: {_plain(now.subject)}")
        words = _words(was, now)
        if words:
            yield Change(second, who, kind, f"reworded: {_plain(now.subject)}", words)


def _words(was: Told, now: Told) -> tuple[str, ...]:
    one, other = (_TOKEN.sub("…", f"{told.subject}\n{told.html}") for told in (was, now))
    if one == other:
        return ()
    first, second = (_TOKEN.sub("…", told.text).splitlines() for told in (was, now))
    found = unified_diff(first, second, n=0, lineterm="")
    return tuple(line for line in found if not line.startswith(("---", "+++", "@@")))


def page(before: Story, after: Story, names: tuple[str, str]) -> str:
    """The page of a comparison, whole in itself."""
    found = changes(before, after)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for change in found:
        counts[change.kind][_WORD.findall(change.what)[0]] += 1
    return (
        environment()
        .get_template("compare.html")
        .render(
            name=after.programme.name,
            names=names,
            changes=found,
            words=WORDS,
            total=Counter(_WORD.findall(change.what)[0] for change in found),
            kinds=sorted(counts.items()),
        )
    )


def _day(story: Story, told: Told) -> date:
    return told.at.astimezone(story.zone).date()


def _plain(subject: str) -> str:
    return subject.removeprefix("[Rehearsal] ")
