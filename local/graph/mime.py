"""Mail as it travels: a sent message as MIME."""

import base64
import uuid
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from local.graph.settings import Json
from local.graph.text import body_text

# Message ids and x- headers are looked up as they stand: do not fold them into encoded words.
POLICY = SMTP.clone(max_line_length=998)


def one_line(text: str | None) -> str:
    """A header cannot hold line breaks."""
    return " ".join((text or "").split())


def mail_address(recipient: Json) -> Address:
    """The display name is left out where it only repeats the address."""
    inner = recipient["emailAddress"]
    address, name = inner["address"], one_line(inner.get("name"))
    return Address(display_name="" if name == address else name, addr_spec=address)


def new_mail(*, sender: Address, subject: str, date: datetime, message_id: str | None = None) -> EmailMessage:
    """What every mail has."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = message_id or f"<{uuid.uuid4().hex.upper()}@LOCAL01.local.graph>"
    return mail


def sent_message(properties: Json, hidden: Json, date: datetime) -> tuple[list[str], bytes]:
    """Who gets a message, and its MIME; the blind copies are in the first only."""
    mail = new_mail(
        sender=mail_address(properties["from"]),
        subject=properties["subject"],
        date=date,
        message_id=properties["internetMessageId"],
    )
    for header, field in (("To", "toRecipients"), ("Cc", "ccRecipients"), ("Reply-To", "replyTo")):
        if properties[field]:
            mail[header] = [mail_address(one) for one in properties[field]]
    if properties["importance"] not in {"normal", None}:
        mail["Importance"] = properties["importance"]
    for one in hidden.get("headers", []):
        mail[one["name"]] = one["value"]
    body = properties["body"]
    mail.set_content(body_text(body), cte="quoted-printable")
    if body.get("contentType") == "html":
        mail.add_alternative(body.get("content") or "", subtype="html", cte="quoted-printable")
    for attachment in hidden.get("attachments", []):
        main, _, sub = (attachment.get("contentType") or "application/octet-stream").partition("/")
        content = base64.b64decode(attachment.get("contentBytes") or "")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=one_line(attachment.get("name")))
    fields = ("toRecipients", "ccRecipients", "bccRecipients")
    people = {one["emailAddress"]["address"]: None for field in fields for one in properties[field] or []}
    return list(people), mail.as_bytes()
