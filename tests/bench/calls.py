"""What one application costs, step by step: requests to storage and to Graph on the wire, retries included."""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from local import storage
from local.memory.process import ManualClock
from local.settings import Ports
from shared.composition import root
from shared.composition.root import App
from shared.domain.application import Answer, Status
from shared.domain.approval import ManagerAnswer
from shared.domain.outbox import LOOK_AFTER_HANDOVER
from shared.services.applications.webhooks import Request as Delivery
from shared.services.base.links import decision_page, own_page
from shared.services.base.queues import queue_of
from shared.services.base.tokens import Tokens
from shared.settings import Settings, WebhookSecrets
from shared.stores.applications import Applications
from shared.stores.names import TableName
from tests.bench.counting import Request, on_emulator, outside_of, requests
from tests.bench.report import Outcome, Sheet
from tests.contract.running import azurite
from tests.graph.stand_in import MAILBOX, TOKEN, StandIn, eventually, run_inbox
from tests.journey.platform import STANDARD_SECRET, signed
from tests.world import PROGRAMME, World, answers

_COLUMNS = ("table reads", "table writes", "blob", "queue", "Graph")


def measure() -> Outcome:
    with (
        tempfile.TemporaryDirectory() as folder,
        azurite() as emulator,
        run_inbox() as inbox,
    ):
        storage.create_all(emulator.connection)
        arguments = ("--mailboxes", MAILBOX, "--send-delay", "0.1")
        graph = StandIn(state=Path(folder) / "graph", smtp_port=inbox.smtp_port, arguments=arguments).start()
        try:
            world = World()
            settings = on_emulator(
                world.settings,
                emulator,
                graph_base_url=HttpUrl(f"{graph.origin}/v1.0"),
                graph_static_token=SecretStr(TOKEN),
                mailbox=MAILBOX,
                webhook_secrets=WebhookSecrets.model_validate({"standard": STANDARD_SECRET}),
                messages_per_minute=1000,
            )
            first, second = asyncio.run(_two_applications(settings, world, graph, emulator.ports))
        finally:
            graph.stop()
    return Outcome(
        sheets=[_sheet(second)],
        note=(
            "an application in a programme that has others: the session has an event, the organisation is known. "
            f"The very first one, which makes them, needs {_together(first)} requests in place of "
            f"{_together(second)}. The functions host adds its own: polling, taking and deleting queue messages."
        ),
        more={step: sorted(f"{n} x {what}" for what, n in Counter(map(str, seen)).items()) for step, seen in second},
    )


type Steps = list[tuple[str, list[Request]]]


def _together(steps: Steps) -> int:
    return sum(len(seen) for _, seen in steps)


def _sheet(steps: Steps) -> Sheet:
    rows = []
    together: Counter[str] = Counter()
    for step, seen in steps:
        columns = Counter(request.column for request in seen)
        together += columns
        rows.append((step, *(str(columns[column]) for column in _COLUMNS), str(len(seen))))
    rows.append(("together", *(str(together[column]) for column in _COLUMNS), str(together.total())))
    return Sheet("Requests for one application from webhook to invite", ("step", *_COLUMNS, "together"), rows)


async def _two_applications(settings: Settings, world: World, graph: StandIn, at: Ports) -> tuple[Steps, Steps]:
    async with outside_of(settings, world.clock) as real:
        app = root.build(settings, replace(real, files=world.files))
        await app.tick.run()  # makes the rows of programme and sessions
        journey = _Journey(app, settings, world.clock, graph, at)
        first = await journey.of("Amara Okafor", "amara.okafor@example.nhs.uk")
        second = await journey.of("Tom Hughes", "tom.hughes@example.nhs.uk")
    return first, second


class _Journey:
    """Leads one application after the other from webhook to invite."""

    def __init__(self, app: App, settings: Settings, clock: ManualClock, graph: StandIn, at: Ports) -> None:
        self._app = app
        self._tokens = Tokens(key=settings.token_key.get_secret_value(), base_url=settings.base_url)
        self._queue = queue_of(settings.mailbox)
        self._clock = clock
        self._graph = graph
        self._at = at
        self._steps: Steps = []

    async def _step[T](self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        with requests(self._at) as seen:
            result = await work()
        self._steps.append((name, seen))
        return result

    async def _post(self) -> None:
        await self._app.mailbox_worker.drain(self._queue)

    async def _delivered(self) -> None:
        """Let what was handed over leave the stand-in, and the pipeline's clock reach the look afterwards."""
        await asyncio.to_thread(eventually, lambda: not any(self._graph.control("GET", "state")["waiting"].values()))
        self._clock.advance(LOOK_AFTER_HANDOVER + timedelta(seconds=1))

    async def of(self, name: str, email: str) -> Steps:
        app, self._steps = self._app, []
        payload = {"form_id": PROGRAMME, "response_id": email, "answers": answers(full_name=name, email=email)}
        body = json.dumps(payload).encode()
        delivery = Delivery("standard", PROGRAMME, signed(body, message_id=f"msg_{name}"), body)
        content = await self._step("webhook", lambda: app.webhooks.receive(delivery))
        await self._step(
            "taking in", lambda: app.intake.take_in(programme=PROGRAMME, source="standard", content=content)
        )
        await self._step("mailbox worker: two mails", self._post)
        await self._delivered()
        await self._step("mailbox: have they left?", self._post)
        table = Applications(app.outside.table(TableName.APPLICATIONS))
        application = next(iter([a async for a in table.all(PROGRAMME) if a.person.email == email]))
        decision, own = self._tokens(decision_page(application, 1)), self._tokens(own_page(application))
        page = await self._step("manager looks", lambda: app.approval.page(decision))
        assert page is not None
        approval = ManagerAnswer(Answer.APPROVE, page.revision)
        await self._step("manager approves", lambda: app.approval.answer(decision, approval))
        await self._step("mailbox: result, invite", self._post)
        await self._delivered()
        await self._step("mailbox: has it left?", self._post)
        shown = await self._step("applicant looks", lambda: app.own_pages.page(own))
        assert shown is not None
        assert shown.status == Status.APPROVED
        await self._step("tick, nothing due", app.tick.run)
        assert len(next(iter(self._graph.held()["events"]))["attendees"]) > 0
        return self._steps
