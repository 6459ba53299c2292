"""The page with evaluation questions: one person, one wave."""

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.errors import LostRace, TemporaryFailure

bp = func.Blueprint()


@bp.function_name("evaluation")
@bp.route("evaluations/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def evaluation(req: func.HttpRequest) -> func.HttpResponse:
    """Show the questions, or store the answers and thank."""
    app = bootstrap.get_app()
    token = pages.token(req)
    try:
        if req.method == "POST":
            if pages.from_elsewhere(req):
                return pages.forged(app)
            page = await app.evaluations.answer(token, pages.all_fields(req))
        else:
            page = await app.evaluations.page(token)
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if page is None:
        return await pages.dead_link(app, token)
    return pages.respond(app, "evaluation", {"page": page, "errors": page.problems})
