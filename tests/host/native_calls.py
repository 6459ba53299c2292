"""Calls the functions of the app in the current folder through Microsoft's library and prints what came back.

A program of its own, because the library keeps its functions in global variables and changes the folder.
"""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

from local.host.datums import Datum, http_datum, json_datum, message_metadata, string_datum
from local.host.functions import Function
from local.host.functionthread import FunctionThread
from local.host.requests import Request
from local.host.timers import timer_datum


def request_datum(
    method: str = "GET", body: bytes = b"", route: dict[str, str] | None = None, query: str = ""
) -> Datum:
    async def nothing() -> dict[str, Any]:
        return {}

    scope = {
        "method": method,
        "raw_path": b"/x",
        "query_string": query.encode(),
        "scheme": "http",
        "headers": [(b"host", b"h"), (b"content-type", b"application/x-www-form-urlencoded")],
    }
    return http_datum(Request(scope, nothing), route or {}, body)


def plain(datum: Datum | None) -> Any:
    """A Datum as something that JSON can carry."""
    if datum is None:
        return None
    if datum.type != "http":
        return [datum.type, datum.value]
    value = datum.value
    return {
        "status": value["status_code"].value,
        "headers": {name: header.value for name, header in value["headers"].items()},
        "cookies": [cookie.output(header="").strip() for cookie in value["cookies"] or ()],
        "body": [value["body"].type, value["body"].value.decode()],
    }


async def main() -> dict[str, Any]:
    thread = FunctionThread(Path.cwd())
    thread.start()
    functions = {function.name: function for function in await thread.index()}
    results: dict[str, Any] = {}

    async def call(case: str, function: Function, trigger: Datum, metadata: dict[str, Datum] | None = None) -> None:
        outcome = await thread.call(f"id-{case}", function, trigger, metadata or {}, "00-trace-parent-00")
        results[case] = {
            "ok": outcome.ok,
            "returned": plain(outcome.returned),
            "outputs": [[name, *plain(datum)] for name, datum in outcome.outputs],
            "error": outcome.error,
        }

    await call("cookies", functions["cookies"], request_datum())
    await call("form", functions["form"], request_datum("POST", b"a=1&b=two"))
    await call("route and query", functions["route"], request_datum(route={"id": "7"}, query="q=1&q=2&e="))
    await call("error", functions["error"], request_datum())
    await call("none", functions["none"], request_datum())
    await call("str", functions["text"], request_datum())
    await call("synchronous", functions["synchronous"], request_datum())
    await call("context", functions["context"], request_datum())
    system = {
        "Id": string_datum("m-1"),
        "PopReceipt": string_datum("r-1"),
        "DequeueCount": json_datum(2),
        "InsertionTime": json_datum("2026-02-09T09:00:00+00:00"),
        "NextVisibleTime": json_datum("2026-02-09T09:10:00.500000+00:00"),
        "ExpirationTime": json_datum("2026-02-16T09:00:00+00:00"),
    }
    body = '{"Id": "not this one"}'
    await call("message", functions["message"], string_datum(body), message_metadata(body, system))
    await call("output text", functions["output_text"], request_datum())
    await call("output list", functions["output_list"], string_datum("x"))
    await call("output message", functions["output_message"], string_datum("x"))
    await call("timer", functions["timer"], timer_datum(is_past_due=True))
    thread.stop(all_done=True)
    return results


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    print(json.dumps(asyncio.run(main())))  # noqa: T201 -- the result that the test reads
