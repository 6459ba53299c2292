"""Webhooks of form providers, and the queue behind them."""

import json
import logging
from http import HTTPStatus

import azure.functions as func

from shared import bootstrap
from shared.contracts.signing import SECRET_IN_ADDRESS
from shared.errors import RejectedRequest, TemporaryFailure
from shared.stores.names import QueueName

bp = func.Blueprint()
logger = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = "30"
# "webhooks" and the source.
_SHORTEST_ADDRESS = 2


@bp.function_name("receive_submission")
@bp.route("webhooks/{source}/{programme}", methods=["POST"])
async def receive_submission(req: func.HttpRequest) -> func.HttpResponse:
    """Store a body and answer; everything else happens behind the queue."""
    return await _received(req, req.route_params["source"], req.route_params["programme"])


@bp.function_name("receive_submission_by_secret_address")
@bp.route("webhooks/{source}/{programme}/{secret}", methods=["POST"])
async def receive_submission_by_secret_address(req: func.HttpRequest) -> func.HttpResponse:
    """The same for a provider that can prove itself by nothing but the address it was given."""
    return await _received(req, req.route_params["source"], req.route_params["programme"], req.route_params["secret"])


@bp.function_name("wrong_webhook_address")
@bp.route("{*rest}", methods=["POST"])
async def wrong_webhook_address(req: func.HttpRequest) -> func.HttpResponse:
    """The same where an address has a slash too many, a part too many, or no programme: a provider may give up at 404.

    The host asks the functions in the order of their names, so this one is asked last.
    """
    parts = [part for part in req.route_params.get("rest", "").split("/") if part]
    if len(parts) < _SHORTEST_ADDRESS or parts[0].lower() != "webhooks":
        return func.HttpResponse(status_code=HTTPStatus.NOT_FOUND)
    source, programme, secret = (*parts[1:4], "", "")[:3]
    return await _received(req, source, programme, secret)


async def _received(req: func.HttpRequest, source: str, programme: str, secret: str = "") -> func.HttpResponse:
    from shared.services.applications.webhooks import Request  # the services are loaded with the app, at the first call

    headers = {name.lower(): value for name, value in req.headers.items()}
    headers[SECRET_IN_ADDRESS] = secret
    request = Request(source=source.lower(), programme=programme, headers=headers, body=req.get_body())
    try:
        content = await bootstrap.get_app().webhooks.receive(request)
    except RejectedRequest as exc:
        logger.warning("webhook rejected: %s", exc.reason)
        return _json({"error": exc.reason}, exc.status)
    except TemporaryFailure as exc:
        logger.error("webhook not stored: %s", exc.reason)  # noqa: TRY400 -- a traceback could quote the body
        answer = _json(
            {"error": "storage does not answer at the moment; send it again"}, HTTPStatus.SERVICE_UNAVAILABLE
        )
        answer.headers["Retry-After"] = _RETRY_AFTER_SECONDS
        return answer
    return _json({"received": content}, HTTPStatus.OK)


def _json(body: dict[str, str], status: HTTPStatus) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/json")


@bp.function_name("take_in_submission")
@bp.queue_trigger("message", queue_name=QueueName.SUBMISSIONS.value, connection="AzureWebJobsStorage")
async def take_in_submission(message: func.QueueMessage) -> None:
    """Take in one stored body; the host repeats it if this fails."""
    named = _named(message)
    if named is not None:
        source, programme, content = named
        await bootstrap.get_app().intake.take_in(programme=programme, source=source, content=content)


@bp.function_name("set_aside_submission")
@bp.queue_trigger("message", queue_name=QueueName.SUBMISSIONS.poison, connection="AzureWebJobsStorage")
async def set_aside_submission(message: func.QueueMessage) -> None:
    """Park a body on which the app has failed five times, unless storage was only away: then the tick takes it in."""
    named = _named(message)
    if named is not None:
        source, programme, content = named
        await bootstrap.get_app().intake.try_for_the_last_time(programme=programme, source=source, content=content)


def _named(message: func.QueueMessage) -> tuple[str, str, str] | None:
    """Source, programme and content of a message of ours; anything else is dropped, for nothing can be made of it."""
    try:
        source, programme, content = message.get_body().decode().split(" ")
    except ValueError:
        logger.error("a message that names no submission is dropped")  # noqa: TRY400 -- its text may be anything
        return None
    return source, programme, content
