"""The least that a page can be: one row is read, put into a template, and sent compressed. No checks at all."""

import gzip
import os

import azure.functions as func
from azure.data.tables.aio import TableClient
from jinja2 import Template

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
_PAGE = Template(
    "<!doctype html><title>{{ words }}</title>{% for n in range(60) %}<p>{{ n }} {{ words }}</p>{% endfor %}"
)
_opened: list[TableClient] = []


@app.function_name("page")
@app.route("page", methods=["GET"])
async def page(req: func.HttpRequest) -> func.HttpResponse:
    if not _opened:  # on first use, inside the event loop that uses it
        connection = os.environ["AzureWebJobsStorage"]  # noqa: SIM112 -- the name that Azure gives it
        _opened.append(TableClient.from_connection_string(connection, "bare"))
    row = await _opened[0].get_entity("bare", "row")
    body = gzip.compress(_PAGE.render(words=row["Words"]).encode(), 1)
    return func.HttpResponse(body, headers={"Content-Encoding": "gzip"}, mimetype="text/html")
