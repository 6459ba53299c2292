"""Hazards 26 and 27: what people type, and what is hidden in it."""

import asyncio

import pytest

from shared.errors import UnreadableSubmission
from shared.stores.names import TableName
from tests.hazards.running import read, receptions, send, understood, world_of
from tests.hazards.table import hazard
from tests.senders import ALL, filled_in
from tests.world import answers

#: What is typed as a name, and what is stored of it; None: the applicant is asked to type it again.
TYPED = {
    "\ufeffZo\u00eb\u00a0 van\tder  Berg ": "Zo\u00eb van der Berg",
    "Zoe\u0308 \u200bO\u2019Hara\u200e": "Zo\u00eb O\u2019Hara",
    "Amara \u201cAmy\u201d Okafor \u2013 Jones \u2014 x": "Amara \u201cAmy\u201d Okafor \u2013 Jones \u2014 x",
    "\u202eAmara\u202c Okafor": "Amara Okafor",
    "Jo \U0001f469\U0001f3fd\u200d\u2695\ufe0f": "Jo \U0001f469\U0001f3fd\u200d\u2695\ufe0f",
    'R&D &amp; "Jo" <b>': 'R&D &amp; "Jo" <b>',
    "A\ud800B": None,
    "A\x00B": "AB",
    "men\x02toring": "mentoring",
    "From a slide:\x0bsecond\x85third\x0c\x1d": "From a slide: second third",
    "x" * 201: None,
}


@hazard(26)
@pytest.mark.parametrize("typed", TYPED, ids=ascii)
def test_odd_characters_are_cleaned_or_asked_for_again_and_never_stop_the_rest(source: str, typed: str) -> None:
    sender = ALL[source]
    items = filled_in(source, answers(full_name="MARKED"))
    wire = sender.body(items)
    body = _with_name(source, wire, typed)

    checked = understood(source, body)

    assert checked.readable.get("full_name") == TYPED[typed]
    assert [problem.field for problem in checked.problems] == (["full_name"] if TYPED[typed] is None else [])


def _with_name(source: str, wire: bytes, typed: str) -> bytes:
    """The body with a name in it that no encoder of a test would write."""
    import html
    import json

    escaped = html.escape(typed, quote=True).replace("&#x27;", "&#039;") if source == "jotform" else typed
    return wire.replace(b"MARKED", json.dumps(escaped)[1:-1].encode())


@hazard(26)
def test_line_ends_of_every_system_and_four_thousand_characters_are_kept(source: str) -> None:
    told = "One\r\nTwo\rThree\n" + "Four " * 796
    body = ALL[source].body(filled_in(source, answers(about_you=told)))

    assert understood(source, body).readable["about_you"] == "One\nTwo\nThree\n" + ("Four " * 796).strip()


@hazard(26)
@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_body_in_another_encoding_is_parked_whole(source: str, encoding: str) -> None:
    body = ALL[source].body(filled_in(source, answers(full_name="Zo\u00eb")))
    other = body.decode().replace("\\u00eb", "\u00eb").encode(encoding)
    world = world_of(source)
    asyncio.run(send(world, source, other))

    with pytest.raises(UnreadableSubmission):
        read(source, other)
    assert [row["Status"] for row in receptions(world)] == ["Parked"]
    assert [body.data for body in world.bodies.kept.values()] == [other]


@hazard(27)
@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=HYPERLINK(1)", "+1-1", "<img src=x onerror=y>", "[a](//b)"]
)
async def test_what_is_typed_is_never_run_by_a_mail(source: str, name: str) -> None:
    body = ALL[source].body(filled_in(source, answers(full_name=name)))

    world = world_of(source)
    await send(world, source, body)

    assert world.application()["FullName"] == name
    assert len(world.mailbox.sent) == 2
    for letter in world.mailbox.sent:
        assert "<script" not in letter.html
        assert "<img src=x" not in letter.html
        assert "\n" not in letter.subject
    assert not [row for row in world.rows(TableName.APPLICATIONS) if row["Status"] != "Awaiting manager"]
