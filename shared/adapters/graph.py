"""Microsoft Graph's mail and calendar for one shared mailbox. The SDK's retries are off: the mailbox worker owns them.

Answers are read as raw bytes: building the SDK's models costs 0.9 s and 34 MB at the first answer of a process.
``msgraph`` is imported inside the methods, so that webhooks and pages start without it.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import httpx
from azure.core.exceptions import AzureError

from shared.domain.answers import email_key
from shared.domain.calendar_event import Attendee, EventContent
from shared.errors import AlreadyGone, PermanentFailure, ServiceError, TemporaryFailure
from shared.ports import LeftDraft, Letter, Written

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.generated.models.event import Event
    from msgraph.generated.models.item_body import ItemBody
    from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient

# Our own key rides on every mail and event as an extended property: the one thing that finds it again after any doubt.
_KEY_PROPERTY = "String {6b0a4b5e-0f3c-4a57-9a0b-3e1d7c2f9a11} Name MentoringKey"
# And what it is about, so that a draft that was left behind leads back to its row: ids only, nothing about people.
ABOUT_PROPERTY = "String {6b0a4b5e-0f3c-4a57-9a0b-3e1d7c2f9a11} Name MentoringMessage"
_MOST_DRAFTS = 50
IMMUTABLE = 'IdType="ImmutableId"'
_TIMEOUT = httpx.Timeout(20, connect=5)
_SCOPE = "https://graph.microsoft.com/.default"
_GONE = frozenset({404, 410})
_TRY_LATER = frozenset({408, 409, 412, 423, 429})
_SERVER_ERRORS = 500
# What is about the mailbox, or about the app, and never about one mail: the whole mailbox waits, and nothing is parked.
_OF_THE_MAILBOX = frozenset(
    {
        "ErrorAccessDenied",
        "Authorization_RequestDenied",
        "ErrorSendAsDenied",
        "ErrorQuotaExceeded",
        "ErrorMessageSubmissionBlocked",
        "ErrorInvalidUser",
        "MailboxNotEnabledForRESTAPI",
    }
)
_NOT_LET_IN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_ASK_AGAIN = 300.0
# Too many requests without a word on how long to wait: more of them at once would only prolong it.
_PAUSE_UNSAID = 30.0
_IN_WORDS = {
    "ErrorInvalidRecipients": "the address is none that mail can be sent to; have it corrected, then retry",
    "ErrorAccessDenied": "the app may not use this mailbox; ask an Exchange administrator to check its permission",
    "Authorization_RequestDenied": "the app lacks a Graph permission; ask the cloud team to check it",
    "ErrorInvalidUser": "there is no mailbox of this address; compare MAILBOX with the Exchange admin centre",
    "MailboxNotEnabledForRESTAPI": "the mailbox is none that Graph can use; ask an Exchange administrator",
    "ErrorSendAsDenied": "the app may not send as this mailbox; ask an Exchange administrator to check its permission",
    "ErrorMessageSizeExceeded": "the mail is larger than Exchange takes",
    "ErrorQuotaExceeded": "the mailbox is full; make room in it, then retry",
    "ErrorMessageSubmissionBlocked": "Exchange has blocked the mailbox from sending; ask an Exchange administrator",
}


@dataclass(frozen=True, slots=True)
class _Connection:
    client: "GraphServiceClient"
    adapter: "GraphRequestAdapter"


class GraphConnection:
    """One Graph client per process, built inside the event loop that uses it (a client belongs to one loop)."""

    def __init__(self, base_url: str, credential: Callable[[], Any]) -> None:
        self.base_url = base_url
        self._credential = credential
        self._open: _Connection | None = None

    def connected(self) -> _Connection:
        """The client and its request adapter."""
        if self._open is None:
            self._open = self._connect()
        return self._open

    def _connect(self) -> _Connection:
        from kiota_authentication_azure.azure_identity_authentication_provider import (
            AzureIdentityAuthenticationProvider,
        )
        from kiota_http.middleware.options import RetryHandlerOption
        from msgraph.graph_request_adapter import GraphRequestAdapter, options
        from msgraph.graph_service_client import GraphServiceClient
        from msgraph_core import GraphClientFactory

        http = httpx.AsyncClient(
            base_url=self.base_url,
            trust_env=False,
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=4),  # Outlook's limit for a mailbox
        )
        no_retries = {**options, RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0)}
        http = GraphClientFactory.create_with_default_middleware(client=http, options=no_retries)
        provider = AzureIdentityAuthenticationProvider(self._credential(), scopes=[_SCOPE])
        adapter = GraphRequestAdapter(provider, client=http)
        adapter.base_url = self.base_url  # needed beside httpx's own, or the SDK goes to the public service
        return _Connection(GraphServiceClient(request_adapter=adapter), adapter)

    async def ask(self, request: "RequestInformation") -> dict[str, Any]:
        """Send one request, once. Returns the JSON answer, {} for an empty one; raises our own errors."""
        from kiota_abstractions.api_error import APIError
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError

        adapter = self.connected().adapter
        try:
            answer = await adapter.send_primitive_async(request, "bytes", {"XXX": ODataError})
        except ODataError as exc:
            code = exc.error.code if exc.error and exc.error.code else ""
            raise _refused(exc.response_status_code or 0, code, exc.response_headers) from exc
        except APIError as exc:
            raise _refused(exc.response_status_code or 0, "", exc.response_headers) from exc
        except (httpx.HTTPError, OSError) as exc:
            raise TemporaryFailure(f"Graph did not answer ({type(exc).__name__})") from exc
        except AzureError as exc:
            reason = f"there is no token for Graph ({type(exc).__name__})"
            raise TemporaryFailure(reason, retry_after=_ASK_AGAIN) from exc
        return _read(answer) if isinstance(answer, bytes) and answer else {}


def _read(answer: bytes) -> dict[str, Any]:
    try:
        body = json.loads(answer)
    except ValueError as exc:
        # A gateway's page: whether Graph itself ever got the request is anybody's guess.
        raise TemporaryFailure("something else answered in Graph's place") from exc
    if not isinstance(body, dict):
        raise TemporaryFailure("something else answered in Graph's place")
    return body


def _refused(status: int, code: str, headers: Any) -> ServiceError:  # noqa: ANN401 -- httpx or a plain mapping
    """Our error for Graph's answer. Codes decide; message texts are never looked at, and never passed on."""
    reason = f"Graph answered {status} {code}".strip()
    plain = _IN_WORDS.get(code)
    worded = f"{plain} ({reason})" if plain else reason
    if status in _NOT_LET_IN or code in _OF_THE_MAILBOX:
        return TemporaryFailure(worded, retry_after=_retry_after(headers) or _ASK_AGAIN)
    if status in _GONE:
        return AlreadyGone(reason)
    if status in _TRY_LATER or status >= _SERVER_ERRORS or status == 0:
        wait = _retry_after(headers)
        if wait is None and status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = _PAUSE_UNSAID
        return TemporaryFailure(reason, retry_after=wait)
    return PermanentFailure(worded)


def _retry_after(headers: Any) -> float | None:  # noqa: ANN401 -- httpx or a plain mapping
    value = headers.get("Retry-After") if headers is not None else None
    try:
        return max(0.0, float(value)) if value is not None else None
    except (TypeError, ValueError):
        return None


def filtered(words: str, **values: str | datetime) -> str:
    """A filter with each ``@name`` made a value, text quoted: Graph itself takes no parameters, as tables do."""

    def written(name: re.Match[str]) -> str:
        value = values[name[1]]
        if isinstance(value, datetime):
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return "'" + value.replace("'", "''") + "'"

    return re.sub(r"@(\w+)", written, words)


def _key_filter(key: str) -> str:
    return filtered(
        "singleValueExtendedProperties/Any(ep: ep/id eq @name and ep/value eq @key)", name=_KEY_PROPERTY, key=key
    )


def _property(name: str, value: str) -> "SingleValueLegacyExtendedProperty":
    from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty

    return SingleValueLegacyExtendedProperty(id=name, value=value)


def value_of(item: Mapping[str, Any]) -> str:
    """The value of the one extended property that an item was read with, '' without it."""
    return next((str(each["value"]) for each in item.get("singleValueExtendedProperties", [])), "")


def _html(content: str) -> "ItemBody":
    from msgraph.generated.models.body_type import BodyType
    from msgraph.generated.models.item_body import ItemBody

    return ItemBody(content_type=BodyType.Html, content=content)


class GraphMailbox:
    """See ``ports.Mailbox``. ``reply_to``: where people's answers go, if not to the mailbox itself."""

    def __init__(self, connection: GraphConnection, mailbox: str, *, reply_to: str = "") -> None:
        self._connection = connection
        self._mailbox = mailbox
        self._reply_to = reply_to

    async def find(self, key: str) -> Written | None:
        """See the port."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.messages.messages_request_builder import MessagesRequestBuilder

        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            filter=_key_filter(key), select=["id", "isDraft", "createdDateTime"], top=5
        )
        configuration = RequestConfiguration(query_parameters=query)
        configuration.headers.add("Prefer", IMMUTABLE)
        answer = await self._connection.ask(self._messages().to_get_request_information(configuration))
        # A copy that has gone out outweighs any draft beside it, and an older draft a newer one.
        found = sorted(answer.get("value", []), key=lambda item: (bool(item["isDraft"]), item["createdDateTime"]))
        if not found:
            return None
        first, *others = found
        spare = tuple(str(item["id"]) for item in others if item["isDraft"])
        return Written(str(first["id"]), bool(first["isDraft"]), spare)

    async def draft(self, letter: Letter) -> Written:
        """See the port."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.models.email_address import EmailAddress
        from msgraph.generated.models.internet_message_header import InternetMessageHeader
        from msgraph.generated.models.message import Message
        from msgraph.generated.models.recipient import Recipient

        message = Message(
            subject=letter.subject,
            body=_html(letter.html),
            to_recipients=[Recipient(email_address=EmailAddress(address=address)) for address in letter.to],
            reply_to=[Recipient(email_address=EmailAddress(address=self._reply_to))] if self._reply_to else None,
            internet_message_id=f"<{letter.key}@{self._mailbox.rpartition('@')[2]}>",
            internet_message_headers=[
                InternetMessageHeader(name="x-mentoring-key", value=letter.key),
                # Asks other systems not to answer with out-of-office mails and receipts.
                InternetMessageHeader(name="X-Auto-Response-Suppress", value="OOF, AutoReply, DR, RN, NRN"),
            ],
            single_value_extended_properties=[
                _property(_KEY_PROPERTY, letter.key),
                _property(ABOUT_PROPERTY, letter.about),
            ],
        )
        configuration: RequestConfiguration[Any] = RequestConfiguration()
        configuration.headers.add("Prefer", IMMUTABLE)
        answer = await self._connection.ask(self._messages().to_post_request_information(message, configuration))
        return Written(answer["id"], is_draft=True)

    async def send(self, graph_id: str) -> float:
        """See the port."""
        from kiota_http.middleware.options import HeadersInspectionHandlerOption

        request = self._messages().by_message_id(graph_id).send.to_post_request_information()
        headers = HeadersInspectionHandlerOption(inspect_request_headers=False)
        request.add_request_options([headers])
        await self._connection.ask(request)
        # Graph has been seen to take a mail and ask for a pause in the same answer (msgraph-sdk-java issue 1487).
        asked = headers.response_headers.get_all().get("retry-after", set())
        return max((_retry_after({"Retry-After": value}) or 0.0 for value in asked), default=0.0)

    async def drafts(self) -> Sequence[LeftDraft]:
        """See the port."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.mail_folders.item.messages.messages_request_builder import (
            MessagesRequestBuilder,
        )

        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            expand=[filtered("singleValueExtendedProperties($filter=id eq @name)", name=ABOUT_PROPERTY)],
            select=["id", "createdDateTime"],
            top=_MOST_DRAFTS,
        )
        configuration = RequestConfiguration(query_parameters=query)
        configuration.headers.add("Prefer", IMMUTABLE)
        folder = self._user().mail_folders.by_mail_folder_id("drafts")
        answer = await self._connection.ask(folder.messages.to_get_request_information(configuration))
        ours = [(item, value_of(item)) for item in answer.get("value", [])]
        left = [
            LeftDraft(str(item["id"]), about, datetime.fromisoformat(item["createdDateTime"]))
            for item, about in ours
            if about
        ]
        return sorted(left, key=lambda draft: draft.made_at)

    async def discard(self, graph_id: str) -> None:
        """See the port."""
        try:
            # A plain DELETE only moves it to Deleted Items, where ``find`` would take it for a draft to be sent.
            message = self._messages().by_message_id(graph_id)
            await self._connection.ask(message.permanent_delete.to_post_request_information())
        except AlreadyGone:
            return

    def _messages(self) -> Any:  # noqa: ANN401 -- the SDK's request builders are generated and loosely typed
        return self._user().messages

    def _user(self) -> Any:  # noqa: ANN401 -- the SDK's request builders are generated and loosely typed
        return self._connection.connected().client.users.by_user_id(self._mailbox)


class GraphCalendar:
    """See ``ports.Calendar``."""

    def __init__(self, connection: GraphConnection, mailbox: str) -> None:
        self._connection = connection
        self._mailbox = mailbox

    async def find(self, key: str) -> str | None:
        """See the port."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder

        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=_key_filter(key), select=["id"], top=2
        )
        configuration = RequestConfiguration(query_parameters=query)
        configuration.headers.add("Prefer", IMMUTABLE)
        answer = await self._connection.ask(self._events().to_get_request_information(configuration))
        return next((str(item["id"]) for item in answer.get("value", [])), None)

    async def create(self, key: str, content: EventContent, attendees: Sequence[Attendee]) -> str:
        """See the port."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration

        event = _event(content)
        event.attendees = [_attendee(a) for a in attendees]
        event.transaction_id = str(uuid5(NAMESPACE_URL, key))
        event.hide_attendees = True
        event.response_requested = True
        event.allow_new_time_proposals = False
        event.single_value_extended_properties = [_property(_KEY_PROPERTY, key)]
        configuration: RequestConfiguration[Any] = RequestConfiguration()
        configuration.headers.add("Prefer", IMMUTABLE)
        request = self._events().to_post_request_information(event, configuration)
        answer = await self._once(key, lambda: self._connection.ask(request))
        return str(answer["id"])

    async def _once(self, key: str, create: Callable[[], Awaitable[dict[str, Any]]]) -> Mapping[str, Any]:
        """Create, or the event that an earlier try with the same transaction id left behind."""
        try:
            return await create()
        except (PermanentFailure, TemporaryFailure) as exc:
            if "ErrorDuplicateTransactionId" not in exc.reason:
                raise
            found = await self.find(key)
            if found is None:
                raise
            return {"id": found}

    async def set_attendees(self, event: str, attendees: Sequence[Attendee], *, ours: Callable[[str], bool]) -> None:
        """See the port. Graph replaces the whole list, so it is read first."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.models.event import Event

        held = await self._read(event, "attendees", "isCancelled")
        wanted = {email_key(attendee.email) for attendee in attendees}
        others = [
            _as_held(one)
            for one in held.get("attendees", [])
            if (address := email_key(_address_of(one))) and address not in wanted and not ours(address)
        ]
        change = Event(attendees=[*(_attendee(a) for a in attendees), *others])
        configuration: RequestConfiguration[Any] = RequestConfiguration()
        if etag := held.get("@odata.etag"):
            # Whom somebody adds in this very moment is not thrown out: Graph answers 412, and it is tried again.
            configuration.headers.add("If-Match", str(etag))
        request = self._events().by_event_id(event).to_patch_request_information(change, configuration)
        await self._connection.ask(request)

    async def set_content(self, event: str, content: EventContent) -> None:
        """See the port."""
        # An online event's body holds the link by now, and Graph ends the meeting when a change leaves the link out.
        change = _event(content, with_body=not content.online)
        if content.online and content.no_longer:
            body = (await self._read(event, "body")).get("body", {}).get("content", "")
            shorter = _without(body, content.no_longer)
            change.body = _html(shorter) if shorter != body else None
        await self._connection.ask(self._events().by_event_id(event).to_patch_request_information(change))

    async def says(self, event: str, content: EventContent) -> bool:
        """See the port."""
        answer = await self._read(event, "subject", "location", "start", "end", "body")
        text = str(answer.get("body", {}).get("content", ""))
        return (
            _without(text, content.no_longer) == text
            and answer["subject"] == content.subject
            and answer.get("location", {}).get("displayName") == content.place
            and _instant(answer["start"]) == content.starts_at
            and _instant(answer["end"]) == content.ends_at
        )

    async def has_link(self, event: str) -> bool:
        """See the port. An answer of 201 says nothing of it: github.com/microsoftgraph/microsoft-graph-docs#9741."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder

        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(select=["onlineMeeting"])
        configuration = RequestConfiguration(query_parameters=query)
        answer = await self._connection.ask(self._events().by_event_id(event).to_get_request_information(configuration))
        return bool((answer.get("onlineMeeting") or {}).get("joinUrl"))

    async def cancel(self, event: str, comment: str) -> None:
        """See the port."""
        from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody

        body = CancelPostRequestBody(comment=comment)
        try:
            await self._connection.ask(self._events().by_event_id(event).cancel.to_post_request_information(body))
        except AlreadyGone:
            return

    async def responses(self, event: str) -> Mapping[str, str]:
        """See the port."""
        answer = await self._read(event, "attendees", "isCancelled")
        return {
            email_key(_address_of(item)): str(item.get("status", {}).get("response", "none"))
            for item in answer.get("attendees", [])
        }

    async def _read(self, event: str, *properties: str) -> Mapping[str, Any]:
        """Some properties of an event. Raises AlreadyGone also for one that lies in Deleted Items under its id."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder

        query = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(select=list(properties))
        configuration = RequestConfiguration(query_parameters=query)
        answer = await self._connection.ask(self._events().by_event_id(event).to_get_request_information(configuration))
        if answer.get("isCancelled"):
            raise AlreadyGone("the event is cancelled in the calendar")
        return answer

    def _events(self) -> Any:  # noqa: ANN401 -- the SDK's request builders are generated and loosely typed
        return self._connection.connected().client.users.by_user_id(self._mailbox).events


def _event(content: EventContent, *, with_body: bool = True) -> "Event":
    from msgraph.generated.models.event import Event
    from msgraph.generated.models.location import Location
    from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
    from msgraph.generated.models.sensitivity import Sensitivity

    return Event(
        is_online_meeting=True if content.online else None,
        online_meeting_provider=OnlineMeetingProviderType.TeamsForBusiness if content.online else None,
        subject=content.subject,
        sensitivity=Sensitivity.Private if content.private else Sensitivity.Normal,
        body=_html(content.html) if with_body else None,
        start=_wall_time(content.starts_at, content.zone),
        end=_wall_time(content.ends_at, content.zone),
        location=Location(display_name=content.place),
    )


def _wall_time(instant: datetime, zone: str) -> Any:  # noqa: ANN401 -- imported inside, like every SDK type
    """Wall time and a named zone, so that the event keeps its time through a clock change."""
    from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone

    wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return DateTimeTimeZone(date_time=wall.isoformat(timespec="seconds"), time_zone=zone)


def _instant(answered: Mapping[str, Any]) -> datetime:
    """The instant of Graph's wall time and zone; without a ``Prefer: outlook.timezone`` it answers in UTC."""
    zone = str(answered.get("timeZone") or "UTC")
    wall = datetime.fromisoformat(str(answered["dateTime"])[:19])
    return wall.replace(tzinfo=ZoneInfo(zone))


def _without(body: str, sentences: Sequence[str]) -> str:
    """An event's text without these sentences, each a paragraph. Exchange breaks lines and adds marks as it likes."""
    for sentence in sentences:
        words = r"\s+".join(re.escape(word) for word in sentence.split())
        body = re.sub(rf"<p\b[^>]*>\s*{words}\s*</p>", "", body)
    return body


def _address_of(attendee: Mapping[str, Any]) -> str:
    return str(attendee.get("emailAddress", {}).get("address", ""))


def _as_held(attendee: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- imported inside, like every SDK type
    """Somebody whom people put on the event, as they did: a room stays a room."""
    from msgraph.generated.models.attendee import Attendee as GraphAttendee
    from msgraph.generated.models.attendee_type import AttendeeType
    from msgraph.generated.models.email_address import EmailAddress

    named = attendee["emailAddress"]
    address = EmailAddress(address=named["address"], name=named.get("name"))
    return GraphAttendee(email_address=address, type=AttendeeType(attendee.get("type") or "required"))


def _attendee(attendee: Attendee) -> Any:  # noqa: ANN401 -- imported inside, like every SDK type
    from msgraph.generated.models.attendee import Attendee as GraphAttendee
    from msgraph.generated.models.attendee_type import AttendeeType
    from msgraph.generated.models.email_address import EmailAddress

    return GraphAttendee(
        email_address=EmailAddress(address=attendee.email, name=attendee.name or None), type=AttendeeType.Required
    )


class StaticToken:
    """A credential with one fixed token, for a Graph that is not Microsoft's."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> Any:  # noqa: ANN401 -- azure-core's protocol
        """The token, as azure-core's AccessToken."""
        from azure.core.credentials import AccessToken

        return AccessToken(self._token, 2**31)
