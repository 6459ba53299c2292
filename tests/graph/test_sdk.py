"""The real SDK against the stand-in: what it writes is understood, what it reads makes sense to it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.graph.stand_in import KEY, MAILBOX, TOKEN, Inbox, StandIn, by_key, eventually

if TYPE_CHECKING:
    from msgraph.generated.models.message import Message
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient

Work = Callable[["GraphServiceClient", "GraphRequestAdapter"], Awaitable[None]]
PREFER = 'IdType="ImmutableId"'


class FixedToken:
    """What stands for a managed identity."""

    def get_token(self, *scopes: str, **more: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(TOKEN, 2**31)


async def with_client(origin: str, work: Work) -> None:
    import httpx
    from kiota_authentication_azure.azure_identity_authentication_provider import (
        AzureIdentityAuthenticationProvider,
    )
    from kiota_http.middleware.options import RetryHandlerOption
    from msgraph.graph_request_adapter import GraphRequestAdapter, options
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory

    base_url = f"{origin}/v1.0"
    async with httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=10) as plain:
        retries = {RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0)}
        http = GraphClientFactory.create_with_default_middleware(client=plain, options={**options, **retries})
        scopes = ["https://graph.microsoft.com/.default"]
        identity: Any = FixedToken()
        adapter = GraphRequestAdapter(AzureIdentityAuthenticationProvider(identity, scopes=scopes), client=http)
        adapter.base_url = base_url
        await work(GraphServiceClient(request_adapter=adapter), adapter)


def run(graph: StandIn, work: Work) -> None:
    asyncio.run(with_client(graph.origin, work))


def a_draft(key: str) -> "Message":
    from msgraph.generated.models.body_type import BodyType
    from msgraph.generated.models.email_address import EmailAddress
    from msgraph.generated.models.internet_message_header import InternetMessageHeader
    from msgraph.generated.models.item_body import ItemBody
    from msgraph.generated.models.message import Message
    from msgraph.generated.models.recipient import Recipient
    from msgraph.generated.models.single_value_legacy_extended_property import (
        SingleValueLegacyExtendedProperty,
    )

    return Message(
        subject="From the SDK",
        body=ItemBody(content_type=BodyType.Html, content="<p>Hi</p>"),
        to_recipients=[Recipient(email_address=EmailAddress(address="priya@example.com", name="Priya"))],
        internet_message_id=f"<{key}@mentoring.example.org>",
        internet_message_headers=[InternetMessageHeader(name="x-mail-key", value=key)],
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=KEY, value=key)],
    )


def test_draft_look_up_and_send(graph: StandIn, inbox: Inbox) -> None:
    async def work(client: "GraphServiceClient", adapter: "GraphRequestAdapter") -> None:
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError
        from msgraph.generated.users.item.messages.messages_request_builder import (
            MessagesRequestBuilder,
        )

        messages = client.users.by_user_id(MAILBOX).messages
        config: RequestConfiguration[Any] = RequestConfiguration()
        config.headers.add("Prefer", PREFER)
        info = messages.to_post_request_information(a_draft("sdk-1"), config)
        draft = json.loads(await adapter.send_primitive_async(info, "bytes", {"XXX": ODataError}))
        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            filter=by_key("SDK-1"), select=["id", "isDraft"]
        )
        look_up = RequestConfiguration(query_parameters=query)
        look_up.headers.add("Prefer", PREFER)
        found = await messages.get(look_up)
        assert found is not None
        assert [(one.id, one.is_draft) for one in found.value or []] == [(draft["id"], True)]

        await messages.by_message_id(draft["id"]).send.post()

        await asyncio.to_thread(eventually, graph.sent)
        sent = await messages.by_message_id(draft["id"]).get()
        assert sent is not None
        assert (sent.is_draft, sent.internet_message_id) == (False, "<sdk-1@mentoring.example.org>")

    run(graph, work)
    (mail,) = inbox.wait_for(1)
    assert (mail["x-mail-key"], mail["Message-ID"]) == ("sdk-1", "<sdk-1@mentoring.example.org>")


def test_send_mail_and_errors(graph: StandIn, inbox: Inbox) -> None:
    async def work(client: "GraphServiceClient", _: "GraphRequestAdapter") -> None:
        from kiota_abstractions.api_error import APIError
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError
        from msgraph.generated.users.item.send_mail.send_mail_post_request_body import (
            SendMailPostRequestBody,
        )

        sending = client.users.by_user_id(MAILBOX).send_mail
        body = SendMailPostRequestBody(message=a_draft("sdk-2"), save_to_sent_items=True)
        await sending.post(body)
        message = a_draft("sdk-3")
        message.additional_data["importnce"] = "high"
        with pytest.raises(ODataError) as refused:
            await sending.post(SendMailPostRequestBody(message=message))
        assert (refused.value.response_status_code, refused.value.error and refused.value.error.code) == (
            400,
            "RequestBodyRead",
        )
        graph.control("POST", "faults", {"match": "POST .*", "fault": "html_error"})
        with pytest.raises(APIError) as page:
            await sending.post(body)
        assert not isinstance(page.value, ODataError)

    run(graph, work)
    assert len(inbox.wait_for(1)) == 1


def test_events(graph: StandIn, inbox: Inbox) -> None:
    async def work(client: "GraphServiceClient", _: "GraphRequestAdapter") -> None:
        from msgraph.generated.models.attendee import Attendee
        from msgraph.generated.models.attendee_type import AttendeeType
        from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
        from msgraph.generated.models.email_address import EmailAddress
        from msgraph.generated.models.event import Event
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError
        from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import (
            CancelPostRequestBody,
        )

        def attendee(address: str) -> Attendee:
            return Attendee(email_address=EmailAddress(address=address), type=AttendeeType.Required)

        def wall(hour: int) -> DateTimeTimeZone:
            return DateTimeTimeZone(date_time=f"2027-03-29T{hour:02}:00:00", time_zone="Europe/London")

        def an_event(subject: str) -> Event:
            people = [attendee("a@example.com")]
            return Event(
                subject=subject,
                start=wall(9),
                end=wall(12),
                attendees=people,
                transaction_id="t-1",
                hide_attendees=True,
            )

        events = client.users.by_user_id(MAILBOX).events
        made = await events.post(an_event("Training"))
        again = await events.post(an_event("Training"))
        assert made is not None
        assert again is not None
        assert made.id == again.id
        assert made.id is not None
        with pytest.raises(ODataError) as duplicate:
            await events.post(an_event("Another"))
        error = duplicate.value.error
        assert error is not None
        assert error.code == "ErrorDuplicateTransactionId"
        assert error.additional_data["@event.existingEventId"] == made.id
        # A property set back to None is written in snake case by the SDK.
        forgetful = an_event("Training")
        forgetful.transaction_id = None
        with pytest.raises(ODataError) as misspelt:
            await events.post(forgetful)
        assert misspelt.value.error is not None
        assert misspelt.value.error.code == "RequestBodyRead"
        one = events.by_event_id(made.id)
        changed = await one.patch(Event(attendees=[attendee("a@example.com"), attendee("b@example.com")]))
        assert changed is not None
        assert len(changed.attendees or []) == 2
        await one.cancel.post(CancelPostRequestBody(comment="Off"))

    run(graph, work)
    assert len(inbox.wait_for(4)) == 4
