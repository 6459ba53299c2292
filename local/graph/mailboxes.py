"""Which mailboxes there are, and the folders that every one of them has."""

import base64
import hashlib
from collections.abc import Collection
from http import HTTPStatus

from local.graph.errors import GraphError, item_not_found

FOLDERS = {
    "inbox": "Inbox",
    "drafts": "Drafts",
    "sentitems": "Sent Items",
    "deleteditems": "Deleted Items",
    "outbox": "Outbox",
    "junkemail": "Junk Email",
    "archive": "Archive",
}
CALENDAR = "calendar"


class Mailboxes:
    """With no list, everybody with an `@` has a mailbox, except a local part `unknown`."""

    def __init__(self, known: Collection[str], denied: Collection[str]) -> None:
        self.known = sorted({one.lower() for one in known})
        self._denied = {one.lower() for one in denied}

    def open(self, address: str) -> str:
        """The mailbox under its one name, or the refusal that Graph would give."""
        mailbox = address.lower()
        if mailbox in self._denied:
            raise GraphError(HTTPStatus.FORBIDDEN, "ErrorAccessDenied", "Access to OData is disabled.")
        local_part, at, domain = mailbox.partition("@")
        listed = mailbox in self.known if self.known else bool(local_part and at and domain)
        if not listed or (not self.known and local_part == "unknown"):
            raise GraphError(HTTPStatus.NOT_FOUND, "ErrorInvalidUser", "The requested user is invalid.")
        return mailbox


def folder_id(mailbox: str, folder: str) -> str:
    """The same at every start; immutable ids do not exist for folders."""
    digest = hashlib.sha256(f"{mailbox}/{folder}".encode()).digest()
    return "AQMkAGE1M2IyNGNm" + base64.urlsafe_b64encode(digest).decode()


def open_folder(mailbox: str, name: str) -> str:
    """A folder by its well-known name or its id."""
    for folder in FOLDERS:
        if name.lower() == folder or name == folder_id(mailbox, folder):
            return folder
    raise item_not_found()


def open_calendar(mailbox: str, name: str) -> str:
    """There is one calendar."""
    if name != folder_id(mailbox, CALENDAR):
        raise item_not_found()
    return CALENDAR
