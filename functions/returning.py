"""For people who took part before: asking for a link to their details, and the page that the link opens."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.domain.addresses import email_problem
from shared.domain.text import clean
from shared.errors import LostRace, TemporaryFailure

if TYPE_CHECKING:
    from shared.composition.root import App

bp = func.Blueprint()


@bp.function_name("returning")
@bp.route("returning/{programme}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def returning(req: func.HttpRequest) -> func.HttpResponse:
    """Ask for an address; whether or not it is known, the answer is the same."""
    app = bootstrap.get_app()
    id_ = pages.programme_id(app, req)
    programme = app.returning.programme(id_)
    given: dict[str, str] = {}
    errors: list[tuple[str, str]] = []
    saved = False
    try:
        page = await app.returning.asking(id_)
        if programme is None or page is None:
            return pages.message(
                app,
                HTTPStatus.NOT_FOUND,
                "There is no programme at this address",
                "Check the address against the page or mail that you have it from.",
            )
        if req.method == "POST" and page.takes_applications:
            if pages.from_elsewhere(req):
                return pages.forged(app)
            given = pages.fields(req)
            email = clean(given.get("email", ""))
            problem = email_problem(email)
            if problem:
                errors = [("email", problem)]
            # People do not see this field; what fills it in is told the same.
            elif not given.get("website") and not await app.returning.ask(
                programme, email, forwarded_for=req.headers.get("X-Forwarded-For", "")
            ):
                return _too_many(app)
            saved = not errors
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    values = {
        "page": page,
        "errors": errors,
        "given": given if errors else {},
        "saved": saved,
    }
    return pages.respond(app, "returning", values)


def _too_many(app: "App") -> func.HttpResponse:
    return pages.message(
        app,
        HTTPStatus.TOO_MANY_REQUESTS,
        "Very many links were asked for from your network today",
        "To keep programs out, we take no more from there until tomorrow, whichever address is typed. If you are not "
        "the one who asked for them, try from another network, such as your phone's.",
        "You can also apply with the form like everybody else, or write to us: we help you to take part again.",
    )


@bp.function_name("welcome_back")
@bp.route("welcome-back/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def welcome_back(req: func.HttpRequest) -> func.HttpResponse:
    """Show the stored details, or take in the application made of them."""
    app = bootstrap.get_app()
    token = pages.token(req)
    try:
        if req.method != "POST":
            page = await app.returning.page(token)
        elif pages.from_elsewhere(req):
            return pages.forged(app)
        else:
            page = await app.returning.apply(token, pages.all_fields(req))
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if page is None:
        return await pages.dead_link(app, token)
    return pages.respond(app, "welcome-back", {"page": page})
