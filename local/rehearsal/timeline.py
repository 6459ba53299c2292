"""A year at a glance: what goes on when, as a picture and as the same in a table."""

import calendar
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from dateutil.relativedelta import relativedelta

from local.rehearsal.story import Story
from shared.domain.owed import Kind
from shared.domain.programme import SessionStatus
from shared.stores.names import TableName

_WIDTH, _LEFT, _ROW, _CHART = 1100, 230, 26, 70
_BLUE, _GREEN, _ORANGE, _GREY = "#005eb8", "#007f3b", "#b25f00", "#d8dde0"
_LONGEST_TITLE = 32


@dataclass(frozen=True)
class Bar:
    """Something that lasts."""

    first: date
    last: date
    says: str


@dataclass(frozen=True)
class Row:
    """One line of the picture: what lasts, and the days on which something is."""

    title: str
    bars: Sequence[Bar] = ()
    days: Sequence[tuple[date, str]] = ()


@dataclass(frozen=True)
class Day:
    """One day on which somebody was told something."""

    day: date
    people: int
    team: int
    invitations: int
    kinds: str


def rows(story: Story) -> list[Row]:
    """What goes on: applications, each group of sessions, the pairs' meetings."""
    programme = story.programme
    opens = _day(story, programme.opens_at or story.began)
    closes = programme.closes_at
    end = _day(story, closes + timedelta(days=story.plan.extended_by)) if closes else _day(story, story.ended)
    found = [Row("Applications", [Bar(opens, end, f"Applications are taken from {_said(opens)} to {_said(end)}")])]
    for group in programme.groups:
        days = [
            (_day(story, held), f"{group.title} ({session}), {_said(_day(story, held))}")
            for session, held in _starts(story, group.id)
        ]
        found.append(Row(group.title, days=days))
    met = [told.at for told in story.told if told.kind == Kind.INTRODUCTION]
    if met:
        first, pairs = _day(story, min(met)), len(story.introduced) // 2
        months = (programme.meetings.months or 0) if programme.meetings else 0
        last = first + relativedelta(months=months)
        says = f"{pairs} pairs meet from {_said(first)} to {_said(last)}"
        found.append(Row(f"{pairs} pairs meet", [Bar(first, max(first, last), says)]))
    return found


def _starts(story: Story, group: str) -> list[tuple[str, datetime]]:
    """When each session of a group was held, as its row said in the end: one that was cancelled is not there."""
    theirs = {session.id for one in story.programme.groups if one.id == group for session in one.sessions}
    held = [
        (str(row["RowKey"]), starts_at)
        for row in story.final.get(TableName.SESSIONS, ())
        if row["RowKey"] in theirs
        and row.get("Status") != SessionStatus.CANCELLED
        and isinstance(starts_at := row.get("StartsAt"), datetime)
    ]
    return sorted(held, key=lambda item: item[1])


def days(story: Story) -> list[Day]:
    """Every day on which somebody was told something."""
    found: dict[date, list[tuple[str, str, bool]]] = {}
    for told in story.told:
        found.setdefault(_day(story, told.at), []).append((told.to, told.kind, told.is_mail))
    result = []
    for day, items in sorted(found.items()):
        mails = [(to, kind) for to, kind, is_mail in items if is_mail]
        kinds = Counter(kind for _, kind, _ in items)
        result.append(
            Day(
                day=day,
                people=sum(to != story.team for to, _ in mails),
                team=sum(to == story.team for to, _ in mails),
                invitations=len(items) - len(mails),
                kinds=", ".join(f"{number} {kind}" for kind, number in kinds.most_common()),
            )
        )
    return result


def picture(story: Story) -> str:
    """The picture: SVG, every mark with its words."""
    told = days(story)
    first, last = _span(story, told)
    shown, total = rows(story), max((last - first).days, 1)

    def x(day: date) -> float:
        return round(_LEFT + (min(max(day, first), last) - first).days / total * (_WIDTH - _LEFT - 10), 1)

    height = 30 + _ROW * len(shown) + 2 * _CHART + 10
    parts = [*_months(first, last, x, height)]
    y = 30
    for row in shown:
        parts.append(_text(4, y + 14, _short(row.title)))
        for bar in row.bars:
            width = max(x(bar.last) - x(bar.first), 3)
            parts.append(
                f'<rect x="{x(bar.first)}" y="{y + 2}" width="{width:.1f}" height="16" fill="{_BLUE}">'
                f"<title>{escape(bar.says)}</title></rect>"
            )
        parts += [
            f'<circle cx="{x(day)}" cy="{y + 10}" r="6" fill="{_GREEN}"><title>{escape(says)}</title></circle>'
            for day, says in row.days
        ]
        y += _ROW
    charts: tuple[tuple[str, str, Callable[[Day], int]], ...] = (
        ("Mails to people", _BLUE, lambda one: one.people),
        ("Mails to the team", _ORANGE, lambda one: one.team),
    )
    for title, colour, count in charts:
        top = max((count(one) for one in told), default=1) or 1
        parts.append(_text(4, y + _CHART - 20, f"{title}: at most {top} a day"))
        for one in told:
            if number := count(one):
                tall = max(2.0, (_CHART - 14) * number / top)
                parts.append(
                    f'<rect x="{x(one.day)}" y="{y + _CHART - tall:.1f}" width="3" height="{tall:.1f}" fill="{colour}">'
                    f"<title>{number} on {_said(one.day)}</title></rect>"
                )
        y += _CHART
    return (
        f'<svg role="img" aria-labelledby="picture-says" viewBox="0 0 {_WIDTH} {height}" '
        'xmlns="http://www.w3.org/2000/svg" font-family="Arial, sans-serif">'
        '<title id="picture-says">The year at a glance; the table below says the same.</title>'
        f"{''.join(parts)}</svg>"
    )


def _span(story: Story, told: Sequence[Day]) -> tuple[date, date]:
    """The part of the time that is drawn: retention comes years later, and stands in the table."""
    first = _day(story, story.began)
    ends_at = story.programme.ends_at or story.ended
    last = min(_day(story, ends_at) + timedelta(days=45), _day(story, story.ended))
    return first, max(last, first + timedelta(days=30)) if told else first + timedelta(days=30)


def _months(first: date, last: date, x: Callable[[date], float], height: int) -> Iterator[str]:
    day = first.replace(day=1) + relativedelta(months=1)
    while day <= last:
        at = x(day)
        name = calendar.month_abbr[day.month] + (f" {day.year}" if day.month == 1 else "")
        yield f'<line x1="{at}" y1="18" x2="{at}" y2="{height}" stroke="{_GREY}"/>{_text(at + 3, 14, name)}'
        day += relativedelta(months=1)


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="13" fill="#212b32">{escape(words)}</text>'


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…"


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _day(story: Story, instant: datetime) -> date:
    return instant.astimezone(story.zone).date()
