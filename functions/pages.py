"""How every page answers: security headers, form fields, and the page for links that open nothing."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import azure.functions as func

if TYPE_CHECKING:
    from shared.composition import App


_MOST_FIELDS = 50
_LARGEST_FORM = 64 * 1024


def respond(app: "App", name: str, values: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> func.HttpResponse:
    """A rendered page. Links are secrets, so nothing may store, embed, index or pass on its address."""
    renderer = app.renderer
    headers = {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {renderer.style_hash}; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
    }
    return func.HttpResponse(
        renderer.page(name, values), status_code=status, headers=headers, mimetype="text/html", charset="utf-8"
    )


def message(app: "App", status: HTTPStatus, heading: str, *paragraphs: str) -> func.HttpResponse:
    """A page that only says something."""
    contacts = next(
        (known.contacts.form_support for id_ in app.programmes.ids() if (known := app.programmes.file(id_))), ()
    )
    values = {"title": heading, "heading": heading, "paragraphs": list(paragraphs), "contacts": contacts}
    return respond(app, "message", values, status)


def unknown_link(app: "App") -> func.HttpResponse:
    """For links that are wrong, cut short, replaced by a newer one, or of somebody who was erased."""
    return message(
        app,
        HTTPStatus.NOT_FOUND,
        "This link does not work",
        "Mail programmes sometimes break long links. Open the link from the mail again, or copy the whole address.",
        "If you were sent a newer mail, use the link in that one: it replaces the links in earlier mails.",
    )


def try_later(app: "App") -> func.HttpResponse:
    """For the moments when storage does not answer."""
    return message(
        app,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Sorry, this is not working at the moment",
        "Nothing you sent has been lost or half done. Wait a few minutes and try again from the same link.",
    )


def fields(req: func.HttpRequest) -> dict[str, str]:
    """The fields of a form, the last value of each; {} if the body is no form."""
    body = req.get_body()
    if len(body) > _LARGEST_FORM:
        return {}
    try:
        parsed = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        return {}
    return {name: values[-1] for name, values in parsed.items()}


def from_elsewhere(req: func.HttpRequest) -> bool:
    """Whether a browser says that another site sent this form."""
    return req.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def forged(app: "App") -> func.HttpResponse:
    """The answer to a form that another site sent."""
    return message(
        app,
        HTTPStatus.FORBIDDEN,
        "Please open the link from your mail",
        "This form was sent from another site, so nothing was changed. Open the link in your mail and answer there.",
    )
