"""A whole pipeline in memory: the real services and row mappings, fakes only where the outside begins."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from local.memory.pipeline import Pipeline
from local.memory.process import ManualClock
from shared.domain.programme import Programme
from shared.ports import Cell, Letter
from shared.programmes import shipped
from shared.proofread import load_programme
from shared.settings import Settings, WebhookSecrets
from shared.stores.names import TableName

PROGRAMME = "llr-rmi-2026-c7"
NINE = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
ADMINISTRATORS = "equality.team@example.nhs.uk"
_LINK = re.compile(
    r"https://mentoring\.example\.nhs\.uk/(decisions|me|checkins|evaluations|partner|welcome-back|leave|join)/([A-Za-z0-9_-]{43})"
)


@cache
def cohort_7() -> Programme:
    """The shipped programme, read once: nothing can change it."""
    return load_programme(next(path for path in shipped() if path.stem == PROGRAMME))


def answers(**changes: object) -> dict[str, Any]:
    """A mentor's complete answers; ``None`` leaves one out."""
    given: dict[str, Any] = {
        "full_name": "Amara Okafor",
        "email": "amara.okafor@example.nhs.uk",
        "role": "mentor",
        "job_title": "Staff nurse",
        "band": "5",
        "organisation": "Example Partnership NHS Trust",
        "sector": "nhs",
        "area": "llr",
        "manager_name": "Priya Shah",
        "manager_email": "priya.shah@example.nhs.uk",
        "manager_agreed": True,
        "topics": ["race", "disability"],
        "about_you": "I would like to share what I have seen.",
        "access_needs": "A room without stairs, please.",
        "training_session": "mentor-training-1",
        "previous_participant": False,
        "commitment": ["training", "meetings", "principles"],
        "consent": True,
    }
    given.update(changes)
    return {name: value for name, value in given.items() if value is not None}


def mentee(**changes: object) -> dict[str, Any]:
    """A mentee's complete answers."""
    return answers(
        **{
            "full_name": "Tom Hughes",
            "email": "tom.hughes@example.nhs.uk",
            "role": "mentee",
            "job_title": "Director of Operations",
            "band": "9",
            "manager_name": "Grace Bell",
            "manager_email": "grace.bell@example.nhs.uk",
            "topics": ["race"],
            "training_session": "mentee-training-1",
            **changes,
        }
    )


class World(Pipeline[ManualClock]):
    """Plays the parts of form provider, queue, clock and people against the services."""

    def __init__(
        self,
        *,
        now: datetime = NINE,
        programme: Programme | None = None,
        earlier: Programme | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        settings = Settings(
            public_base_url="https://mentoring.example.nhs.uk",
            graph_base_url="https://graph.example.nhs.uk/v1.0",
            mailbox="mentoring@example.nhs.uk",
            admin_email=ADMINISTRATORS,
            token_key="test-token-key-0123456789abcdef0123",
            tick_schedule="0 */5 * * * *",
            daily_schedule="0 0 7 * * *",
            webhook_secrets=WebhookSecrets.model_validate(dict(secrets or {})),
        )
        super().__init__(settings, programme or cohort_7(), *([earlier] if earlier else []), clock=ManualClock(now))
        self._responses = 0

    async def submit(
        self,
        given: Mapping[str, Any] | None = None,
        *,
        response_id: str | None = None,
        submitted_at: datetime | None = None,
        form_id: str = PROGRAMME,
        run: bool = True,
    ) -> str:
        """Deliver a response as the form provider does; returns its content hash."""
        self._responses += 1
        body = {
            "form_id": form_id,
            "response_id": response_id or f"response-{self._responses}",
            "submitted_at": (submitted_at or self.clock.now()).isoformat(),
            "answers": dict(given if given is not None else answers()),
        }
        return await self.deliver(json.dumps(body).encode(), run=run)

    async def deliver(self, data: bytes, *, source: str = "standard", run: bool = True) -> str:
        """Deliver raw bytes behind the signature check."""
        return await self.receive(data, programme=PROGRAMME, source=source, run=run)

    async def tick(self, at: datetime | None = None) -> None:
        """Set the clock, run one tick and what it wakes."""
        if at is not None:
            self.clock.set(at)
        await super().tick()

    async def later(self, **by: float) -> None:
        """Tick after some time."""
        await self.tick(self.clock.now() + timedelta(**by))

    def row(self, table: TableName, **columns: Cell) -> dict[str, Cell]:
        """The one row with these column values."""
        found = [row for row in self.rows(table) if all(row.get(n) == v for n, v in columns.items())]
        assert len(found) == 1, f"{len(found)} rows of {table} with {columns}"
        return found[0]

    def application(self, **columns: Cell) -> dict[str, Cell]:
        """The one application with these column values."""
        return self.row(TableName.APPLICATIONS, **columns)

    def kinds_sent(self) -> list[str]:
        """The kinds of every mail handed over or sent, sorted."""
        told = {"Handed over", "Sent"}
        return sorted(
            str(row["Kind"])
            for row in self.rows(TableName.MESSAGES)
            if row["Status"] in told and row["Kind"] != "calendar event"
        )


def token(letter: Letter, purpose: str) -> str:
    """The token of the first link of a purpose in a mail."""
    found = next((m for m in _LINK.finditer(letter.html) if m.group(1) == purpose), None)
    assert found is not None, f"no {purpose} link in the mail"
    return found.group(2)
