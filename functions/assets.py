"""Stylesheet, script and icons of the pages. Their address changes with them, so browsers keep them for a year."""

from http import HTTPStatus

import azure.functions as func

from functions import pages
from shared import bootstrap

bp = func.Blueprint()

_FOR_A_YEAR = "public, max-age=31536000, immutable"


@bp.function_name("assets")
@bp.route("assets/{version}/{name}", methods=["GET", "HEAD"])
async def assets(req: func.HttpRequest) -> func.HttpResponse:
    """One file. Under the address of another version it is the present one, which nobody may keep."""
    found = bootstrap.get_app().assets.get(req.route_params["version"], req.route_params["name"])
    if found is None:
        return func.HttpResponse(status_code=HTTPStatus.NOT_FOUND, headers={"Cache-Control": "no-store"})
    headers = {
        "Cache-Control": _FOR_A_YEAR if found.current else "no-store",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    body = found.content
    if pages.takes_gzip(req):
        headers["Content-Encoding"] = "gzip"
        body = found.compressed
    return func.HttpResponse(body, headers=headers, mimetype=found.mimetype, charset="utf-8")
