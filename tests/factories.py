"""Builders of domain values, and the short words that scenarios are told in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.domain.answers import check
from shared.domain.application import Answer, Application, LineManager
from shared.domain.approval import Decided, ManagerAnswer, decide
from shared.domain.arriving import Arrival, received
from shared.domain.eligibility import Verdict
from shared.domain.fields import Answers
from shared.domain.programme import Programme, Session
from shared.ports import Cell, Letter
from shared.services.applications.approval import DecisionPage
from shared.services.applications.changes import ChangePage
from shared.stores.names import TableName
from tests import world as worlds
from tests.world import NINE, PROGRAMME, World, cohort_7, token

CLOSES = datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)
REFERENCE = "K4Q-M7X-2P9-T"
ELIGIBLE = Verdict("eligible", "Everyone can apply.")
PRIYA = LineManager("Priya Shah", "priya.shah@example.nhs.uk")
ALEX = LineManager("Alex Reid", "alex.reid@example.nhs.uk")

AMARA = "amara.okafor@example.nhs.uk"
TOM = "tom.hughes@example.nhs.uk"
GRACE = "grace.bell@example.nhs.uk"


def arrival(at: datetime = NINE, **changes: Any) -> Arrival:
    """A delivery without delay."""
    values: dict[str, Any] = {
        "received_at": at,
        "submitted_at": at,
        "source": "standard",
        "response_id": "response-1",
        "content": f"content of {at.isoformat()}",
    }
    return Arrival(**{**values, **changes})


def read_answers(given: dict[str, Any] | None = None, programme: Programme | None = None) -> Answers:
    """Answers that were accepted."""
    checked = check(programme or cohort_7(), given if given is not None else worlds.answers())
    assert checked.answers is not None, checked.problems
    return checked.answers


def applied(
    given: dict[str, Any] | None = None,
    *,
    at: datetime = NINE,
    verdict: Verdict = ELIGIBLE,
    closes_at: datetime | None = CLOSES,
    chosen: dict[str, tuple[str, ...]] | None = None,
    **changes: Any,
) -> Application:
    """An application as it first stands."""
    return received(
        programme=PROGRAMME,
        reference=REFERENCE,
        answers=read_answers(given),
        chosen=chosen if chosen is not None else {"mentor-training": ("mentor-training-1",)},
        arrival=arrival(at, **changes),
        verdict=verdict,
        closes_at=closes_at,
    )


def answered(application: Application, answer: Answer = Answer.APPROVE, *, at: datetime | None = None) -> Application:
    """The application after its manager's answer."""
    request = application.request
    assert request is not None
    outcome = decide(
        application,
        request.number,
        ManagerAnswer(answer, request.revision),
        programme=cohort_7(),
        closes_at=CLOSES,
        result_told=False,
        now=at or application.received_at + timedelta(days=1),
    )
    assert isinstance(outcome, Decided), outcome
    return outcome.application


def with_model(programme: Programme, **changes: object) -> Programme:
    """The programme with some of its model changed."""
    return programme.model_copy(update={"model": programme.model.model_copy(update=changes)})


def with_session(programme: Programme, session_id: str, **changes: object) -> Programme:
    """The programme with one session changed."""
    session = programme.session(session_id)
    assert session is not None
    live: dict[str, Session] = {session_id: session.model_copy(update=changes)}
    return programme.with_sessions(live)


def told(world: World) -> list[tuple[str, str]]:
    """Every mail that left, as its first addressee and its kind, sorted."""
    kinds = {letter_key(row): str(row["Kind"]) for row in world.rows(TableName.MESSAGES) if row.get("About")}
    return sorted((letter.to[0], kinds[letter.key]) for letter in world.mailbox.sent)


def letter_key(row: dict[str, Cell]) -> str:
    """The key of the mail that a row of Messages stands for."""
    return str(uuid5(NAMESPACE_URL, f"mentoring/{row['PartitionKey']}/{row['RowKey']}/{row['Generation']}"))


def mails_to(world: World, address: str) -> list[str]:
    """The kinds of mail that left for an address, sorted."""
    return [kind for to, kind in told(world) if to == address]


async def manager_says(
    world: World,
    email: str,
    answer: Answer = Answer.APPROVE,
    *,
    which: int = -1,
    run: bool = True,
    **more: Any,
) -> DecisionPage:
    """A manager opens the link of one of their mails (the newest unless told otherwise) and answers."""
    link = token(world.letters(email, "release")[which], "decisions")
    page = await world.app.approval.page(link)
    assert page is not None
    after = await world.app.approval.answer(link, ManagerAnswer(answer, more.pop("revision", page.revision), **more))
    assert after is not None
    if run:
        await world.run()
    return after


def own_link(world: World, email: str) -> str:
    """The token of the own page, from the newest mail that holds one."""
    letters: list[Letter] = [letter for letter in world.mailbox.sent_to(email) if "/me/" in letter.html]
    return token(letters[-1], "me")


async def confirms(world: World, email: str, choice: str = "", *, run: bool = True) -> ChangePage | None:
    """The owner of an address opens their page and says that the newest form is theirs (or what ``choice`` says)."""
    link = own_link(world, email)
    page = await world.app.changes.page(link)
    assert page is not None, "no form waits"
    after = await world.app.changes.answer(link, choice or page.newest, page.newest)
    if run:
        await world.run()
    return after


async def command(world: World, words: str, reference: str, *, key: str = "1", partition: str = PROGRAMME) -> str:
    """Type a command and let the tick carry it out; returns 'Status: Result'."""
    await world.type_in(
        TableName.COMMANDS, {"PartitionKey": partition, "RowKey": key, "Command": words, "Reference": reference}
    )
    await world.tick()
    row = world.row(TableName.COMMANDS, RowKey=key)
    return f"{row['Status']}: {row['Result']}"


def everything(world: World) -> dict[str, list[dict[str, Cell]]]:
    """Every row of every table."""
    return {name.value: world.rows(name) for name in TableName}


async def approved_pair(world: World) -> tuple[str, str]:
    """A mentor and a mentee, both approved; returns their references."""
    await world.tick()
    await world.submit()
    await world.submit(worlds.mentee())
    await manager_says(world, "priya.shah@example.nhs.uk")
    await manager_says(world, GRACE)
    return (
        str(world.application(Role="mentor")["RowKey"]),
        str(world.application(Role="mentee")["RowKey"]),
    )


def without(row: dict[str, Cell], *columns: str) -> dict[str, Cell]:
    """A row without some columns."""
    return {name: value for name, value in row.items() if name not in columns}
