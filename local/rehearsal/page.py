"""One page, whole in itself: the year at a glance, as each person lives it, and the tables of any week."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from local.rehearsal import timeline
from local.rehearsal.findings import Found, by_kind
from local.rehearsal.story import Story
from shared.domain import wording

_HERE = Path(__file__).parent


def page(story: Story, found: Sequence[Found], *, file: str, accepted: Sequence[tuple[Found, str]] = ()) -> str:
    """The page of a rehearsal. ``accepted``: findings that the file says somebody has read, each with the reason."""
    mails = [told for told in story.told if told.is_mail]
    return (
        environment()
        .get_template("page.html")
        .render(
            story=story,
            name=story.programme.name,
            file=file,
            pairs=len(story.introduced) // 2,
            mails=sum(told.to != story.team for told in mails),
            to_team=sum(told.to == story.team for told in mails),
            invitations=len(story.told) - len(mails),
            began=wording.day(_local(story, min(person.applies_at for person in story.people)).date()),
            ended=wording.day(_local(story, story.ended).date()),
            found=by_kind(found),
            accepted=accepted,
            picture=Markup(timeline.picture(story)),  # noqa: S704 -- made by us, with every word escaped
            days=timeline.days(story),
            rows=timeline.rows(story),
            readers=_readers(story),
            data=Markup(embedded(_data(story))),  # noqa: S704 -- JSON that cannot end the script
        )
    )


def environment() -> Environment:
    """Where the page's templates are."""
    made = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["day"] = wording.day
    return made


def embedded(data: object) -> str:
    """Data as JSON that can stand in a page: nothing in it ends the script."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_cell).replace("<", "\\u003c")


def _cell(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _readers(story: Story) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whose year can be read: those who apply by role, their managers, the team; each by address and name."""
    heard = {told.to for told in story.told}
    groups: list[tuple[str, list[tuple[str, str]]]] = [("The team", [(story.team, "The team")])]
    for role in story.programme.model.applying:
        title = story.programme.model.title(role)
        people = [(p.email, p.name) for p in story.people if p.role is role and p.email in heard]
        groups.append((f"{title}: {len(people)}", people))
    own = {person.email for person in story.people} | {story.team}
    managers = [(address, name) for address, name in story.readers.items() if address not in own and address in heard]
    groups.append((f"Line managers: {len(managers)}", managers))
    return [(title, sorted(people, key=lambda one: one[1])) for title, people in groups if people]


def _data(story: Story) -> dict[str, Any]:
    lines, bodies = packed(told.html for told in story.told)
    by_name = {name: address for address, name in story.readers.items()}
    happened: dict[str, list[tuple[datetime, list[Any]]]] = {}
    for at, who, what in story.did:
        if who in by_name:
            happened.setdefault(by_name[who], []).append((at, [_said(story, at), what]))
    for told, body in zip(story.told, bodies, strict=True):
        when = _said(story, told.at)
        happened.setdefault(told.to, []).append((told.at, [when, told.kind, told.subject, body]))
    return {
        "lines": lines,
        "people": {who: [one for _, one in sorted(items, key=lambda i: i[0])] for who, items in happened.items()},
        "weeks": [wording.day(week) for week in story.weeks],
        "tables": changes(story.tables),
        # The week that is shown first: that in which pairs are made, when most is in them.
        "week": _week(story),
    }


def _week(story: Story) -> int:
    at = story.paired_at or story.began
    return max(sum(week <= _local(story, at).date() for week in story.weeks) - 1, 0)


def _said(story: Story, at: datetime) -> str:
    local = _local(story, at)
    return f"{wording.day(local.date())}, {wording.clock_time(local)}"


def _local(story: Story, at: datetime) -> datetime:
    return at.astimezone(story.zone)


def packed(bodies: Iterable[str]) -> tuple[list[str], list[str]]:
    """Every line once, and each body as the numbers of its lines: ``0-41,97,43-80``.

    Mails of a kind differ in a few lines, so a year of them weighs little more than one of each kind.
    """
    numbers: dict[str, int] = {}
    known: dict[str, str] = {}
    found = []
    for body in bodies:
        if body not in known:
            known[body] = _ranges([numbers.setdefault(line, len(numbers)) for line in body.split("\n")])
        found.append(known[body])
    return list(numbers), found


def _ranges(numbers: Sequence[int]) -> str:
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def changes(tables: Sequence[Mapping[str, Mapping[str, Mapping[str, Any] | None]]]) -> list[Any]:
    """The tables week by week: of each row the cells that changed, an empty one where a cell was emptied."""
    before: dict[tuple[str, str], Mapping[str, Any]] = {}
    weeks = []
    for week in tables:
        told: dict[str, dict[str, dict[str, Any] | None]] = {}
        for table, rows in week.items():
            for key, row in rows.items():
                had = before.get((table, key), {})
                told.setdefault(table, {})[key] = (
                    None
                    if row is None
                    else {name: row.get(name, "") for name in (*row, *had) if row.get(name) != had.get(name)}
                )
                before[table, key] = row or {}
        weeks.append(told)
    return weeks
