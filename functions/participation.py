"""A participant's own page."""

from typing import TYPE_CHECKING

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.domain.answers import email_problem
from shared.domain.application import LineManager
from shared.domain.text import clean
from shared.errors import TemporaryFailure

if TYPE_CHECKING:
    from shared.composition import App
    from shared.services.participation import OwnPage

bp = func.Blueprint()

_LONGEST_NAME = 200


@bp.function_name("own_page")
@bp.route("me/{token}", methods=["GET", "HEAD", "POST"])
async def own_page(req: func.HttpRequest) -> func.HttpResponse:
    """Show where things stand, or do what the form asks and show it again."""
    app = bootstrap.get_app()
    token = req.route_params["token"]
    given: dict[str, str] = {}
    try:
        if req.method != "POST":
            page = await app.own_pages.page(token)
        elif pages.from_elsewhere(req):
            return pages.forged(app)
        else:
            given = pages.fields(req)
            page = await _act(app, token, given)
    except TemporaryFailure:
        return pages.try_later(app)
    return (
        pages.respond(app, "own", {"page": page, "given": given if page.problem else {}})
        if page
        else pages.unknown_link(app)
    )


async def _act(app: "App", token: str, given: dict[str, str]) -> "OwnPage | None":
    match given.get("action"):
        case "choose_session":
            return await app.own_pages.choose_session(token, given.get("session", ""))
        case "leave_session":
            return await app.own_pages.choose_session(token, given.get("session", ""), leave=True)
        case "withdraw":
            return await app.own_pages.withdraw(token)
        case "name_manager":
            email = clean(given.get("manager_email", ""))
            problem = email_problem(email)
            if problem:
                return await app.own_pages.page(token, problem=problem)
            name = clean(given.get("manager_name", ""))[:_LONGEST_NAME]
            return await app.own_pages.name_manager(token, LineManager(name, email))
        case _:
            return await app.own_pages.page(token, problem="Choose what you would like to do.")
