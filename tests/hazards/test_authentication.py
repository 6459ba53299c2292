"""Hazards 10 to 13: who is let in. Whatever the proof looks like, the answer is 200 or 401 and never 500."""

import asyncio
import base64
import json
import logging
import re

import pytest

from shared.stores.names import TableName
from tests.hazards.running import SECRETS, knock, read, send, world_of
from tests.hazards.table import hazard
from tests.senders import ALL, filled_in
from tests.world import answers

GARBLED = {
    "missing": None,
    "blank": " ",
    "prefix alone": "sha256=",
    "other prefix": "sha1=AAAA",
    "no base64": "sha256=!!!!",
    "base64 cut short": "sha256=SxAJUw6vn/KWUnuo8L",
    "beyond ASCII": "sha256=\u00e9\u4e2d\u6587",
    "a lone surrogate": "v1,\udc80",
    "a null byte": "v1,\x00",
    "no comma": "v1",
    "many spaces": "v1,  v1,   ",
    "very long": "A" * 100_000,
}


def body_of(source: str) -> bytes:
    return ALL[source].body(filled_in(source, answers()))


@hazard(10)
@pytest.mark.parametrize("garbled", GARBLED)
def test_a_garbled_proof_is_401(source: str, garbled: str) -> None:
    body, given = body_of(source), GARBLED[garbled]
    headers = {name: value for name, value in ALL[source].headers(body).items() if name != ALL[source].header}
    if given is not None:
        headers[ALL[source].header] = given
    world = world_of(source)

    answer = asyncio.run(knock(world, source, body, headers))

    assert answer.status == 401
    assert set(answer.body) == {"error"}
    assert not world.bodies.kept


@hazard(10)
def test_the_right_proof_in_another_encoding_is_401(source: str) -> None:
    sender, body = ALL[source], body_of(source)
    right = sender.headers(body)[sender.header]
    if sender.signs:
        prefix = next((one for one in ("v1,", "sha256=") if right.startswith(one)), "")
        digits = right.removeprefix(prefix)
        raw = bytes.fromhex(digits) if re.fullmatch("[0-9a-f]{64}", digits) else base64.b64decode(digits)
        encoded = [
            raw.hex(),
            base64.b64encode(raw).decode(),
            base64.b32encode(raw).decode(),
            base64.b85encode(raw).decode(),
        ]
        wrong = [prefix, right.rstrip("="), right[:-1], right.swapcase(), *(prefix + one for one in encoded)]
        wrong += [digits] if prefix else [f"sha256={digits}"]
    else:
        wrong = [right.upper(), right[:-1], right + "0", base64.b64encode(right.encode()).decode()]

    async def story() -> list[int]:
        world = world_of(source)
        headers = sender.headers(body)
        return [
            (await knock(world, source, body, headers | {sender.header: one})).status for one in wrong if one != right
        ]

    assert set(asyncio.run(story())) == {401}


@hazard(11)
@pytest.mark.parametrize("layout", ["indented", "escaped", "spaced", "with a byte order mark"])
def test_the_raw_bytes_are_signed_whatever_their_layout(source: str, layout: str) -> None:
    value = json.loads(body_of(source))
    laid_out = {
        "indented": json.dumps(value, indent=2, ensure_ascii=False).encode(),
        "escaped": json.dumps(value, ensure_ascii=True).replace("/", "\\/").encode(),
        "spaced": b"\r\n " + json.dumps(value).encode() + b" \n",
        "with a byte order mark": b"\xef\xbb\xbf" + json.dumps(value).encode(),
    }[layout]
    world = world_of(source)

    answer = asyncio.run(send(world, source, laid_out))

    assert answer.status == 200
    assert world.application()["FullName"] == "Amara Okafor"


@hazard(11)
@pytest.mark.parametrize("change", ["one more space", "one byte less", "parsed and written again"])
def test_a_signature_over_other_bytes_is_401(source: str, change: str) -> None:
    signed = json.dumps(json.loads(body_of(source)), indent=1).encode()
    sent = {
        "one more space": signed + b" ",
        "one byte less": signed[:-1],
        "parsed and written again": json.dumps(json.loads(signed)).encode(),
    }[change]

    answer = asyncio.run(knock(world_of(source), source, sent, ALL[source].headers(signed)))

    assert answer.status == 401


@hazard(12)
def test_two_secrets_are_live_while_one_is_rotated(source: str) -> None:
    sender, body = ALL[source], body_of(source)
    old, new, never = (
        (f"whsec_{base64.b64encode(word * 8).decode()}" for word in (b"old!", b"new!", b"bad!"))
        if source == "standard"
        else ("the-old-secret-0123456789abcdef", "the-new-secret-0123456789abcdef", "never-a-secret-0123456789abcde")
    )

    async def story(live: str) -> list[int]:
        world = world_of(source, {source: live})
        return [(await knock(world, source, body, sender.headers(body, one))).status for one in (old, new, never)]

    assert asyncio.run(story(old)) == [200, 401, 401]
    assert asyncio.run(story(f"{new} {old}")) == [200, 200, 401]
    assert asyncio.run(story(new)) == [401, 200, 401]


@hazard(12)
async def test_a_secret_is_never_logged_answered_or_put_into_a_table(
    source: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sender = ALL[source]
    body = body_of(source).replace(b"a-secret", sender.secret.encode())  # Jotform sends its address back
    world = world_of(source)

    right = await send(world, source, body)
    wrong = await knock(world, source, b"{}" + body, sender.headers(body) | {sender.header: f"{sender.secret}x"})
    said = f"{right} {wrong}"

    assert sender.secret not in said
    assert sender.secret not in caplog.text
    assert sender.secret not in str([world.rows(table) for table in TableName])
    assert sender.secret not in str([letter.html for letter in world.mailbox.sent])


@hazard(13)
@pytest.mark.parametrize("live", ["", "  "])
def test_without_a_secret_here_nobody_is_let_in(source: str, live: str) -> None:
    body = body_of(source)

    answer = asyncio.run(knock(world_of(source, {source: live}), source, body, ALL[source].headers(body)))

    assert (answer.status, answer.body["error"]) == (401, "no usable secret is set for this source")


@hazard(13)
def test_without_a_secret_there_the_answer_says_what_to_switch_on(source: str) -> None:
    answer = asyncio.run(knock(world_of(source), source, body_of(source), {}))

    assert answer.status == 401
    assert "missing" in answer.body["error"]


@hazard(12)
def test_the_secret_of_one_provider_opens_no_other(source: str) -> None:
    body = body_of(source)

    async def story() -> set[int]:
        world = world_of(source)
        others = {secret for name, secret in SECRETS.items() if name not in {source, "standard"}}
        if source == "standard":
            others = {f"whsec_{base64.b64encode(secret.encode()).decode()}" for secret in others}
        return {(await knock(world, source, body, ALL[source].headers(body, other))).status for other in others}

    assert asyncio.run(story()) == {401}


def test_gov_uk_forms_has_no_door() -> None:
    body = body_of("govuk")

    answer = asyncio.run(knock(world_of("govuk"), "govuk", body, {"x-webhook-secret": "any"}))

    assert answer.status == 401
    assert read("govuk", body).answers["full_name"] == "Amara Okafor"
