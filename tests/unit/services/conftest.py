"""Watches every story: whatever it is about, no log line and no queue message may say anything about a person."""

import logging
from collections.abc import Iterator

import pytest

from local.memory.storage import MemoryWakeups

# The people of the stories, and what they say where a test gives them words of their own.
PERSONAL = (
    "amara",
    "okafor",
    "priya",
    "shah",
    "tom.hughes",
    "tom hughes",
    "grace.bell",
    "grace bell",
    "alex.reid",
    "alex reid",
    "what i have seen",
    "without stairs",
    "canary",
    "secret",
)


@pytest.fixture(autouse=True)
def nothing_personal_leaves(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    queued: list[str] = []
    submission, mailbox_worker = MemoryWakeups.submission, MemoryWakeups.mailbox

    async def noted_submission(self: MemoryWakeups, programme: str, source: str, content: str) -> None:
        queued.append(f"{programme} {source} {content}")
        await submission(self, programme, source, content)

    async def noted_mailbox(self: MemoryWakeups, queue: str, *, after: float = 0) -> None:
        queued.append(queue)
        await mailbox_worker(self, queue, after=after)

    monkeypatch.setattr(MemoryWakeups, "submission", noted_submission)
    monkeypatch.setattr(MemoryWakeups, "mailbox", noted_mailbox)
    caplog.set_level(logging.DEBUG, logger="shared")
    yield
    logged = [f"{record.getMessage()} {record.exc_text or ''} {record.args}" for record in caplog.get_records("call")]
    said = "\n".join([*logged, *queued]).lower()
    assert [word for word in PERSONAL if word in said] == []
