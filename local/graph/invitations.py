"""Invitations and cancellations as Exchange mails them: one mail for each attendee, one UID for the event."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from local.graph import items, mime
from local.graph.settings import Json
from local.graph.text import body_text

if TYPE_CHECKING:
    from icalendar import Calendar, Timezone, vCalAddress

_ROLES = {"required": "REQ-PARTICIPANT", "optional": "OPT-PARTICIPANT", "resource": "NON-PARTICIPANT"}
_ANSWERS = {"accepted": "ACCEPTED", "declined": "DECLINED", "tentativelyAccepted": "TENTATIVE"}
_SUBJECTS = {"REQUEST": "", "CANCEL": "Canceled: "}


@dataclass(frozen=True)
class News:
    """What the attendees are told about an event."""

    method: Literal["REQUEST", "CANCEL"]
    event: Json
    organizer: str
    start: datetime
    end: datetime
    sequence: int
    now: datetime
    comment: str = ""

    @property
    def subject(self) -> str:
        """As Exchange words it."""
        return _SUBJECTS[self.method] + mime.one_line(self.event["subject"])

    @property
    def text(self) -> str:
        """The comment of a cancellation, then the event's own text."""
        return "\n\n".join(part for part in (self.comment, body_text(self.event["body"]).strip()) if part) + "\n"

    @property
    def html(self) -> str:
        """The same, for the other half of the mail."""
        body = self.event["body"]
        content = body.get("content") or ""
        if body.get("contentType") != "html":
            content = f"<p>{html.escape(content)}</p>"
        return (f"<p>{html.escape(self.comment)}</p>" if self.comment else "") + content


@cache
def _vtimezone(name: str, year: int) -> "Timezone":
    from icalendar import Timezone

    first = datetime(year, 1, 1, tzinfo=UTC).date()
    return Timezone.from_tzinfo(ZoneInfo(name), name, first - timedelta(days=366), first + timedelta(days=3 * 366))


def _attendee(person: Json) -> "vCalAddress":
    from icalendar import vCalAddress, vText

    inner = person["emailAddress"]
    answer = (person.get("status") or {}).get("response", "none")
    address = vCalAddress(f"mailto:{inner['address']}")
    address.params["CN"] = vText(mime.one_line(inner.get("name")) or inner["address"])
    address.params["ROLE"] = vText(_ROLES[person.get("type") or "required"])
    address.params["PARTSTAT"] = vText(_ANSWERS.get(answer, "NEEDS-ACTION"))
    address.params["RSVP"] = vText("TRUE")
    return address


def calendar(news: News, attendees: list[Json]) -> "Calendar":
    """The iCalendar object, with these attendees in it."""
    from icalendar import Calendar, Event, vCalAddress, vText

    whole = Calendar()
    whole.add("PRODID", "-//Local stand-in//Calendar//EN")
    whole.add("VERSION", "2.0")
    whole.add("METHOD", news.method)
    event = Event()
    organizer = vCalAddress(f"mailto:{news.organizer}")
    organizer.params["CN"] = vText(news.organizer)
    event.add("ORGANIZER", organizer)
    for person in attendees:
        event.add("ATTENDEE", _attendee(person))
    event.add("UID", news.event["iCalUId"])
    event.add("SEQUENCE", news.sequence)
    event.add("DTSTAMP", news.now.astimezone(UTC).replace(microsecond=0))
    if news.event["isAllDay"]:
        event.add("DTSTART", news.start.date())
        event.add("DTEND", news.end.date())
    else:
        event.add("DTSTART", news.start)
        event.add("DTEND", news.end)
        names = {str(moment.tzinfo) for moment in (news.start, news.end)}
        for name in sorted(names - {"UTC"}):
            whole.add_component(_vtimezone(name, news.start.year))
    event.add("SUMMARY", news.subject)
    event.add("LOCATION", news.event["location"].get("displayName") or "")
    event.add("DESCRIPTION", news.text)
    event.add("STATUS", "CANCELLED" if news.method == "CANCEL" else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT" if news.method == "CANCEL" else "OPAQUE")
    whole.add_component(event)
    return whole


def mails(news: News, people: dict[str, Json]) -> Iterator[tuple[str, bytes]]:
    """One mail for each of these people; with hideAttendees nobody sees another."""
    everybody = news.event["attendees"]
    for person in people.values():
        alone = news.event["hideAttendees"] or person not in everybody
        listed = [person] if alone else everybody
        mail = mime.new_mail(
            sender=mime.mail_address(items.person(news.organizer)), subject=news.subject, date=news.now
        )
        mail["To"] = [mime.mail_address(one) for one in listed]
        mail.set_content(news.text, cte="quoted-printable")
        mail.add_alternative(news.html, subtype="html", cte="quoted-printable")
        ical = calendar(news, listed).to_ical().decode()
        mail.add_alternative(ical, subtype="calendar", params={"method": news.method}, cte="base64")
        yield person["emailAddress"]["address"], mail.as_bytes()
