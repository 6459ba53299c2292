"""How each provider writes a form down and proves that it is the sender."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from standardwebhooks import Webhook

from local.settings import app_settings, ports
from shared.contracts.signing import SECRET_IN_ADDRESS
from shared.domain.options import chosen
from tests.senders.form import Item, with_every_form
from tests.world import PROGRAMME

#: Types of questions whose answer can have several options.
SEVERAL = frozenset({"multi", "ranked"})
SUBMITTED = datetime(2026, 2, 10, 9, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """What stands around the answers."""

    form_id: str
    response_id: str = "27"
    at: datetime = SUBMITTED
    test: bool = False
    title: str = "Reverse Mentoring for Inclusion: apply"

    @property
    def iso(self) -> str:
        return self.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _standard(items: Sequence[Item], sent: Sent) -> bytes:
    questions = {(q.field, q.title): q for q in with_every_form().questions}
    answers: dict[str, object] = {}
    for item in items:
        question = questions.get((item.field, item.title))
        values = [chosen(question.options, text) or text if question else text for text in item.texts]
        if item.type == "yes or no" and values[:1] in (["true"], ["false"]):
            answers[item.key] = values[0] == "true"
        elif item.type in SEVERAL and values:
            answers[item.key] = values
        elif values:
            answers[item.key] = values[0]
        else:
            answers.setdefault(item.key, "")
    body = {"form_id": sent.form_id, "response_id": sent.response_id, "submitted_at": sent.iso, "answers": answers}
    return _json(body | ({"test": True} if sent.test else {}))


def _msforms(items: Sequence[Item], sent: Sent) -> bytes:
    response = {"responder": "anonymous", "submitDate": f"{sent.at:%-m/%-d/%Y %-I:%M:%S %p}"}
    for item in items:
        response[item.key] = json.dumps(item.texts, ensure_ascii=False) if item.type in SEVERAL else "".join(item.texts)
        if not item.texts:
            response[item.key] = ""
    body = {"formId": sent.form_id, "responseId": int(sent.response_id), "response": response}
    return _json(body | ({"test": True} if sent.test else {}))


def _typeform(items: Sequence[Item], sent: Sent) -> bytes:
    fields, answers = [], []
    for item in items:
        id_ = base64.urlsafe_b64encode(hashlib.sha256(item.key.encode()).digest())[:12].decode()
        field = {"id": id_, "ref": item.key, "type": _TYPEFORM_TYPES[item.type]}
        fields.append({**field, "title": item.title, "properties": {}})
        if not item.texts:
            continue
        answer: dict[str, object] = {"field": field}
        if item.type in SEVERAL:
            ids = [item.id_of(text) for text in item.texts]
            answer |= {"type": "choices", "choices": {"ids": ids, "labels": list(item.texts), "refs": ids}}
        elif item.options:
            id_ = item.id_of(item.texts[0])
            answer |= {"type": "choice", "choice": {"id": id_, "label": item.texts[0], "ref": id_}}
        else:
            type_ = item.type if item.type in {"email", "date", "number"} else "text"
            answer |= {"type": type_, type_: int(item.texts[0]) if type_ == "number" else item.texts[0]}
        answers.append(answer)
    if sent.test:
        for answer in answers:
            if answer["type"] == "email":
                answer["email"] = "an_account@example.com"
    response = {
        "form_id": sent.form_id,
        "token": sent.response_id,
        "landed_at": sent.iso,
        "submitted_at": sent.iso,
        "definition": {"id": sent.form_id, "title": sent.title, "fields": fields, "endings": []},
        "answers": answers,
        "ending": {"id": "DefaultTyScreen", "ref": "default_tys"},
    }
    return _json({"event_id": f"01KH{sent.response_id}", "event_type": "form_response", "form_response": response})


_TYPEFORM_TYPES = {
    "text": "short_text",
    "long text": "long_text",
    "email": "email",
    "choice": "multiple_choice",
    "multi": "multiple_choice",
    "yes or no": "multiple_choice",
    "ranked": "ranking",
    "date": "date",
    "number": "number",
}


def _tally(items: Sequence[Item], sent: Sent) -> bytes:
    fields: list[dict[str, object]] = []
    for item in items:
        options = [{"id": id_, "text": text} for id_, text in item.options]
        field: dict[str, object] = {"key": item.key, "label": item.title, "type": _TALLY_TYPES[item.type]}
        if not item.options:
            fields.append({**field, "value": item.texts[0] if item.texts else None})
            continue
        chosen_ids = [item.id_of(text) or text for text in item.texts]
        fields.append({**field, "value": chosen_ids or None, "options": options})
        if item.type in SEVERAL:
            for id_, text in item.options:
                label = f"{item.title} ({text})"
                fields.append({**field, "key": f"{item.key}_{id_}", "label": label, "value": id_ in chosen_ids})
    data = {
        "responseId": sent.response_id,
        "submissionId": sent.response_id,
        "respondentId": "w0W0w0",
        "formId": sent.form_id,
        "formName": f"TEST {sent.title}" if sent.test else sent.title,
        "createdAt": sent.iso,
        "fields": fields,
    }
    return _json(
        {"eventId": f"event-{sent.response_id}", "eventType": "FORM_RESPONSE", "createdAt": sent.iso, "data": data}
    )


_TALLY_TYPES = {
    "text": "INPUT_TEXT",
    "long text": "TEXTAREA",
    "email": "INPUT_EMAIL",
    "choice": "MULTIPLE_CHOICE",
    "multi": "CHECKBOXES",
    "yes or no": "MULTIPLE_CHOICE",
    "ranked": "RANKING",
    "date": "INPUT_DATE",
    "number": "INPUT_NUMBER",
}


def _jotform(items: Sequence[Item], sent: Sent) -> bytes:
    raw: dict[str, object] = {"slug": f"submit/{sent.form_id}", "submitSource": "form", "buildDate": "1770000000000"}
    for item in items:
        texts = [_escaped(text) for text in item.texts]
        if item.field == "full_name" and texts:
            first, _, last = texts[0].rpartition(" ")
            raw[item.key] = {"first": first, "last": last}
        elif item.type == "date" and texts:
            raw[item.key] = dict(zip(("year", "month", "day"), texts[0].split("-"), strict=True))
        else:
            raw[item.key] = texts if item.type in SEVERAL and texts else "".join(texts)
    raw |= {"event_id": f"1770000000000_{sent.form_id}_x", "timeToSubmit": "61", "path": f"/submit/{sent.form_id}"}
    pretty = ", ".join(f"{item.title}:{' '.join(item.texts)}" for item in items)
    fields = {
        "action": "",
        "webhookURL": f"https://mentoring.example.nhs.uk/webhooks/jotform/{PROGRAMME}/a-secret",
        "username": "exampleuser",
        "formID": sent.form_id,
        "type": "WEB",
        "formTitle": sent.title,
        "submissionID": sent.response_id,
        "rawRequest": json.dumps(raw).replace("/", "\\/"),
        "pretty": pretty,
        "ip": "203.0.113.20",
    }
    return multipart(fields | ({"preview": "true"} if sent.test else {}))


BOUNDARY = "------------------------M4deUpB0undaryM4deUp"


def multipart(fields: dict[str, str], newline: str = "\r\n") -> bytes:
    """Fields as a browser's form would send them."""
    parts = [
        f'--{BOUNDARY}{newline}Content-Disposition: form-data; name="{name}"{newline}{newline}{value}{newline}'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{BOUNDARY}--{newline}").encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#039;")


def _google(items: Sequence[Item], sent: Sent) -> bytes:
    listed = [
        {
            "id": int(hashlib.sha256(item.key.encode()).hexdigest()[:7], 16),
            "title": item.title,
            "type": "CHECKBOX" if item.type in SEVERAL else "MULTIPLE_CHOICE" if item.options else "TEXT",
            "value": list(item.texts) if item.type in SEVERAL else item.texts[0],
        }
        for item in items
        if item.texts
    ]
    body = {
        "formId": sent.form_id,
        "formTitle": sent.title,
        "responseId": sent.response_id,
        "submittedAt": sent.iso,
        "items": listed,
    }
    return _json(body | ({"test": True} if sent.test else {}))


def google_columns(items: Sequence[Item], sent: Sent) -> bytes:
    """The event of a script on the answers' sheet."""
    columns: dict[str, list[str]] = {"Timestamp": [f"{sent.at:%d/%m/%Y %H:%M:%S}"]}
    for item in items:
        columns.setdefault(item.title, []).append(", ".join(item.texts))
    values = [value for column in columns.values() for value in column]
    event = {"authMode": "FULL", "namedValues": columns, "range": {"rowStart": 4, "rowEnd": 4}, "source": {}}
    return _json(event | {"triggerUid": "100200300", "values": values})


def _smartsurvey(items: Sequence[Item], sent: Sent) -> bytes:
    return b"[" + smartsurvey_row(items, sent) + b"]"


def smartsurvey_row(items: Sequence[Item], sent: Sent) -> bytes:
    """One response of a batch."""
    questions = []
    if sent.test:
        items = [replace(i, answer=f"TEST {i.answer}") if i.field == "full_name" else i for i in items]
    for place, item in enumerate(items, start=1):
        answers: list[dict[str, object]] = [{"id": place, "type": "text", "value": text} for text in item.texts]
        if item.options:
            kind = "checkbox" if item.type in SEVERAL else "radio"
            answers = [
                {"id": place, "type": kind, "choice_title": text, "choice_id": item.id_of(text)} for text in item.texts
            ]
        question = {"id": int(item.key), "title": item.title, "type": "open_ended", "position": place}
        questions.append({**question, "answers": answers})
    return _json(
        {
            "id": int(sent.response_id),
            "survey_id": int(sent.form_id),
            "date_started": sent.iso,
            "date_ended": sent.iso,
            "date_modified": sent.iso,
            "status": "completed",
            "ip_address": "203.0.113.20",
            "pages": [{"id": 1001, "title": "Apply", "position": 1, "questions": questions}],
        }
    )


def _gravity(items: Sequence[Item], sent: Sent) -> bytes:
    entry: dict[str, object] = {
        "id": sent.response_id,
        "form_id": sent.form_id,
        "post_id": None,
        "date_created": f"{sent.at:%Y-%m-%d %H:%M:%S}",
        "is_starred": "0",
        "ip": "203.0.113.30",
        "source_url": "https://www.example.org/" + (f"?gf_page=preview&id={sent.form_id}" if sent.test else "apply/"),
        "status": "active",
    }
    for item in items:
        if item.field == "full_name" and item.texts:
            first, _, last = item.texts[0].rpartition(" ")
            entry |= {f"{item.key}.2": "", f"{item.key}.3": first, f"{item.key}.6": last}
        elif item.field == "consent":
            ticked = bool(item.texts)
            entry |= {
                f"{item.key}.1": "1" if ticked else "",
                f"{item.key}.2": "".join(item.texts),
                f"{item.key}.3": "4",
            }
        elif item.type == "multi":
            for place, (_, text) in enumerate(item.options, start=1):
                entry[f"{item.key}.{place}"] = text if text in item.texts else ""
        else:
            entry[item.key] = ",".join(item.texts)
    return _json(entry)


def urlencoded(body: bytes) -> bytes:
    """A JSON object of texts as Gravity Forms' other format writes it."""
    pairs = [(key, "" if value is None else str(value)) for key, value in json.loads(body).items()]
    return "&".join(f"{quote(key)}={quote(value)}" for key, value in pairs).encode()


def _govuk(items: Sequence[Item], sent: Sent) -> bytes:
    answers = []
    for item in items:
        answer: dict[str, Any] = {"question_id": item.key, "question_text": item.title}
        if item.field == "full_name" and item.texts:
            first, _, last = item.texts[0].rpartition(" ")
            answer |= {"first_name": first, "last_name": last}
        if item.type in SEVERAL:
            answer["selections"] = list(item.texts)
        answers.append({**answer, "answer_text": ", ".join(item.texts)})
    body = {
        "form_name": sent.title,
        "form_id": sent.form_id,
        "submission_reference": sent.response_id,
        "submitted_at": sent.iso.replace("Z", ".000Z"),
        "answers": answers,
    }
    return _json(body | ({"test": True} if sent.test else {}))


def _signs_standard(body: bytes, secret: str) -> dict[str, str]:
    now = datetime.now(UTC)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = str(int(now.timestamp()))
    signed = hmac.new(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    if not body.strip(b"\0") or not _is_utf8(body):  # the library signs only what is text
        signature = f"v1,{base64.b64encode(signed).decode()}"
    else:
        signature = Webhook(secret).sign("msg_1", now, body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _hmac(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Sender:
    """One provider, seen from outside. ``header`` is where its proof stands; '' if nothing sends it over a network.

    What it sends: ``titled``, each question with its title; ``with_ids``, each option with its id; ``timed``, when the
    form was sent. ``key`` is a key of a question of this name.
    """

    name: str
    header: str
    written: Callable[[Sequence[Item], Sent], bytes]
    proof: Callable[[bytes, str], dict[str, str]]
    signs: bool = False
    titled: bool = False
    with_ids: bool = False
    timed: bool = True
    key: Callable[[str], str] = str

    @property
    def secret(self) -> str:
        """The local secret."""
        return app_settings(ports({}))[f"WEBHOOK_SECRETS__{self.name.upper()}"]

    @property
    def form_id(self) -> str:
        return with_every_form().form_ids[self.name]

    def sent(self, **around: Any) -> Sent:
        """What stands around the answers, with some of it changed."""
        return Sent(**({"form_id": self.form_id} | around))

    def body(self, items: Sequence[Item], **around: Any) -> bytes:
        """The form as the provider writes it down."""
        return self.written(items, self.sent(**around))

    def headers(self, body: bytes, secret: str = "") -> dict[str, str]:
        """Its proof, with its own names of headers."""
        return self.proof(body, secret or self.secret)


def _in_header(_: bytes, secret: str) -> dict[str, str]:
    return {"x-webhook-secret": secret}


ALL = {
    sender.name: sender
    for sender in (
        Sender("standard", "webhook-signature", _standard, _signs_standard, signs=True),
        Sender("msforms", "x-webhook-secret", _msforms, _in_header, key=lambda name: f"r_{name}"),
        Sender(
            "typeform",
            "typeform-signature",
            _typeform,
            lambda body, secret: {"typeform-signature": f"sha256={base64.b64encode(_hmac(body, secret)).decode()}"},
            signs=True,
            titled=True,
            with_ids=True,
        ),
        Sender(
            "tally",
            "tally-signature",
            _tally,
            lambda body, secret: {"tally-signature": base64.b64encode(_hmac(body, secret)).decode()},
            signs=True,
            titled=True,
            with_ids=True,
        ),
        Sender(
            "jotform",
            SECRET_IN_ADDRESS,
            _jotform,
            lambda _, secret: {SECRET_IN_ADDRESS: secret},
            timed=False,
            key=lambda name: f"q99_{name}",
        ),
        Sender("google", "x-webhook-secret", _google, _in_header, titled=True),
        Sender(
            "smartsurvey",
            "x-smartsurvey-signature",
            _smartsurvey,
            lambda body, secret: {"x-smartsurvey-signature": _hmac(body, secret).hex()},
            signs=True,
            titled=True,
            with_ids=True,
            key=lambda _: "99",
        ),
        Sender("gravity", "x-webhook-secret", _gravity, _in_header, key=lambda _: "99"),
        Sender("govuk", "", _govuk, lambda *_: {}, titled=True),
    )
}
