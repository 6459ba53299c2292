"""For people who would like to hear of the next cohort: asking to be told, and leaving the list."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.errors import LostRace, TemporaryFailure

if TYPE_CHECKING:
    from shared.composition.root import App

bp = func.Blueprint()


@bp.function_name("interest")
@bp.route("interest/{programme}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def interest(req: func.HttpRequest) -> func.HttpResponse:
    """Ask for a name, an address and a role; whoever is on the list already is answered the same."""
    app = bootstrap.get_app()
    id_ = pages.programme_id(app, req)
    given: dict[str, str] = {}
    try:
        page = await app.interest.page(id_)
        if page is not None and req.method == "POST" and not page.over:
            if pages.from_elsewhere(req, own_origin=True):
                return pages.forged(app)
            given = pages.fields(req)
            # People do not see this field; what fills it in is told the same.
            if not given.get("website"):
                page = await app.interest.take(id_, given, forwarded_for=req.headers.get("X-Forwarded-For", ""))
                if page is None:
                    return _too_many(app)
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if page is None:
        return pages.message(
            app,
            HTTPStatus.NOT_FOUND,
            "There is no programme at this address",
            "Check the address against the page or mail that you have it from.",
        )
    return pages.respond(app, "interest", {"page": page, "given": given}, own_origin=True)


@bp.function_name("leave_interest")
@bp.route("leave/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def leave(req: func.HttpRequest) -> func.HttpResponse:
    """Ask whether somebody wants to leave the list, and do it when they say so."""
    app = bootstrap.get_app()
    token = pages.token(req)
    try:
        if req.method != "POST":
            page = await app.interest.leaving(token)
        elif pages.from_elsewhere(req):
            return pages.forged(app)
        else:
            page = await app.interest.leave(token)
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if page is None:
        return await pages.dead_link(app, token)
    return pages.respond(app, "interest-leave", {"page": page})


def _too_many(app: "App") -> func.HttpResponse:
    return pages.message(
        app,
        HTTPStatus.TOO_MANY_REQUESTS,
        "Very many people asked to be told from your network today",
        "To keep programs out, we take no more from there until tomorrow. If you are not the one who asked, try from "
        "another network, such as your phone's.",
    )
