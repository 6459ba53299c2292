"""The page on which somebody says whether the partner they are offered is right."""

import azure.functions as func

from functions import pages
from shared import bootstrap
from shared.domain.pairs import PartnerAnswer
from shared.errors import LostRace, TemporaryFailure

bp = func.Blueprint()

_ANSWERS = {
    "yes": PartnerAnswer.YES,
    "no": PartnerAnswer.NO,
    "know_each_other": PartnerAnswer.KNOW_EACH_OTHER,
    "talk": PartnerAnswer.TALK,
}


@bp.function_name("partner")
@bp.route("partner/{token}", methods=["GET", "HEAD", "POST"])
@pages.compressed
@pages.limited
async def partner(req: func.HttpRequest) -> func.HttpResponse:
    """Show the offer, or store an answer and show what it led to."""
    app = bootstrap.get_app()
    token = pages.token(req)
    says: PartnerAnswer | None = None
    try:
        if req.method == "POST":
            if pages.from_elsewhere(req):
                return pages.forged(app)
            says = _ANSWERS.get(pages.fields(req).get("answer", ""))
        view = await (app.partners.view(token) if says is None else app.partners.answer(token, says))
    except (TemporaryFailure, LostRace):
        return pages.try_later(app)
    if view is None:
        return await pages.dead_link(app, token)
    asked = req.method == "POST" and says is None and view.state == "open"
    values = {
        "view": view,
        "errors": [("answer", "Choose whether this partner is right for you.")] if asked else [],
        # A press that came too late changed nothing, and is not thanked for.
        "saved": says is not None and (says == view.says or view.says is None),
    }
    return pages.respond(app, "partner", values)
