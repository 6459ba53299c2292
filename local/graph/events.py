"""The calendar: events, and which of their changes are told to whom."""

import hashlib
import json
import secrets
import time
import uuid
from datetime import datetime
from email.errors import MessageError
from http import HTTPStatus
from typing import Literal

from local.clock import MovableClock, stamp
from local.graph import invitations, items, odata, zones
from local.graph.errors import GraphError, bad_request, item_not_found, read_only
from local.graph.mailboxes import CALENDAR
from local.graph.settings import Json, Switches
from local.graph.state import Item, Store
from local.graph.text import preview
from local.graph.throttle import MessageRate
from local.graph.validation import Models, action_parameters
from local.graph.web import Answer, Request

SET_BY_SERVICE = frozenset(
    {
        "id",
        "changeKey",
        "createdDateTime",
        "lastModifiedDateTime",
        "bodyPreview",
        "iCalUId",
        "isCancelled",
        "isOrganizer",
        "isDraft",
        "organizer",
        "onlineMeeting",
        "onlineMeetingUrl",
        "webLink",
        "type",
        "seriesMasterId",
        "responseStatus",
        "hasAttachments",
        "originalStart",
        "originalStartTimeZone",
        "originalEndTimeZone",
        "calendar",
        "instances",
        "extensions",
        "exceptionOccurrences",
        "cancelledOccurrences",
    }
)
NOT_COPIED = frozenset({"recurrence", "attachments", "multiValueExtendedProperties"})
ONLY_WITH_SELECT = frozenset({"multiValueExtendedProperties"})
ITEM_OPTIONS = frozenset({"$select", "$expand"})
MOST_ATTENDEES = 500
NEVER = "0001-01-01T00:00:00Z"
Response = Literal["accepted", "declined", "tentativelyAccepted"]


def fingerprint(given: Json) -> str:
    """To tell whether a repeated POST asks for the same event."""
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


def _no_answer() -> Json:
    return {"response": "none", "time": NEVER}


def start_and_end(item: Item) -> tuple[datetime, datetime]:
    """With their zones."""
    return (
        zones.wall_time(item.properties["start"], "start"),
        zones.wall_time(item.properties["end"], "end"),
    )


def invited(item: Item) -> dict[str, Json]:
    """The attendees by address; the organizer needs no invitation."""
    people = {items.address_of(one): one for one in item.properties["attendees"]}
    people.pop(item.mailbox, None)
    return people


class Events:
    """The events of every mailbox; each method answers one kind of request."""

    def __init__(
        self, store: Store, clock: MovableClock, models: Models, switches: Switches, rate: MessageRate
    ) -> None:
        self._store = store
        self._clock = clock
        self._models = models
        self._switches = switches
        self._rate = rate

    def _check(self, given: Json) -> Json:
        self._models.check("event", given)
        for name in given:
            if name in SET_BY_SERVICE:
                raise read_only(name)
            if name in NOT_COPIED and given[name]:
                message = f"The local stand-in does not copy the property '{name}' of events."
                raise GraphError(HTTPStatus.NOT_IMPLEMENTED, "NotImplemented", message)
        attendees = given.get("attendees") or []
        if len(attendees) > MOST_ATTENDEES:
            message = f"The number of attendees is over the limit of {MOST_ATTENDEES}."
            raise bad_request(message, "ErrorRecipientLimitExceeded")
        items.check_addresses(attendees)
        items.read_extended(given.get(odata.EXTENDED) or [])
        for name in ("start", "end"):
            if name in given:
                zones.wall_time(given[name] or {}, name)
        return given

    @staticmethod
    def _check_order(item: Item) -> None:
        start, end = start_and_end(item)
        if end < start:
            raise bad_request("The end of the event is before its start.", "ErrorPropertyValidationFailure")

    def _find(self, mailbox: str, event_id: str) -> Item:
        item = self._store.find("event", mailbox, event_id)
        if item is None or item.folder != CALENDAR:
            raise item_not_found()
        return item

    def _full(self, item: Item, request: Request) -> Json:
        zone = request.prefer("outlook.timezone")
        start, end = start_and_end(item)
        return items.full(
            item,
            {
                "@odata.etag": items.etag(item),
                "id": item.key if request.immutable_ids else item.id,
                **item.properties,
                "start": zones.shown(start, zone),
                "end": zones.shown(end, zone),
            },
        )

    def _one(self, item: Item, request: Request, options: odata.Options | None = None) -> Json:
        shown = items.show(self._full(item, request), options or odata.Options(), unless_selected=ONLY_WITH_SELECT)
        if shown.get("transactionId", "") is None:
            del shown["transactionId"]
        return {"@odata.context": f"{request.origin}/v1.0/$metadata#users/events/$entity", **shown}

    def create(self, request: Request, mailbox: str) -> Answer:
        """A new event and its invitations; the same transactionId again makes no second one."""
        given = request.json()
        posted = fingerprint(given)
        self._check(given)
        for name in ("start", "end"):
            if not given.get(name):
                raise bad_request(f"The property '{name}' is required.", "ErrorPropertyValidationFailure")
        known = self._transaction(mailbox, given.get("transactionId"))
        if known and known.hidden["posted"] != posted:
            message = (
                "Your request can't be completed. The TransactionId specified in the request has already "
                "been used to create a different event."
            )
            raise GraphError(
                self._switches.duplicate_transaction_status,
                "ErrorDuplicateTransactionId",
                message,
                extra={"@event.existingEventId": known.key if request.immutable_ids else known.id},
            )
        item = known or self._new(mailbox, given, posted)
        if not known:
            with self._store.transaction():
                self._store.add(item)
                self._tell(item, "REQUEST", invited(item))
        location = {"Location": f"{request.origin}/v1.0/users/{mailbox}/events/{item.id}"}
        return Answer(HTTPStatus.CREATED, self._one(item, request), location)

    def _transaction(self, mailbox: str, transaction_id: str | None) -> Item | None:
        if not transaction_id:
            return None
        return next(
            (
                item
                for item in self._store.items("event", mailbox)
                if item.folder == CALENDAR and item.properties["transactionId"] == transaction_id
            ),
            None,
        )

    def _new(self, mailbox: str, given: Json, posted: str) -> Item:
        now = stamp(self._clock.now())
        properties: Json = {
            "createdDateTime": now,
            "lastModifiedDateTime": now,
            "changeKey": items.new_change_key(),
            "categories": [],
            "transactionId": given.get("transactionId"),
            "originalStartTimeZone": given["start"]["timeZone"],
            "originalEndTimeZone": given["end"]["timeZone"],
            "iCalUId": f"040000008200E00074C5B7101A82E008{uuid.uuid4().hex.upper()}",
            "reminderMinutesBeforeStart": 15,
            "isReminderOn": True,
            "hasAttachments": False,
            "subject": "",
            "bodyPreview": "",
            "importance": "normal",
            "sensitivity": "normal",
            "isAllDay": False,
            "isCancelled": False,
            "isOrganizer": True,
            "isDraft": False,
            "responseRequested": True,
            "seriesMasterId": None,
            "showAs": "busy",
            "type": "singleInstance",
            "webLink": "https://outlook.office365.com/owa/",
            "onlineMeetingUrl": None,
            "isOnlineMeeting": False,
            "onlineMeetingProvider": "unknown",
            "allowNewTimeProposals": True,
            "hideAttendees": False,
            "recurrence": None,
            "responseStatus": {"response": "organizer", "time": NEVER},
            "body": {"contentType": "text", "content": ""},
            "location": {"displayName": ""},
            "locations": [],
            "attendees": [],
            "organizer": items.person(mailbox),
            "onlineMeeting": None,
        }
        item = Item(kind="event", mailbox=mailbox, folder=CALENDAR, properties=properties)
        item.hidden = {"posted": posted, "sequence": 0}
        self._apply(item, given)
        self._check_order(item)
        return item

    def _apply(self, item: Item, given: Json) -> None:
        properties = item.properties
        for name, value in given.items():
            match name:
                case odata.EXTENDED:
                    items.merge_extended(item, value or [])
                case "attendees":
                    answers = {items.address_of(one): one["status"] for one in properties["attendees"]}
                    properties["attendees"] = [
                        {
                            "type": "required",
                            **one,
                            "status": answers.get(items.address_of(one), _no_answer()),
                        }
                        for one in value or []
                    ]
                case "location":
                    properties["location"] = value or {"displayName": ""}
                    properties["locations"] = [value] if value else []
                case "locations":
                    properties["locations"] = value or []
                    properties["location"] = value[0] if value else {"displayName": ""}
                case "body":
                    properties["body"] = items.item_body(value)
                case "isOnlineMeeting" | "onlineMeetingProvider" | "transactionId":
                    continue
                case _ if name.startswith("@"):
                    continue
                case _:
                    properties[name] = value
        self._apply_online_meeting(item, given)
        properties["bodyPreview"] = preview(properties["body"])

    def _apply_online_meeting(self, item: Item, given: Json) -> None:
        """Once there is a meeting its two properties stay, but a body without its link ends it.

        A mailbox without a licence for Teams gets none, and no word about it.
        """
        properties = item.properties
        meeting = properties["onlineMeeting"]
        if meeting is not None:
            if "body" in given and meeting["joinUrl"] not in properties["body"]["content"]:
                properties |= {
                    "onlineMeeting": None,
                    "isOnlineMeeting": False,
                    "onlineMeetingProvider": "unknown",
                }
            return
        if not given.get("isOnlineMeeting") or not self._switches.teams_licence:
            return
        url = f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{secrets.token_urlsafe(24)}%40thread.v2/0"
        provider = given.get("onlineMeetingProvider") or "teamsForBusiness"
        properties |= {
            "onlineMeeting": {"joinUrl": url},
            "isOnlineMeeting": True,
            "onlineMeetingProvider": provider,
        }
        body = properties["body"]
        link = f'<div class="online-meeting"><a href="{url}">Join the meeting</a></div>'
        blob = link if body["contentType"] == "html" else f"\nJoin the meeting: {url}\n"
        properties["body"] = {**body, "content": body["content"] + blob}

    def _tell(
        self,
        item: Item,
        method: Literal["REQUEST", "CANCEL"],
        people: dict[str, Json],
        *,
        comment: str = "",
        sequence: int | None = None,
    ) -> None:
        if not people:
            return
        due = self._rate.slot(item.mailbox, time.time()) + self._switches.send_delay
        now = self._clock.now()
        start, end = start_and_end(item)
        news = invitations.News(
            method=method,
            event=item.properties,
            organizer=item.mailbox,
            start=start,
            end=end,
            sequence=item.hidden["sequence"] if sequence is None else sequence,
            now=now,
            comment=comment,
        )
        try:
            mails = list(invitations.mails(news, people))
        except (ValueError, LookupError, MessageError) as exc:
            raise bad_request("The event cannot be written as an invitation.", "ErrorMimeContentInvalid") from exc
        for address, mail in mails:
            self._store.queue_mail(due=due, sender=item.mailbox, recipients=[address], mime=mail)

    def get(self, request: Request, mailbox: str, event_id: str) -> Answer:
        """One event."""
        options = odata.read_options(request, self._models.names("event"), ITEM_OPTIONS)
        return Answer(body=self._one(self._find(mailbox, event_id), request, options))

    def browse(self, request: Request, mailbox: str) -> Answer:
        """The events of the calendar; cancelled ones have left it."""
        options = odata.read_options(request, self._models.names("event"))
        found = [item for item in items.candidates(self._store, "event", mailbox, options) if item.folder == CALENDAR]
        documents = [self._full(item, request) for item in found]
        if options.filter:
            documents = [document for document in documents if options.filter.matches(document)]
        documents = odata.sort(documents, options.order)
        page = odata.page(
            request,
            documents,
            options,
            lambda document: items.show(document, options, unless_selected=ONLY_WITH_SELECT),
        )
        return Answer(body=page)

    def update(self, request: Request, mailbox: str, event_id: str) -> Answer:
        """A change of the attendees alone is told to those who came or went; any other to everybody."""
        item = self._find(mailbox, event_id)
        items.check_etag(item, request)
        given = self._check(request.json())
        if "transactionId" in given:
            raise read_only("transactionId")
        with self._store.transaction():
            self._change(item, given)
        return Answer(body=self._one(item, request))

    def _change(self, item: Item, given: Json) -> None:
        names = {name for name in given if not name.startswith("@")}
        before = invited(item)
        draft = Item(
            kind=item.kind,
            mailbox=item.mailbox,
            folder=item.folder,
            properties={**item.properties},
            hidden={**item.hidden},
        )
        self._apply(draft, given)
        self._check_order(draft)
        if names & {"start", "end"}:
            draft.properties["attendees"] = [{**one, "status": _no_answer()} for one in draft.properties["attendees"]]
        item.properties, item.hidden = draft.properties, draft.hidden
        items.touch(item, self._clock)
        now = invited(item)
        gone = {address: one for address, one in before.items() if address not in now}
        only_attendees = names == {"attendees"}
        told = {address: one for address, one in now.items() if not only_attendees or address not in before}
        if gone or (names and not only_attendees):
            item.hidden["sequence"] += 1
        self._store.update(item)
        self._tell(item, "CANCEL", gone)
        if names:
            self._tell(item, "REQUEST", told)

    def cancel(self, request: Request, mailbox: str, event_id: str) -> Answer:
        """Tell everybody, and move the event to Deleted Items."""
        given = action_parameters(request.optional_json(), "Comment")
        comment = given.get("Comment")
        if comment is not None and not isinstance(comment, str):
            raise bad_request("Cannot convert the value of 'Comment' to the expected type 'Edm.String'.")
        self._end(self._find(mailbox, event_id), comment=comment or "")
        return Answer(HTTPStatus.ACCEPTED)

    def delete(self, request: Request, mailbox: str, event_id: str) -> Answer:
        """As `cancel`, without a comment."""
        item = self._find(mailbox, event_id)
        items.check_etag(item, request)
        self._end(item, comment="")
        return Answer(HTTPStatus.NO_CONTENT)

    def _end(self, item: Item, *, comment: str) -> None:
        with self._store.transaction():
            item.properties["isCancelled"] = True
            item.hidden["sequence"] += 1
            items.touch(item, self._clock)
            self._tell(item, "CANCEL", invited(item), comment=comment)
            self._store.move(item, "deleteditems")

    def respond(self, mailbox: str, event_id: str, attendee: str, response: Response) -> Item | None:
        """Put an attendee's answer into the tracking list; None if there is no such event or attendee."""
        item = self._store.find("event", mailbox, event_id)
        if item is None:
            return None
        person = next((one for one in item.properties["attendees"] if items.address_of(one) == attendee.lower()), None)
        if person is None:
            return None
        person["status"] = {"response": response, "time": stamp(self._clock.now())}
        items.touch(item, self._clock)
        self._store.update(item)
        return item
