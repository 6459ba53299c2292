"""What Microsoft's host answers, as requests to the app of these tests, for the local host to be held to.

Each kind was seen on host 4.1037 with Microsoft's Python worker in November 2026; draining was read in its source.
``differs``: in what the answer here is another one, and why.
"""

from dataclasses import dataclass

NAMED, NUMBERED = 'named{{"name": "{}"}}', 'numbered{{"id": "{}"}}'
_JSON = "Content-Type: application/json"
_CORS = "Origin: https://x.example\r\nAccess-Control-Request-Method: POST"
_LONG, _WIDE = "x" * 9_000, f"X-Wide: {'x' * 40_000}"


@dataclass(frozen=True)
class Compared:
    """One request. ``body`` is the answer's, None if it was not compared; ``strict`` asks for keys."""

    request: str
    status: int
    body: str | None = None
    headers: str = ""
    sent: str = ""
    strict: bool = False
    differs: str = ""


def _keys(path: str, **statuses: int) -> list[Compared]:
    """The same path with each key, in a header and in the query."""
    keys = {"none": "", "wrong": "wrong", "function": "K", "host": "D", "master": "M"}
    return [
        Compared(f"GET {path}{query}", status, headers=header, strict=True)
        for name, status in statuses.items()
        for query, header in (
            ((f"?code={keys[name]}", ""), ("", f"x-functions-key: {keys[name]}")) if keys[name] else (("", ""),)
        )
    ]


ROUTES = [
    Compared("GET /items/7", 200, NUMBERED.format("7")),
    Compared("GET /items/-7", 200, NUMBERED.format("-7")),
    Compared("GET /ITEMS/7/", 200, NUMBERED.format("7")),
    Compared("GET /items/seven", 200, NAMED.format("seven")),
    Compared("GET /items/99999999999", 200, NAMED.format("99999999999")),
    Compared("GET /items/b%20c", 200, NAMED.format("b c")),
    Compared("GET /items/b%2Fc", 200, NAMED.format("b%2Fc")),
    Compared("GET /items/new", 200, NAMED.format("new")),  # a literal does not win: b_named comes before Z_new
    Compared("GET /items/caf%C3%A9", 200, NAMED.format("caf\\u00e9")),
    Compared("GET /items/a%ff", 200, NAMED.format("a%ff")),
    Compared("POST /items/x", 200, 'posted{"name": "x"}'),
    Compared("GET /files/a/b.txt", 200, 'files{"path": "a/b.txt"}'),
    Compared("GET /files", 200, "files{}"),
    Compared("GET /by_name", 200, "by name{}"),
    Compared("DELETE /items/7", 404, ""),
    Compared("GET /nowhere", 404, ""),
    Compared("GET /items/a/b", 404, ""),
    Compared("HEAD /items/7", 404, ""),
    Compared("GET //items/7", 404, ""),
    Compared("GET /off", 404, ""),
    Compared("HEAD /headed", 200, ""),
]
LINES = [
    Compared(f"GET /echo/{_LONG}", 414),
    Compared("GET /echo", 431, headers=_WIDE),
    Compared("GET /echo/%00", 400),
    Compared("GET /echo/caf\u00e9", 400),
    Compared("GET /echo?a=caf\u00e9", 400),
    Compared("GET /echo", 400, headers="X-Name: caf\u00e9"),
    Compared("GET /echo?a=%00", 200),
    Compared("GET /nowhere/../echo", 200),
    Compared("GET /nowhere/%2e%2E/./echo", 200),
    Compared("GET /../../echo", 200),
    Compared("GET /echo/..", 200),  # the home page
    Compared("OPTIONS /echo", 204, "", headers=_CORS),
    Compared("OPTIONS /echo", 404, ""),
]
BODIES = [
    Compared("POST /echo", 200, headers="Transfer-Encoding: chunked", sent="5\r\nhello\r\n0\r\n\r\n"),
    Compared("POST /api/echo", 500, "", headers="Content-Length: 11", sent="elevenbytes", strict=True),
    Compared("POST /api/echo", 200, headers="Content-Length: 10", sent="ten bytes!", strict=True),
    Compared("GET /fail", 500, ""),
    Compared("GET /nothing", 500, ""),
    Compared("GET /quits", 500, ""),
    Compared("GET /text", 200, "plain text"),
    Compared("GET /described", 418, "a teapot"),
    Compared("GET /empty", 204, ""),
    Compared("GET /cookies", 201, "crumbs"),
]
ADMINISTRATION = [
    Compared("GET /admin/host/ping", 200, ""),
    Compared("GET /admin/host/status", 200, differs="fewer fields: what is only true of Azure is left out"),
    Compared("GET /admin/host/drain/status", 200),
    Compared("POST /admin/functions/yearly", 415, headers="Content-Length: 13", sent='{"input": ""}'),
    Compared("POST /admin/functions/yearly", 400, headers=f"{_JSON}\r\nContent-Length: 0"),
    Compared(
        "POST /admin/functions/yearly", 400, headers=f"{_JSON}\r\nContent-Length: 15", sent='{"input": {"":1}}'[:15]
    ),
    Compared("POST /admin/functions/nobody", 404, headers=f"{_JSON}\r\nContent-Length: 2", sent="{}"),
    Compared("POST /admin/functions/where", 202, "", headers=f"{_JSON}\r\nContent-Length: 13", sent='{"input": ""}'),
    Compared("GET /", 200, differs="the page's own words"),
    Compared("GET /", 204, "", strict=True),  # switched off
    Compared("GET /robots933456.txt", 404, ""),
]
KEYS = [
    Compared("GET /api/nowhere", 404, "", strict=True),
    Compared("GET /api/text", 200, strict=True),
    *_keys("/api/keyed", none=401, wrong=401, function=200, host=200, master=200),
    *_keys("/api/guarded", none=401, function=401, host=401, master=200),
    *_keys("/api/off", host=404, master=200),
    *_keys("/admin/host/ping", none=200),
    *_keys("/admin/host/status", none=401, host=403, master=200),
    *_keys("/admin/functions", none=401, function=401, host=403, master=200),
]
REQUESTS = [*ROUTES, *LINES, *BODIES, *ADMINISTRATION, *KEYS]
