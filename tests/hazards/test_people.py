"""Hazards 28 to 32: people as they are, and what must not be known about them in the wrong place."""

import asyncio
import json
import logging

import pytest

from shared.stores.names import TableName
from tests.hazards.running import knock, read, send, understood, world_of
from tests.hazards.table import hazard
from tests.senders import ALL, filled_in
from tests.world import World, answers

OWN = "amara.okafor@example.nhs.uk"
#: An address as it is typed: what is stored, and a word of the remark or the problem.
ADDRESSES = {
    f" {OWN} ": (OWN, ""),
    "Amara.Okafor@Example.NHS.uk": ("Amara.Okafor@example.nhs.uk", ""),
    f"{OWN}; amara@home.example": (None, "one email address"),
    f"Amara Okafor <{OWN}>": (OWN, "was mended"),
    f"Amara Okafor {OWN}": (None, "typing mistakes"),
    f"mailto:{OWN}": (OWN, "was mended"),
    f"{OWN}.": (OWN, "was mended"),
    f"{OWN},": (OWN, "was mended"),
    "o\u2019brien@example.nhs.uk": ("o'brien@example.nhs.uk", "curly apostrophe"),
    "jos\u00e9@example.nhs.uk": (None, "typing mistakes"),
    "je\u017f\u017f@example.nhs.uk": (None, "typing mistakes"),
    "amara@example.con": ("amara@example.con", ".con"),
    "info@example.nhs.uk": ("info@example.nhs.uk", "shared mailbox"),
    "amara at example.nhs.uk": (None, "typing mistakes"),
}


@hazard(28)
@pytest.mark.parametrize("typed", ADDRESSES)
def test_an_address_is_read_remarked_on_or_asked_for_again(source: str, typed: str) -> None:
    stored, word = ADDRESSES[typed]

    checked = understood(source, ALL[source].body(filled_in(source, answers(email=typed))))

    assert checked.readable.get("email") == stored
    said = " ".join([*checked.remarks, *(problem.says for problem in checked.problems)])
    assert word in said
    assert [problem.field for problem in checked.problems] == ([] if stored else ["email"])
    assert typed.strip() not in said


@hazard(28)
def test_ones_own_address_as_the_managers_is_asked_for_again(source: str) -> None:
    body = ALL[source].body(filled_in(source, answers(manager_email=OWN.upper())))

    assert [problem.field for problem in understood(source, body).problems] == ["manager_email"]


@hazard(28)
def test_one_person_for_both_roles_or_with_two_addresses_is_two_applications(source: str) -> None:
    forms = [
        answers(),
        answers(role="mentee", training_session="mentee-training-1"),
        answers(email="amara@home.example"),
        answers(email=OWN.upper()),
    ]

    async def story() -> World:
        world = world_of(source)
        for number, form in enumerate(forms):
            await send(world, source, ALL[source].body(filled_in(source, form), response_id=str(50 + number)))
        return world

    rows = asyncio.run(story()).rows(TableName.APPLICATIONS)

    assert sorted((str(row["Role"]), str(row["Email"]).lower()) for row in rows) == [
        ("mentee", OWN),
        ("mentor", OWN),
        ("mentor", "amara@home.example"),
    ]


@hazard(29)
@pytest.mark.parametrize(
    "name",
    [
        "Sukarno",
        "Dr Mar\u00eda Jos\u00e9 Carre\u00f1o Qui\u00f1ones",
        "Ngozi O\u2019Connor-Adeyemi",
        "\u674e\u5c0f\u9f8d",
        "\u0641\u0627\u0637\u0645\u0629 \u0627\u0644\u0632\u0647\u0631\u0627\u0621",
        "D'Arcy Ap Rhys ab Owain",
    ],
)
def test_a_name_arrives_as_it_was_typed_even_where_the_form_has_two_boxes(source: str, name: str) -> None:
    assert read(source, ALL[source].body(filled_in(source, answers(full_name=name)))).answers["full_name"] == name


@hazard(30)
@pytest.mark.parametrize("band", ["8a", "Band 8A", "VSM", "Agenda for Change 6", "Consultant (NHS), 2.5", "6"])
def test_a_band_and_an_organisation_are_taken_as_typed(source: str, band: str) -> None:
    given = answers(band=band, organisation="UHL / Leicester's Hospitals, ward 3")

    checked = understood(source, ALL[source].body(filled_in(source, given)))

    assert (checked.readable["band"], checked.readable["organisation"]) == (band, given["organisation"])
    assert checked.problems == ()


@hazard(31)
async def test_who_was_signed_in_is_not_taken_for_who_applied(source: str) -> None:
    body = json.loads(ALL[source].body(filled_in(source, answers())))
    other = "somebody.else@example.nhs.uk"
    match source:
        case "msforms":
            body["response"]["responder"] = other
        case "typeform":
            body["form_response"]["hidden"] = {"email": other, "user_id": other}
        case "tally":
            hidden = {"key": "question_x_y", "label": "email", "type": "HIDDEN_FIELDS", "value": other}
            body["data"]["fields"].insert(0, hidden)
            body["data"]["respondentId"] = other
        case "google":
            body["respondentEmail"] = other
        case _:
            body[0] |= {"contact_email": other, "contact_name": "Somebody Else"}

    world = world_of(source)
    await send(world, source, json.dumps(body).encode())

    assert world.application()["Email"] == OWN
    assert other not in str([world.rows(table) for table in TableName])
    assert not world.letters(other)


CANARIES = ("CANARY-ABOUT-ME", "CANARY-ACCESS-NEED")


@hazard(32)
@pytest.mark.parametrize("damage", ["none", "wrong form", "cut short", "wrong answer"])
def test_lived_experience_is_nowhere_but_in_its_own_table_and_the_raw_body(
    source: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    items = filled_in(source, answers(about_you=CANARIES[0], access_needs=CANARIES[1]))
    body = ALL[source].body(items, **({"form_id": "999"} if damage == "wrong form" else {}))
    if damage == "cut short":
        body = body[:-20]
    elif damage == "wrong answer":
        body = body.replace(b"amara.okafor@example.nhs.uk", b"nobody")

    async def story() -> tuple[World, str]:
        world = world_of(source)
        await world.tick()
        seen = ""
        if ALL[source].header:
            bad = await knock(world, source, body, {})
            seen = f"{bad} {world.wakeups.submissions}"
        answer = await send(world, source, body)
        await world.app.tick.daily()
        await world.run()
        return world, f"{seen} {answer}"

    world, seen = asyncio.run(story())

    tables = str([world.rows(table) for table in TableName if table is not TableName.LIVED_EXPERIENCE])
    mails = str([(letter.subject, letter.html) for letter in world.mailbox.sent])
    for canary in CANARIES:
        assert canary not in caplog.text + seen + tables + mails
        assert all(canary not in name for name in world.bodies.kept)
    own = str(world.rows(TableName.LIVED_EXPERIENCE))
    assert (damage == "none") == all(canary in own for canary in CANARIES)
