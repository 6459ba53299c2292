"""The page by which the people of a board begin the form that their sponsor has invited them to."""

import azure.functions as func

from functions import apply, pages
from shared import bootstrap
from shared.errors import LostRace, TemporaryFailure

bp = func.Blueprint()


@bp.function_name("join_board")
@bp.route("join/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def join(req: func.HttpRequest) -> func.HttpResponse:
    """Show who has invited whom, or begin the form."""
    app = bootstrap.get_app()
    token = pages.token(req)
    try:
        if req.method == "POST":
            if pages.from_elsewhere(req):
                return pages.forged(app)
            came_by = req.headers.get("X-Forwarded-For", "")
            begun = await app.boards.start(token, pages.all_fields(req), forwarded_for=came_by)
            if begun is not None:
                return apply.front(app, *begun)
        page = await app.boards.page(token)
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if page is None:
        return await pages.dead_link(app, token)
    return pages.respond(app, "join", {"page": page})
