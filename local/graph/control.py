"""`/_control`: what a person or a test uses to steer the stand-in. Graph has nothing like it."""

from http import HTTPStatus
from typing import get_args

from local.clock import MovableClock, stamp
from local.graph import items
from local.graph.events import Events, Response
from local.graph.faults import Faults, read_fault
from local.graph.mailboxes import FOLDERS, Mailboxes
from local.graph.messages import Messages
from local.graph.settings import Json, Switches
from local.graph.state import Item, Store
from local.graph.throttle import MessageRate, Throttle
from local.graph.web import Answer, Request

_MEETING = {
    "accepted": ("Accepted", "meetingAccepted"),
    "declined": ("Declined", "meetingDeclined"),
    "tentativelyAccepted": ("Tentative", "meetingTenativelyAccepted"),
}
INBOUND = {
    "mailbox",
    "from",
    "to",
    "subject",
    "body",
    "conversationId",
    "inReplyTo",
    "headers",
    "internetMessageId",
    "receivedDateTime",
}


class ControlError(Exception):
    """A request to `/_control` that makes no sense; the text says why."""


def _described(item: Item) -> Json:
    return {
        **item.properties,
        "id": item.id,
        "immutableId": item.key,
        "folder": FOLDERS.get(item.folder, item.folder),
        "singleValueExtendedProperties": item.hidden.get("extended", []),
        **({"internetMessageHeaders": item.hidden.get("headers", [])} if item.kind == "message" else {}),
        **({"sequence": item.hidden["sequence"]} if item.kind == "event" else {}),
        **({"@odata.type": item.hidden["type"]} if "type" in item.hidden else {}),
    }


def _headers(given: object) -> list[Json]:
    if isinstance(given, dict):
        return [{"name": name, "value": str(value)} for name, value in given.items()]
    if isinstance(given, list):
        return [{"name": one["name"], "value": str(one["value"])} for one in given]
    return []


class Control:
    """One method for each address below `/_control`."""

    def __init__(
        self,
        *,
        store: Store,
        clock: MovableClock,
        mailboxes: Mailboxes,
        messages: Messages,
        events: Events,
        faults: Faults,
        switches: Switches,
        throttle: Throttle,
        rate: MessageRate,
    ) -> None:
        self._store = store
        self._clock = clock
        self._mailboxes = mailboxes
        self._messages = messages
        self._events = events
        self._faults = faults
        self._switches = switches
        self._first = Switches(**vars(switches))
        self._throttle = throttle
        self._rate = rate

    def answer(self, request: Request) -> Answer:
        """404 for an unknown address, 400 with the reason for what makes no sense."""
        handlers = {
            "GET health": self._health,
            "GET state": self._state,
            "GET log": self._log,
            "DELETE log": self._clear_log,
            "GET faults": self._list_faults,
            "POST faults": self._script,
            "DELETE faults": self._clear_faults,
            "GET switches": self._show_switches,
            "POST switches": self._switch,
            "POST responses": self._respond,
            "POST inbound": self._inbound,
            "POST reset": self._reset,
        }
        handler = handlers.get(f"{request.method} {'/'.join(request.segments[1:])}")
        if handler is None:
            return Answer(HTTPStatus.NOT_FOUND, {"error": "no such control", "controls": sorted(handlers)})
        try:
            return handler(request)
        except (ControlError, ValueError) as exc:
            return Answer(HTTPStatus.BAD_REQUEST, {"error": str(exc)})
        except (KeyError, TypeError, AttributeError) as exc:
            return Answer(HTTPStatus.BAD_REQUEST, {"error": f"missing or of the wrong type: {exc}"})

    def _health(self, _: Request) -> Answer:
        return Answer(body={"status": "ok", "time": stamp(self._clock.now())})

    def _state(self, _: Request) -> Answer:
        names = sorted({*self._mailboxes.known, *self._store.mailboxes()})
        boxes = {
            name: {
                "messages": [_described(item) for item in reversed(self._store.items("message", name))],
                "events": [_described(item) for item in reversed(self._store.items("event", name))],
            }
            for name in names
        }
        return Answer(body={"mailboxes": boxes, "waiting": self._store.waiting()})

    def _log(self, _: Request) -> Answer:
        return Answer(body={"requests": self._store.requests()})

    def _clear_log(self, _: Request) -> Answer:
        self._store.clear_requests()
        return Answer(HTTPStatus.NO_CONTENT)

    def _list_faults(self, _: Request) -> Answer:
        return Answer(body={"faults": self._faults.waiting()})

    def _script(self, request: Request) -> Answer:
        fault = read_fault(request.json())
        self._faults.script(fault)
        return Answer(HTTPStatus.CREATED, {"faults": self._faults.waiting()})

    def _clear_faults(self, _: Request) -> Answer:
        self._faults.clear()
        return Answer(HTTPStatus.NO_CONTENT)

    def _show_switches(self, _: Request) -> Answer:
        return Answer(body=vars(self._switches))

    def _switch(self, request: Request) -> Answer:
        self._switches.change(request.json())
        return Answer(body=vars(self._switches))

    def _mailbox(self, given: Json) -> str:
        wanted = given.get("mailbox") or next(iter(self._mailboxes.known), None)
        if not isinstance(wanted, str):
            raise ControlError("which mailbox?")
        return wanted.lower()

    def _respond(self, request: Request) -> Answer:
        given = request.json()
        mailbox, response = self._mailbox(given), given["response"]
        if response not in get_args(Response):
            raise ControlError(f"'response' is one of {list(get_args(Response))}")
        event = self._events.respond(mailbox, given["event"], given["attendee"], response)
        if event is None:
            return Answer(HTTPStatus.NOT_FOUND, {"error": "no such event or attendee"})
        word, kind = _MEETING[response]
        message = self._messages.receive(
            mailbox,
            {
                "from": items.person(given["attendee"]),
                "toRecipients": [items.person(mailbox)],
                "subject": f"{word}: {event.properties['subject']}",
                "body": {"contentType": "text", "content": str(given.get("comment", ""))},
                "meetingMessageType": kind,
                "responseType": response,
            },
            hidden={"type": "#microsoft.graph.eventMessageResponse"},
            conversation_id=None,
        )
        return Answer(HTTPStatus.CREATED, {"event": event.id, "message": message.id})

    def _inbound(self, request: Request) -> Answer:
        given = request.json()
        unknown = set(given) - INBOUND
        if unknown:
            raise ControlError(f"unknown keys {sorted(unknown)}; an inbound message has {sorted(INBOUND)}")
        mailbox = self._mailbox(given)
        headers = _headers(given.get("headers"))
        conversation = given.get("conversationId")
        if given.get("inReplyTo"):
            original = self._messages.by_message_id(mailbox, given["inReplyTo"])
            if original is not None:
                conversation = conversation or original.properties["conversationId"]
            headers += [{"name": name, "value": given["inReplyTo"]} for name in ("In-Reply-To", "References")]
        sender = given["from"]
        body = given.get("body", "")
        message: Json = {
            "from": items.person(sender) if isinstance(sender, str) else {"emailAddress": sender},
            "toRecipients": [items.person(given.get("to") or mailbox)],
            "subject": given.get("subject", ""),
            "body": body if isinstance(body, dict) else {"contentType": "text", "content": body},
        }
        for name in ("internetMessageId", "receivedDateTime"):
            if given.get(name):
                message[name] = given[name]
        item = self._messages.receive(mailbox, message, hidden={"headers": headers}, conversation_id=conversation)
        return Answer(HTTPStatus.CREATED, _described(item))

    def _reset(self, _: Request) -> Answer:
        self._store.reset()
        self._faults.clear()
        self._throttle.reset()
        self._rate.reset()
        self._switches.change(vars(self._first))
        return Answer(HTTPStatus.NO_CONTENT)
