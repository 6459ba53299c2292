"""Our own form: ``/apply/{programme}`` and its pages. What is stored and where to go is decided in the service.

The browser keeps one secret in a cookie, nothing else; the answers lie on the server. Every page that was accepted
answers with the address of the next one, so that refreshing sends nothing twice.
"""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.errors import LostRace, TemporaryFailure

if TYPE_CHECKING:
    from shared.composition.root import App
    from shared.services.form.own_form import Answer, Started, TooMany
    from shared.services.form.views import FrontPage

bp = func.Blueprint()

_A_DAY = 24 * 60 * 60


@bp.function_name("apply")
@bp.route("apply/{programme}/{page?}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def apply(req: func.HttpRequest) -> func.HttpResponse:
    """Show a page of the form, or store what it was sent and lead on."""
    app = bootstrap.get_app()
    programme, page = pages.programme_id(app, req), req.route_params.get("page") or ""
    secret = pages.cookies(req).get(_cookie_name(app, programme), "")
    came_by = req.headers.get("X-Forwarded-For", "")
    try:
        if req.method == "POST" and pages.from_elsewhere(req, own_origin=True):
            return pages.forged(app)
        if not page:
            if req.method != "POST":
                return front(app, programme, await app.own_form.front(programme, secret))
            given = pages.all_fields(req)
            return front(app, programme, await app.own_form.start(programme, secret, given, forwarded_for=came_by))
        known = app.programmes.file(programme)
        if known is None:
            return _no_programme(app)
        if req.method == "POST":
            given = pages.all_fields(req)
            shown = await app.own_form.save(programme, page, secret, given, forwarded_for=came_by)
        else:
            shown = await app.own_form.page(programme, page, secret, seen=req.params.get("seen", ""))
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if shown is None and not app.own_form.has_page(known, page):
        return _lost(app, programme, never_was=True)
    return _page(app, programme, page, shown)


def front(app: "App", programme: str, found: "FrontPage | Started | TooMany | None") -> func.HttpResponse:
    """The first page, or where somebody goes who has begun."""
    from shared.services.form.own_form import Started, TooMany

    if found is None:
        return _no_programme(app)
    if isinstance(found, TooMany):
        return pages.message(
            app,
            HTTPStatus.TOO_MANY_REQUESTS,
            "Very many applications were begun from your network today",
            "To keep programs out, we take no more from there until tomorrow. If you are not the one who began them, "
            "try from another network, such as your phone's, or write to us: we help you to apply.",
        )
    if isinstance(found, Started):
        answer = pages.go_to(f"/apply/{programme}/{found.page}")
        answer.headers["Set-Cookie"] = _cookie(app, programme, found.cookie, keep=found.keep)
        return answer
    return pages.respond(app, "apply-front", {"page": found}, own_origin=True)


def _page(app: "App", programme: str, asked_for: str, found: "Answer | None") -> func.HttpResponse:
    from shared.services.form.own_form import EQUALITY, SENT, Deleted, Go
    from shared.services.form.views import DeletePage, EqualityPage, SentPage, WhosePage

    match found:
        case None:
            return _lost(app, programme, after_sending=asked_for in {SENT, EQUALITY})
        case Go(page=page):
            return pages.go_to(f"/apply/{programme}/{page}")
        case SentPage():
            return pages.respond(app, "apply-sent", {"page": found}, own_origin=True)
        case EqualityPage():
            return pages.respond(app, "apply-equality", {"page": found}, own_origin=True)
        case WhosePage():
            return pages.respond(app, "apply-continue", {"page": found}, own_origin=True)
        case DeletePage():
            return pages.respond(app, "apply-delete", {"page": found}, own_origin=True)
        case Deleted():
            answer = pages.respond(app, "apply-deleted", {"page": found}, own_origin=True)
            answer.headers["Set-Cookie"] = _cookie(app, programme, "", forget=True)
            return answer
        case _:
            return pages.respond(app, "apply-page", {"page": found}, own_origin=True)


def _lost(app: "App", programme: str, *, never_was: bool = False, after_sending: bool = False) -> func.HttpResponse:
    """For a page whose answers are gone, or whose cookie did not come back; or for one that the form never had.

    Nobody knows any more whether anything was sent: a draft is deleted either way.
    """
    known = app.programmes.file(programme)
    values = {
        "programme": known.name if known else "",
        "programme_id": programme,
        "branding": known.branding if known else "plain",
        "contacts": known.contacts.form_support if known else (),
        "never_was": never_was,
        "after_sending": after_sending,
    }
    status = HTTPStatus.NOT_FOUND if never_was else HTTPStatus.GONE
    return pages.respond(app, "apply-lost", values, status, own_origin=True)


def _no_programme(app: "App") -> func.HttpResponse:
    return pages.message(
        app,
        HTTPStatus.NOT_FOUND,
        "There is no programme at this address",
        "Check the address against the page or mail that you have it from. It may have been cut short.",
    )


def _cookie_name(app: "App", programme: str) -> str:
    """Browsers take ``__Host-`` from this site alone and over HTTPS only; a laptop's platform has no HTTPS."""
    return f"__Host-apply-{programme}" if app.tokens.secure else f"apply-{programme}"


def _cookie(app: "App", programme: str, secret: str, *, keep: bool = False, forget: bool = False) -> str:
    """What the browser is to keep: for a day if its owner said so, else until it is closed."""
    secure = "; Secure" if app.tokens.secure else ""
    age = f"; Max-Age={0 if forget else _A_DAY}" if keep or forget else ""
    return f"{_cookie_name(app, programme)}={secret}; Path=/{age}; HttpOnly; SameSite=Lax{secure}"
