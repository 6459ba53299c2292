"""Is the app able to work?"""

import json
import logging
from http import HTTPStatus

import azure.functions as func

from shared import bootstrap
from shared.errors import ServiceError
from shared.stores.names import TableName

bp = func.Blueprint()
logger = logging.getLogger(__name__)


@bp.function_name("health")
@bp.route("health", methods=["GET", "HEAD"])
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 when settings are valid and storage answers, else 503 with the part that does not."""
    del req
    part, reason = "settings", ""
    try:
        app = bootstrap.get_app()
        part = "table storage"
        await app.outside.table(TableName.PROGRAMMES).get("health", "health")
        part = "settings"
        await app.tokens.must_fit()
        part = "blob storage"
        await app.outside.bodies.get("health")
    except ServiceError as exc:
        reason = exc.reason
        logger.error("health: %s: %s", part, reason)  # noqa: TRY400 -- the reason says it all
    body = {"status": "ok"} if not reason else {"status": "failing", "part": part, "reason": reason}
    status = HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK
    return func.HttpResponse(
        json.dumps(body), status_code=status, mimetype="application/json", headers={"Cache-Control": "no-store"}
    )
