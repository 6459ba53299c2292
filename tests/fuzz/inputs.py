"""What to try: real bodies with pieces changed in ways that nobody would, and noise."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from shared.contracts.form_body import read_fields
from tests.senders import ALL, filled_in
from tests.senders.providers import google_columns, multipart, smartsurvey_row, urlencoded
from tests.world import answers, mentee

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e\ufeff",
    "NaN",
    "null",
    "true",
    "[]",
    '["Race", 3]',
    '{"a": {}}',
    "[[[[",
    "a" * 5_000,
    "Race, Gender,, ;\n,",
    ",;" * 300,
    "9" * 5_000,
    "-1",
    "1e400",
    "2026-02-30T25:61:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "13/13/2026 99:99:99 XM",
    "<script>alert(1)</script>",
    "=1+1",
    "%s%n{0}{{ 7 * 7 }}",
    "../../etc/passwd",
    "a@b@c",
    "\u2028\u0085",
    "TEST",
)
texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=40)
odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
#: Where in the value, what to do there, with what.
changes = st.lists(
    st.tuples(st.integers(0, 5_000), st.sampled_from(("put", "remove", "rename", "repeat", "wrap", "quote")), odd),
    max_size=4,
)
#: Where in the bytes, what to put there.
damages = st.lists(
    st.tuples(
        st.integers(0, 20_000), st.integers(0, 40), st.binary(max_size=6) | st.sampled_from([b"\xff", b"--", b'"'])
    ),
    max_size=3,
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key in a JSON value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def changed(value: Any, steps: Sequence[tuple[int, str, Any]]) -> Any:
    """The value with each step done somewhere in it."""
    whole = [copy.deepcopy(value)]
    for where, what, thing in steps:
        places = list(_places(whole))
        inside, key = places[where % len(places)]
        match what:
            case "put":
                inside[key] = thing
            case "remove" if inside is not whole:
                del inside[key]
            case "rename" if isinstance(inside, dict):
                inside[str(thing)[:100]] = inside.pop(key)
            case "repeat" if isinstance(inside, list):
                inside.insert(key, copy.deepcopy(inside[key]))
            case "quote":
                inside[key] = json.dumps(inside[key])
            case _:
                inside[key] = [inside[key]]
        if not whole:
            return thing
    return whole[0]


def damaged(body: bytes, steps: Sequence[tuple[int, int, bytes]]) -> bytes:
    """The bytes with a stretch replaced, for each step."""
    for where, length, piece in steps:
        at = where % (len(body) + 1)
        body = body[:at] + piece + body[at + length :]
    return body


def _wholes(source: str) -> list[bytes]:
    sender = ALL[source]
    found = [sender.body(filled_in(source, given)) for given in (answers(), mentee())]
    found.append(sender.body(filled_in(source, answers()), test=True))
    if source == "google":
        found.append(google_columns(filled_in(source, answers()), sender.sent()))
    if source == "smartsurvey":
        rows = [smartsurvey_row(filled_in(source, given), sender.sent()) for given in (answers(), mentee())]
        found.append(b"[" + b",".join(rows) + b"]")
    if source == "gravity":
        found.append(urlencoded(found[0]))
    return found


_WHOLE = {source: _wholes(source) for source in ALL}


@st.composite
def bodies(draw: st.DrawFn, source: str) -> bytes:
    """A body that the provider might have sent, or anything."""
    kind = draw(st.sampled_from(["changed", "changed", "changed", "damaged", "noise"]))
    if kind == "noise":
        return draw(st.binary(max_size=200) | odd.map(lambda value: json.dumps(value).encode()))
    whole = draw(st.sampled_from(_WHOLE[source]))
    if kind == "damaged":
        return damaged(whole, draw(damages))
    if whole.startswith(b"--"):
        return _changed_form(read_fields(whole), draw(changes), draw(st.integers(0, 3)) == 0)
    if not whole.startswith((b"{", b"[")):
        return damaged(whole, draw(damages))
    return json.dumps(changed(json.loads(whole), draw(changes))).encode()


def _changed_form(fields: Mapping[str, str], steps: Sequence[tuple[int, str, Any]], outside: bool) -> bytes:
    """A multipart form, changed among its fields or inside the JSON that one of them holds."""
    if outside:
        values = changed(dict(fields), steps)
        fields = values if isinstance(values, dict) else {"rawRequest": json.dumps(values)}
    else:
        fields = {**fields, "rawRequest": json.dumps(changed(json.loads(fields["rawRequest"]), steps))}
    try:
        return multipart(
            {str(name): value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        )
    except UnicodeEncodeError:  # a lone surrogate cannot be sent outside JSON
        return multipart({str(name).encode("ascii", "replace").decode(): "\\ud800" for name in fields})
