"""Drafts, sending, and reading a mailbox's messages.

What happens to a message after `send` has answered is in `transport`.
"""

import base64
import json
import secrets
import time
import uuid
from email.errors import MessageError
from http import HTTPStatus

from local.clock import MovableClock, stamp
from local.graph import items, mime, odata
from local.graph.errors import GraphError, bad_request, invalid_recipients, item_not_found, read_only
from local.graph.mailboxes import folder_id
from local.graph.settings import Json, Switches
from local.graph.state import Change, Item, Store
from local.graph.text import body_text, preview
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
        "uniqueBody",
        "webLink",
        "parentFolderId",
        "conversationId",
        "conversationIndex",
        "receivedDateTime",
        "sentDateTime",
        "hasAttachments",
        "isDraft",
        "extensions",
    }
)
SETTABLE_ALWAYS = frozenset(
    {"categories", "flag", "importance", "inferenceClassification", "isRead", odata.EXTENDED, "@odata.type"}
)
ONLY_WITH_SELECT = frozenset({"internetMessageHeaders", "uniqueBody"})
RECIPIENTS = ("toRecipients", "ccRecipients", "bccRecipients")
MOST_HEADERS = 5
ITEM_OPTIONS = frozenset({"$select", "$expand"})
DELTA_OPTIONS = frozenset(
    {"$select", "$expand", "$filter", "$orderby", "$top", "changetype", "$deltatoken", "$skiptoken"}
)


def check_headers(headers: list[Json]) -> None:
    """One to five, and all of them x-."""
    if not 1 <= len(headers) <= MOST_HEADERS:
        message = (
            f"Maximum number of headers in one message should be less than or equal to {MOST_HEADERS}."
            if headers
            else "The collection of internet message headers is empty."
        )
        raise bad_request(message, "InvalidInternetMessageHeaderCollection")
    for header in headers:
        name, value = header.get("name") or "", header.get("value")
        if not name.lower().startswith("x-") or not name.isascii() or any(sign in name for sign in " :\r\n"):
            message = "The internet message header name should start with 'x-' or 'X-'."
            raise bad_request(message, "InvalidInternetMessageHeader")
        if value is None or "\r" in value or "\n" in value:
            raise bad_request("The internet message header has no usable value.", "InvalidInternetMessageHeader")


def new_message(mailbox: str, clock: MovableClock, given: Json) -> Item:
    """A draft with everything that Exchange fills in."""
    now = stamp(clock.now())
    owner = items.person(mailbox)
    properties: Json = {
        "createdDateTime": now,
        "lastModifiedDateTime": now,
        "changeKey": items.new_change_key(),
        "categories": [],
        "receivedDateTime": now,
        "sentDateTime": now,
        "hasAttachments": False,
        "internetMessageId": f"<{uuid.uuid4().hex.upper()}@LOCAL01.local.graph>",
        "subject": "",
        "bodyPreview": "",
        "importance": "normal",
        "conversationId": "AAQkAGE1M2IyNGNm" + secrets.token_urlsafe(24) + "=",
        "conversationIndex": base64.b64encode(secrets.token_bytes(22)).decode(),
        "isDeliveryReceiptRequested": False,
        "isReadReceiptRequested": False,
        "isRead": True,
        "isDraft": True,
        "webLink": "https://outlook.office365.com/owa/",
        "inferenceClassification": "focused",
        "body": {"contentType": "text", "content": ""},
        "sender": owner,
        "from": owner,
        "toRecipients": [],
        "ccRecipients": [],
        "bccRecipients": [],
        "replyTo": [],
        "flag": {"flagStatus": "notFlagged"},
    }
    item = Item(kind="message", mailbox=mailbox, folder="drafts", properties=properties)
    apply(item, given)
    return item


def apply(item: Item, given: Json) -> None:
    """Put what a caller has set into the message."""
    for name, value in given.items():
        match name:
            case odata.EXTENDED:
                items.merge_extended(item, value or [])
            case "internetMessageHeaders":
                item.hidden["headers"] = [{"name": one["name"], "value": one["value"]} for one in value or []]
            case "attachments":
                item.hidden["attachments"] = value or []
                item.properties["hasAttachments"] = bool(value)
            case "multiValueExtendedProperties":
                item.hidden["multi"] = value or []
            case "body":
                item.properties["body"] = items.item_body(value)
                item.properties["bodyPreview"] = preview(item.properties["body"])
            case "from" | "sender" if not items.address_of(value):
                continue
            case "internetMessageId" if not value:
                continue
            case _ if name.startswith("@"):
                continue
            case _:
                item.properties[name] = value


class Messages:
    """The messages of every mailbox; each method answers one kind of request."""

    def __init__(
        self, store: Store, clock: MovableClock, models: Models, switches: Switches, rate: MessageRate
    ) -> None:
        self._store = store
        self._clock = clock
        self._models = models
        self._switches = switches
        self._rate = rate

    def _check(self, given: Json, *, where: str = "") -> Json:
        self._models.check("message", given, where=where)
        for name in given:
            if name in SET_BY_SERVICE:
                raise read_only(name)
        if given.get("internetMessageHeaders") is not None:
            check_headers(given["internetMessageHeaders"])
        items.read_extended(given.get(odata.EXTENDED) or [])
        message_id = given.get("internetMessageId") or "<ok>"
        if not message_id.isascii() or any(sign.isspace() for sign in message_id):
            raise bad_request("The internet message id is not valid.", "ErrorInvalidInternetMessageId")
        return given

    def _find(self, mailbox: str, message_id: str) -> Item:
        item = self._store.find("message", mailbox, message_id)
        if item is None:
            raise item_not_found()
        return item

    def _full(self, item: Item, request: Request) -> Json:
        properties = item.properties
        body = properties["body"]
        if request.prefer("outlook.body-content-type") == "text" and body.get("contentType") == "html":
            body = {"contentType": "text", "content": body_text(body)}
        own_type = {"@odata.type": item.hidden["type"]} if "type" in item.hidden else {}
        return items.full(
            item,
            {
                **own_type,
                "@odata.etag": items.etag(item),
                "id": item.key if request.immutable_ids else item.id,
                "parentFolderId": folder_id(item.mailbox, item.folder),
                **properties,
                "body": body,
                "uniqueBody": body,
                "internetMessageHeaders": item.hidden.get("headers", []),
            },
        )

    def _one(self, item: Item, request: Request, options: odata.Options | None = None) -> Json:
        shown = items.show(self._full(item, request), options or odata.Options(), unless_selected=ONLY_WITH_SELECT)
        return {"@odata.context": f"{request.origin}/v1.0/$metadata#users/messages/$entity", **shown}

    def create(self, request: Request, mailbox: str, folder: str = "drafts") -> Answer:
        """A draft."""
        item = new_message(mailbox, self._clock, self._check(request.json()))
        item.folder = folder
        self._store.add(item)
        location = {"Location": f"{request.origin}/v1.0/users/{mailbox}/messages/{item.id}"}
        return Answer(HTTPStatus.CREATED, self._one(item, request), location)

    def get(self, request: Request, mailbox: str, message_id: str) -> Answer:
        """One message."""
        options = odata.read_options(request, self._models.names("message"), ITEM_OPTIONS)
        return Answer(body=self._one(self._find(mailbox, message_id), request, options))

    def update(self, request: Request, mailbox: str, message_id: str) -> Answer:
        """Most properties change only while the message is a draft."""
        item = self._find(mailbox, message_id)
        items.check_etag(item, request)
        given = self._check(request.json())
        for name in given:
            if name == "internetMessageHeaders" or not (item.properties["isDraft"] or name in SETTABLE_ALWAYS):
                raise read_only(name)
        apply(item, given)
        items.touch(item, self._clock)
        self._store.update(item)
        return Answer(body=self._one(item, request))

    def delete(self, request: Request, mailbox: str, message_id: str) -> Answer:
        """To Deleted Items, and from there for good."""
        item = self._find(mailbox, message_id)
        items.check_etag(item, request)
        if item.folder == "deleteditems":
            self._store.remove(item)
        else:
            items.touch(item, self._clock)
            self._store.move(item, "deleteditems")
        return Answer(HTTPStatus.NO_CONTENT)

    def permanent_delete(self, request: Request, mailbox: str, message_id: str) -> Answer:
        """To a folder that nobody sees, which is for good."""
        if request.body.strip():
            action_parameters(request.json())
        self._store.remove(self._find(mailbox, message_id))
        return Answer(HTTPStatus.NO_CONTENT)

    def send(self, request: Request, mailbox: str, message_id: str) -> Answer:
        """Hand a draft over; it is sent and moved after this has answered."""
        if request.body.strip():
            action_parameters(request.json())
        item = self._find(mailbox, message_id)
        handed_over = item.hidden.get("handed_over", 0)
        if (handed_over or not item.properties["isDraft"]) and self._switches.second_send == "404":
            raise item_not_found()
        self._check_sendable(item)
        self._submit(item, keep=True)
        return Answer(HTTPStatus.ACCEPTED)

    def send_mail(self, request: Request, mailbox: str) -> Answer:
        """Draft and send in one; there is no id in the answer."""
        given = action_parameters(request.json(), "Message", "SaveToSentItems")
        message, keep = given.get("Message"), given.get("SaveToSentItems")
        if not isinstance(message, dict):
            raise bad_request("The parameter 'Message' is missing or not an object.")
        if keep is not None and not isinstance(keep, bool):
            raise bad_request("Cannot convert the value of 'SaveToSentItems' to the expected type 'Edm.Boolean'.")
        item = new_message(mailbox, self._clock, self._check(message, where="Message"))
        self._check_sendable(item)
        with self._store.transaction():
            self._store.add(item)
            self._submit(item, keep=keep is not False)
        return Answer(HTTPStatus.ACCEPTED)

    def _check_sendable(self, item: Item) -> None:
        people = [person for field in RECIPIENTS for person in item.properties[field] or []]
        if not people:
            raise invalid_recipients()
        items.check_addresses(people + (item.properties["replyTo"] or []))
        for field in ("from", "sender"):
            if items.address_of(item.properties[field]) not in {item.mailbox, ""}:
                message = "The account of this request may not send as the account in 'from' or 'sender'."
                raise GraphError(HTTPStatus.FORBIDDEN, "ErrorSendAsDenied", message)
        try:
            mime.sent_message(item.properties, item.hidden, self._clock.now())
        except (ValueError, LookupError, MessageError) as exc:
            raise bad_request("The message cannot be written as MIME.", "ErrorMimeContentInvalid") from exc

    def _submit(self, item: Item, *, keep: bool) -> None:
        due = self._rate.slot(item.mailbox, time.time()) + self._switches.send_delay
        with self._store.transaction():
            item.hidden["handed_over"] = item.hidden.get("handed_over", 0) + 1
            self._store.update(item)
            self._store.submit(item, due=due, keep=keep)

    def browse(self, request: Request, mailbox: str, folder: str | None = None) -> Answer:
        """The whole mailbox with Deleted Items, or one folder."""
        options = odata.read_options(request, self._models.names("message"))
        found = [
            item
            for item in items.candidates(self._store, "message", mailbox, options)
            if folder is None or item.folder == folder
        ]
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

    def receive(self, mailbox: str, given: Json, *, hidden: Json, conversation_id: str | None) -> Item:
        """A mail from outside, in the Inbox."""
        item = new_message(mailbox, self._clock, {})
        item.folder = "inbox"
        apply(item, given)
        item.properties |= {"isDraft": False, "isRead": False}
        item.properties["sender"] = item.properties["from"]
        if conversation_id:
            item.properties["conversationId"] = conversation_id
        item.hidden |= hidden
        self._store.add(item)
        return item

    def by_message_id(self, mailbox: str, internet_message_id: str) -> Item | None:
        """The newest message with this Message-ID."""
        found = self._store.items("message", mailbox)
        return next((one for one in found if one.properties["internetMessageId"] == internet_message_id), None)

    def delta(self, request: Request, mailbox: str, folder: str) -> Answer:
        """What changed in a folder since the last deltaLink; without a token, everything in it."""
        known = self._models.names("message")
        token = self._read_token(request)
        if token is None:
            odata.read_options(request, known, DELTA_OPTIONS)
            asked = {name: value for name, value in request.options.items() if not name.endswith("token")}
            token = {"epoch": self._store.epoch, "after": None, "asked": asked}
        asked = token["asked"]
        until = token.get("until") or self._store.last_change()
        preferred = request.prefer("odata.maxpagesize") or ""
        size = int(preferred if preferred.isdecimal() and int(preferred) else asked.get("$top", odata.DEFAULT_PAGE))
        select = odata.read_select(asked.get("$select", ""), known)
        expand = odata.read_expand(asked["$expand"]) if "$expand" in asked else None
        options = odata.Options(select=select, expand=expand)
        entries = self._delta_entries(request, mailbox, folder, token, until)
        start = token.get("skip", 0)
        shown = [
            entry if "@removed" in entry else items.show(entry, options, unless_selected=ONLY_WITH_SELECT)
            for entry in entries[start : start + size]
        ]
        page: Json = {
            "@odata.context": f"{request.origin}/v1.0/$metadata#Collection(message)",
            "value": shown,
        }
        if start + size < len(entries):
            rest = {**token, "until": until, "skip": start + size}
            page["@odata.nextLink"] = request.link({"$skiptoken": _write_token(rest)})
        else:
            done = {"epoch": token["epoch"], "after": until, "asked": asked}
            page["@odata.deltaLink"] = request.link({"$deltatoken": _write_token(done)})
        return Answer(body=page)

    def _read_token(self, request: Request) -> Json | None:
        text = request.options.get("$deltatoken") or request.options.get("$skiptoken")
        if text is None:
            return None
        try:
            token = json.loads(base64.urlsafe_b64decode(text))
        except ValueError:
            token = {}
        if not isinstance(token, dict) or token.get("epoch") != self._store.epoch:
            message = "The sync state generation is not found; start over without a token."
            raise GraphError(HTTPStatus.GONE, "SyncStateNotFound", message)
        return token

    def _delta_entries(self, request: Request, mailbox: str, folder: str, token: Json, until: int) -> list[Json]:
        asked, after = token["asked"], token["after"]
        wanted = asked.get("changetype")
        text = asked.get("$filter")
        matches = odata.parse_filter(text, self._models.names("message")).matches if text else lambda _: True
        last: dict[str, tuple[str, Change]] = {}
        created: set[str] = set()
        for key, item_id, change in self._store.changes(mailbox, folder, after=after or 0, until=until):
            last.pop(key, None)
            last[key] = (item_id, change)
            if change == "created":
                created.add(key)
        entries: list[Json] = []
        for key, (item_id, change) in last.items():
            item = self._store.find("message", mailbox, key)
            if item is None or item.folder != folder:
                # A first round knows nothing that could be removed.
                if after is not None and wanted in {None, "deleted"}:
                    reason = "changed" if change == "changed" else "deleted"
                    entries.append({"@removed": {"reason": reason}, "id": key if request.immutable_ids else item_id})
                continue
            if wanted in {None, "created" if key in created else "updated"}:
                document = self._full(item, request)
                if matches(document):
                    entries.append(document)
        return entries


def _write_token(token: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(token).encode()).decode()
