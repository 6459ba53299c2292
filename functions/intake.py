"""Webhooks of form providers, and the queue behind them."""

import json
import logging
from http import HTTPStatus

import azure.functions as func

from shared import bootstrap
from shared.adapters.names import QueueName
from shared.contracts.signing import SECRET_IN_ADDRESS
from shared.errors import RejectedRequest, TemporaryFailure

bp = func.Blueprint()
logger = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = "30"


@bp.function_name("receive_submission")
@bp.route("webhooks/{source}/{programme}", methods=["POST"])
async def receive_submission(req: func.HttpRequest) -> func.HttpResponse:
    """Store a body and answer; everything else happens behind the queue."""
    return await _received(req)


@bp.function_name("receive_submission_by_secret_address")
@bp.route("webhooks/{source}/{programme}/{secret}", methods=["POST"])
async def receive_submission_by_secret_address(req: func.HttpRequest) -> func.HttpResponse:
    """The same for a provider that can prove itself by nothing but the address it was given."""
    return await _received(req)


async def _received(req: func.HttpRequest) -> func.HttpResponse:
    from shared.services.intake import Request  # the services are loaded with the app, at the first call

    headers = {name.lower(): value for name, value in req.headers.items()}
    headers[SECRET_IN_ADDRESS] = req.route_params.get("secret", "")
    request = Request(
        source=req.route_params["source"].lower(),
        programme=req.route_params["programme"],
        headers=headers,
        body=req.get_body(),
    )
    try:
        content = await bootstrap.get_app().doorkeeper.receive(request)
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
