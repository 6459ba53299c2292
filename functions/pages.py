"""How every page answers: security headers, form fields, and the page for links that open nothing."""

import gzip
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import azure.functions as func

from shared import bootstrap
from shared.errors import ServiceError, UnreadableRow, explained

if TYPE_CHECKING:
    from shared.composition.root import App

logger = logging.getLogger(__name__)

type Door = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]

_MOST_FIELDS = 100
# Below this the header of a compressed body would cost more than it saves.
_WORTH_COMPRESSING = 1_000
_QUICKLY = 5
# Two long answers in a script of three bytes a letter, each byte written as three characters.
_LARGEST_FORM = 256 * 1024
# A full stop, a bracket or a space: nothing that a token is made of.
_AROUND_A_TOKEN = re.compile(r"\A[^A-Za-z0-9_-]+|[^A-Za-z0-9_-]+\Z")

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def respond(
    app: "App",
    name: str,
    values: Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    *,
    own_origin: bool = False,
) -> func.HttpResponse:
    """A rendered page. Links are secrets, so nothing may store, embed, index or pass on its address.

    ``own_origin``: its address is no secret, and its forms are to say where they come from.
    """
    headers = {
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "no-store",
        # With 'no-referrer' a browser does not even tell us that a form came from our own page.
        "Referrer-Policy": "same-origin" if own_origin else "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
    }
    return func.HttpResponse(
        app.renderer.page(name, values), status_code=status, headers=headers, mimetype="text/html", charset="utf-8"
    )


def compressed(door: Door) -> Door:
    """The door, whose answers leave compressed if the browser takes that: Functions itself compresses nothing.

    What is told of by the length of a compressed page is a secret beside a text of a stranger's choice. No page has
    both: what a page is sent it shows to nobody but its sender, and its forms are not taken from elsewhere.
    """

    @wraps(door)
    async def answering(req: func.HttpRequest) -> func.HttpResponse:
        answer = await door(req)
        body = answer.get_body()
        if len(body) < _WORTH_COMPRESSING or not takes_gzip(req):
            return answer
        headers = {**answer.headers, "Content-Encoding": "gzip"}
        return func.HttpResponse(
            gzip.compress(body, _QUICKLY, mtime=0),
            status_code=answer.status_code,
            headers=headers,
            mimetype=answer.mimetype,
            charset=answer.charset,
        )

    return answering


def limited(door: Door) -> Door:
    """The door, to which no form comes that is far too long or cannot be read, and that answers whatever happens.

    Whoever pastes a whole book is told so: taken for no form at all, it would be an empty answer, which may be allowed.
    A fault behind the door is a page of ours too, in words and with the headers of every page.
    """

    @wraps(door)
    async def answering(req: func.HttpRequest) -> func.HttpResponse:
        app = bootstrap.get_app()
        if req.method == "POST" and len(req.get_body()) > _LARGEST_FORM:
            return message(
                app,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "What you sent is too long",
                "We could not take it, and nothing was changed: what you sent before is still there.",
                "Go back in your browser: what you typed is usually still in the page. Shorten it, to 4,000 "
                "characters at most for each answer, and send it again. If you do not get through, write to us.",
            )
        unreadable = _unreadable(req.get_body()) if req.method == "POST" else ""
        if unreadable:
            return message(
                bootstrap.get_app(),
                HTTPStatus.BAD_REQUEST,
                "We could not read what you sent",
                f"{unreadable} Nothing was changed: what you sent before is still there.",
                "Open the page again in your browser and send it from there. If that does not help, write to us.",
            )
        try:
            return await door(req)
        except UnreadableRow as exc:
            logger.error("a page waits for a row to be mended: %s", exc.reason)  # noqa: TRY400 -- nothing is broken
            return looked_at(app, HTTPStatus.SERVICE_UNAVAILABLE)
        except ServiceError as exc:
            logger.error("a page cannot be shown: %s", exc.reason)  # noqa: TRY400 -- raised on purpose
            return try_later(app)
        except Exception as exc:  # noqa: BLE001 -- whatever the fault is, a person is told in words
            # No traceback: it can quote what somebody typed.
            logger.error("a page fails: %s at %s", explained(exc), _where(exc))  # noqa: TRY400
            return looked_at(app, HTTPStatus.INTERNAL_SERVER_ERROR)

    return answering


def _unreadable(body: bytes) -> str:
    """Why a body cannot be read as the form of one of our pages, or ''. No page's form is sent in any other way."""
    if body.count(b"&") >= _MOST_FIELDS:
        return f"It had more than {_MOST_FIELDS} fields, which is more than any of our pages has."
    try:
        text = body.decode().strip()
    except UnicodeDecodeError:
        return "It was not in UTF-8, or it was compressed."
    if text.startswith("--"):
        return "It was sent as a form with files, and our pages take no files."
    return "It was not the form of one of our pages." if text and "=" not in text else ""


def looked_at(app: "App", status: HTTPStatus) -> func.HttpResponse:
    """For what a person has to mend before the page can be shown."""
    return message(
        app,
        status,
        "Sorry, we cannot show this page at the moment",
        "Something in our records has to be put right first. The programme team is told, and we are looking at it.",
        "Nothing you sent before has been lost. Please try the same link again tomorrow, or write to us.",
    )


def _where(exc: Exception) -> str:
    """The file and line of a fault, for whoever mends it."""
    frame = exc.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}" if frame else "nowhere"


def takes_gzip(req: func.HttpRequest) -> bool:
    """Whether the browser says that it reads gzip."""
    offers = (offer.replace(" ", "").lower() for offer in req.headers.get("Accept-Encoding", "").split(","))
    return any(offer == "gzip" or (offer.startswith("gzip;q=") and not _is_zero(offer[7:])) for offer in offers)


def _is_zero(quality: str) -> bool:
    return not quality.strip("0.")


def message(app: "App", status: HTTPStatus, heading: str, *paragraphs: str) -> func.HttpResponse:
    """A page that only says something."""
    values = {"title": heading, "heading": heading, "paragraphs": list(paragraphs), **_of_no_programme(app)}
    return respond(app, "message", values, status)


async def dead_link(app: "App", token: str) -> func.HttpResponse:
    """For a link that opens nothing: what is wrong with it, as far as that can be told, and what to do next."""
    # Only here, so that the services are loaded with the app, at the first call.
    from shared.services.applications.dead_links import DeadLink

    match await app.dead_links.reason(token):
        case DeadLink.INCOMPLETE:
            return message(
                app,
                HTTPStatus.NOT_FOUND,
                "This link is not complete",
                "Part of the address is missing: mail programmes sometimes break long links in two.",
                "Open the link from the mail again, or copy the whole address from the mail into your browser.",
            )
        case DeadLink.REPLACED:
            return message(
                app,
                HTTPStatus.GONE,
                "This link has been replaced",
                "You were sent a newer one. Look for our newest mail to you and use the link in it.",
            )
        case DeadLink.REPLACED_BEFORE:
            return respond(app, "expired", {**_of_no_programme(app), "replaced": True}, HTTPStatus.GONE)
        case DeadLink.OWN_PAGE_EXPIRED:
            return respond(app, "expired", {**_of_no_programme(app), "replaced": False}, HTTPStatus.GONE)
        case DeadLink.RETURNING_EXPIRED:
            return message(
                app,
                HTTPStatus.GONE,
                "This link has expired",
                "Links to the details of people who took part before work for two weeks or so.",
                "Ask for a new one on the page where you asked for this one.",
            )
        case DeadLink.EXPIRED:
            return message(
                app,
                HTTPStatus.GONE,
                "This link has expired",
                "The programme it belongs to has ended, so there is nothing more you need to do here.",
                "If you think that is wrong, write to us.",
            )
        case DeadLink.UNKNOWN:
            return message(
                app,
                HTTPStatus.NOT_FOUND,
                "This link does not work",
                "Open the link from the mail again, or copy the whole address from the mail into your browser.",
                "If you were sent a newer mail, use the link in that one: it replaces the links in earlier mails.",
                "If it still does not work, reply to the mail: a person reads it.",
            )


def new_link_sent(app: "App") -> func.HttpResponse:
    """After a new link was asked for; it never says where the mail went."""
    return message(
        app,
        HTTPStatus.OK,
        "We have sent you a new link",
        "It is in a mail to the address that we have for you. It should be there within a few minutes.",
        "If it is not, look in your junk mail. We send one new link an hour at most.",
    )


def too_often(app: "App") -> func.HttpResponse:
    """After a new link was asked for again and again on one day."""
    return message(
        app,
        HTTPStatus.TOO_MANY_REQUESTS,
        "We have sent you several new links today",
        "They are in mails to the address that we have for you; the newest one works. Look in your junk mail too.",
        "If none of them arrives, write to us. You can ask for another one tomorrow.",
    )


def file(body: str, name: str, mimetype: str) -> func.HttpResponse:
    """A file to be kept, which nothing in between may keep."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
    }
    return func.HttpResponse(body, headers=headers, mimetype=mimetype, charset="utf-8")


def _of_no_programme(app: "App") -> dict[str, Any]:
    """Whom to write to, and the look of a page, where nobody knows which programme it is about."""
    known = [programme for id_ in app.programmes.ids() if (programme := app.programmes.file(id_))]
    return {
        "contacts": known[0].contacts.form_support if known else (),
        # The logo of the NHS is shown only where every programme may show it.
        "branding": "nhs" if all(programme.branding == "nhs" for programme in known) else "plain",
    }


def try_later(app: "App") -> func.HttpResponse:
    """For the moments when storage does not answer."""
    return message(
        app,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Sorry, this is not working at the moment",
        "If you sent an answer just now, it was not saved. What you sent before is safe. Wait a few minutes and try "
        "again from the same link.",
    )


def token(req: func.HttpRequest) -> str:
    """The token in the address, without what a sentence or a mail program may have put around a link."""
    return _AROUND_A_TOKEN.sub("", req.route_params["token"])


def programme_id(app: "App", req: func.HttpRequest) -> str:
    """The programme in the address by its own id: addresses are typed in capitals, and with a full stop after them."""
    typed = _AROUND_A_TOKEN.sub("", req.route_params["programme"]).casefold()
    return next((id_ for id_ in app.programmes.ids() if id_.casefold() == typed), typed)


def fields(req: func.HttpRequest) -> dict[str, str]:
    """The fields of a form, the last value of each; {} if the body is no form."""
    return {name: values[-1] for name, values in all_fields(req).items()}


def all_fields(req: func.HttpRequest) -> dict[str, list[str]]:
    """The fields of a form with every value of each; {} if the body is no form."""
    try:
        return parse_qs(req.get_body().decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        return {}


def cookies(req: func.HttpRequest) -> dict[str, str]:
    """The cookies that came with a request; garbled ones are left out."""
    pairs = (pair.partition("=") for pair in req.headers.get("Cookie", "").split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def go_to(address: str) -> func.HttpResponse:
    """Leads a browser to another page of ours; refreshing that one sends nothing again."""
    headers = {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return func.HttpResponse(status_code=HTTPStatus.SEE_OTHER, headers=headers)


def from_elsewhere(req: func.HttpRequest, *, own_origin: bool = False) -> bool:
    """Whether a browser says that another site sent this form.

    Older browsers say it with the origin alone. They say 'null' for pages that ask for no referrer: those are fine
    unless the page's forms say where they come from (``own_origin``, see ``respond``).
    """
    site = req.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = req.headers.get("Origin")
    if origin is None:
        return False
    if origin == "null":
        return own_origin
    return str(origin).partition("://")[2].lower() != str(req.headers.get("Host", "")).lower()


def forged(app: "App") -> func.HttpResponse:
    """The answer to a form that another site sent."""
    return message(
        app,
        HTTPStatus.FORBIDDEN,
        "Please open the link from your mail",
        "This form was sent from another site, so nothing was changed. Open the link in your mail and answer there.",
    )
