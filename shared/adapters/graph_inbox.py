"""The inbox of one shared mailbox, read by Graph's delta query. Nothing in it is changed: people read it too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.adapters.graph import ABOUT_PROPERTY, IMMUTABLE, GraphConnection, filtered, value_of
from shared.domain.replies import Inbound
from shared.errors import AlreadyGone
from shared.ports import News

# PidTagMessageClass: what Exchange itself takes a mail for ([MS-OXCMSG]).
_CLASS_PROPERTY = "String 0x001A"
_PAGE = 50
_TEXT = 'outlook.body-content-type="text"'
_EXPAND = "singleValueExtendedProperties($filter=id eq @name)"


class GraphInbox:
    """See ``ports.Inbox``."""

    def __init__(self, connection: GraphConnection, mailbox: str) -> None:
        self._connection = connection
        self._mailbox = mailbox

    async def news(self, link: str, since: datetime) -> News:
        """See the port."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.mail_folders.item.messages.delta.delta_request_builder import (
            DeltaRequestBuilder,
        )

        delta = self._user().mail_folders.by_mail_folder_id("inbox").messages.delta
        configuration: RequestConfiguration[Any] = RequestConfiguration()
        if link:
            # The link comes out of a table, and a token goes along with the request.
            if not link.startswith(f"{self._connection.base_url}/"):
                raise AlreadyGone("the place where reading the inbox went on is not at Graph")
            delta = delta.with_url(link)
        else:
            configuration.query_parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
                select=["id"],
                change_type="created",
                filter=filtered("receivedDateTime ge @since", since=since),
            )
        configuration.headers.add("Prefer", IMMUTABLE)
        configuration.headers.add("Prefer", f"odata.maxpagesize={_PAGE}")
        answer = await self._connection.ask(delta.to_get_request_information(configuration))
        further = answer.get("@odata.nextLink")
        return News(
            tuple(str(item["id"]) for item in answer.get("value", []) if "@removed" not in item),
            str(further or answer["@odata.deltaLink"]),
            more=further is not None,
        )

    async def read(self, mail: str) -> Inbound:
        """See the port."""
        fields = ["id", "internetMessageId", "receivedDateTime", "from", "subject", "conversationId"]
        item = await self._message(mail, [*fields, "internetMessageHeaders"])
        return Inbound(
            id=mail,
            message_id=str(item.get("internetMessageId") or ""),
            received_at=datetime.fromisoformat(item["receivedDateTime"]),
            sender=_address(item.get("from")),
            subject=str(item.get("subject") or ""),
            conversation=str(item.get("conversationId") or ""),
            headers=tuple(
                (str(header["name"]).lower(), str(header.get("value") or ""))
                for header in item.get("internetMessageHeaders", [])
            ),
            message_class=value_of(item),
            meeting_response="eventMessage" in str(item.get("@odata.type", "")),
        )

    async def _message(self, mail: str, select: list[str]) -> Mapping[str, Any]:
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.messages.item.message_item_request_builder import MessageItemRequestBuilder

        query = MessageItemRequestBuilder.MessageItemRequestBuilderGetQueryParameters(
            select=select, expand=[filtered(_EXPAND, name=_CLASS_PROPERTY)]
        )
        configuration = RequestConfiguration(query_parameters=query)
        configuration.headers.add("Prefer", IMMUTABLE)
        configuration.headers.add("Prefer", _TEXT)
        builder = self._user().messages.by_message_id(mail)
        return await self._connection.ask(builder.to_get_request_information(configuration))

    async def about(self, message_id: str = "", *, conversation: str = "") -> str:
        """See the port."""
        if message_id:
            return await self._ours(filtered("internetMessageId eq @id", id=message_id))
        return await self._ours(filtered("conversationId eq @id", id=conversation))

    async def _ours(self, which: str) -> str:
        """What the newest of our own mails among these is about, '' if none is ours."""
        from kiota_abstractions.base_request_configuration import RequestConfiguration
        from msgraph.generated.users.item.messages.messages_request_builder import MessagesRequestBuilder

        query = MessagesRequestBuilder.MessagesRequestBuilderGetQueryParameters(
            filter=which,
            select=["id", "isDraft", "createdDateTime"],
            expand=[filtered(_EXPAND, name=ABOUT_PROPERTY)],
            top=_PAGE,
        )
        request = self._user().messages.to_get_request_information(RequestConfiguration(query_parameters=query))
        answer = await self._connection.ask(request)
        # Sorted here: Graph refuses a sort order beside a filter on something else.
        ours = sorted(
            (str(item["createdDateTime"]), value_of(item))
            for item in answer.get("value", [])
            if value_of(item) and not item["isDraft"]
        )
        return ours[-1][1] if ours else ""

    async def words(self, mail: str) -> str:
        """See the port."""
        item = await self._message(mail, ["body"])
        return str((item.get("body") or {}).get("content") or "")

    def _user(self) -> Any:  # noqa: ANN401 -- the SDK's request builders are generated and loosely typed
        return self._connection.connected().client.users.by_user_id(self._mailbox)


def _address(given: Mapping[str, Any] | None) -> str:
    return str(((given or {}).get("emailAddress") or {}).get("address") or "")
