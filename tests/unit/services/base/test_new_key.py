"""TOKEN_KEY can be changed while people are under way: the new key makes links, the old one goes on naming rows."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import azure.functions as func
import pytest
from pydantic import SecretStr

from functions.health import health
from shared import bootstrap
from shared.composition import root
from shared.errors import WrongKey
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, everything, manager_says, own_link
from tests.world import PROGRAMME, World, answers, token

OLD = "test-token-key-0123456789abcdef0123"
NEW = "another-token-key-0123456789abcdef01"


def restarted(world: World, key: str) -> None:
    """Another process, with another setting."""
    world.settings = world.settings.model_copy(update={"token_key": SecretStr(key)})
    world.app = root.build(world.settings, world.outside)


def decision_link(world: World) -> str:
    return token(world.mailbox.sent_to(PRIYA.email)[-1], "decisions")


def test_links_that_have_gone_out_still_open() -> None:
    async def story() -> tuple[bool, str]:
        world = World()
        await world.submit()
        sent = own_link(world, AMARA)
        restarted(world, f"{NEW} {OLD}")
        await manager_says(world, PRIYA.email)
        return await world.app.own_pages.page(sent) is not None, str(world.application()["Status"])

    assert asyncio.run(story()) == (True, "Approved")


def test_a_mail_that_was_owed_before_and_leaves_after_holds_a_link_of_the_new_key_that_opens() -> None:
    async def story() -> tuple[str, str, bool, bool]:
        world, before = World(), World()
        await before.submit()
        content = await world.submit(run=False)
        await world.app.intake.take_in(programme=PROGRAMME, source="standard", content=content)
        restarted(world, f"{NEW} {OLD}")
        await world.tick()
        link = own_link(world, AMARA)
        manager = await world.app.approval.page(decision_link(world))
        return link, own_link(before, AMARA), await world.app.own_pages.page(link) is not None, manager is not None

    link, before, opens, managers_opens = asyncio.run(story())

    assert link != before
    assert (opens, managers_opens) == (True, True)


def test_a_repeat_lands_on_the_same_row() -> None:
    async def story() -> int:
        world = World()
        await world.submit()
        restarted(world, f"{NEW} {OLD}")
        await world.submit()
        return len(world.rows(TableName.APPLICATIONS))

    assert asyncio.run(story()) == 1


def test_links_end_when_their_rows_are_deleted_and_the_next_mail_brings_one_that_opens() -> None:
    """What is done when the old key may have leaked: whoever has it could work out every link that is stored."""

    async def story() -> tuple[bool, bool]:
        world = World()
        await world.submit()
        leaked = own_link(world, AMARA)
        asked = decision_link(world)
        restarted(world, f"{NEW} {OLD}")
        world.tables(TableName.LINKS).rows.clear()
        old_opens = (
            await world.app.own_pages.page(leaked) is not None or await world.app.approval.page(asked) is not None
        )
        await world.later(days=3)  # a reminder goes to the manager
        await manager_says(world, PRIYA.email)
        return old_opens, await world.app.own_pages.page(own_link(world, AMARA)) is not None

    assert asyncio.run(story()) == (False, True)


_WRONG = (f"{OLD} {NEW}", NEW)


async def refused(world: World) -> str:
    """What /health says."""
    with patch.object(bootstrap, "get_app", lambda: world.app):
        answer = await health.build().get_user_function()(func.HttpRequest("GET", "/health", body=b""))
    return str(json.loads(answer.get_body()).get("reason", "")) if answer.status_code == 503 else ""


@pytest.mark.parametrize("key", _WRONG, ids=["in the wrong order", "the last one lost"])
@pytest.mark.parametrize("marked", [True, False], ids=["marked", "from before, with an export"])
async def test_a_wrong_key_is_told_before_it_makes_one_reference(
    key: str, marked: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    await world.submit()
    await world.app.tick.daily()
    await world.run()
    if not marked:
        await world.tables(TableName.UPKEEP).delete("upkeep", "key")
    before = everything(world)
    restarted(world, key)

    content = await world.submit(answers(about_you="Sent again."), run=False)
    tries: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: world.app.intake.take_in(programme=PROGRAMME, source="standard", content=content),
        world.app.tick.run,
        world.app.tick.daily,
        lambda: world.app.backup.further(world.app.backup.new_export(), seconds=60),
        lambda: world.app.earlier.bring_in([]),
    )
    for attempt in tries:
        with pytest.raises(WrongKey):
            await attempt()

    assert everything(world) == before
    assert "TOKEN_KEY is not the one" in await refused(world)
    assert "TOKEN_KEY is not the one" in caplog.text
    assert OLD not in caplog.text
    assert NEW not in caplog.text

    restarted(world, f"{NEW} {OLD}")
    assert await refused(world) == ""
    await world.tick()
    assert [row["Status"] for row in world.rows(TableName.APPLICATIONS)] == ["Awaiting manager"]


async def test_our_own_form_is_not_taken_with_a_wrong_key() -> None:
    world = World()
    await world.tick()
    restarted(world, NEW)

    nothing: Any = None  # it is not looked at
    with pytest.raises(WrongKey):
        await world.app.own_form._handing_over.give(nothing, nothing, nothing, nothing)
