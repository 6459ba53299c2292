"""The whole platform on the worst days: its host is killed in the middle, its storage stops and comes back."""

import os
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.journey.platform import Platform, running, wait_until
from tests.world import answers

PEOPLE = 8


def child(platform: Platform, command: str) -> int:
    """The process id of one of the platform's parts."""
    assert platform.process is not None
    own = platform.process.pid
    for number in Path(f"/proc/{own}/task/{own}/children").read_text().split():
        if command in Path(f"/proc/{number}/cmdline").read_text().replace("\0", " "):
            return int(number)
    raise AssertionError(f"no part runs {command}")


def deliver(platform: Platform, number: int) -> bool:
    """A form provider's try; False if it has to try again."""
    given = answers(email=f"person{number}@example.nhs.uk", manager_email=f"manager{number}@example.nhs.uk")
    try:
        return platform.apply(given, response_id=f"response-{number}").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("command", "how"), [("local.host", signal.SIGKILL), ("azurite.js", signal.SIGTERM)], ids=["host", "storage"]
)
def test_a_part_that_dies_in_the_middle_loses_nobody_and_tells_nobody_twice(
    tmp_path: Path, command: str, how: signal.Signals
) -> None:
    with running(tmp_path / "platform") as platform:
        delivered = {number for number in range(PEOPLE // 2) if deliver(platform, number)}
        time.sleep(0.4)
        os.kill(child(platform, command), how)
        delivered |= {number for number in range(PEOPLE // 2, PEOPLE) if deliver(platform, number)}
        assert platform.process is not None
        platform.process.wait(40)

        platform.start()
        for number in set(range(PEOPLE)) - delivered:
            wait_until(partial(deliver, platform, number), lambda: "not taken")
        # What the dead process held is locked for a while; the tick looks past the queue, the lease runs out.
        wait_until(lambda: _all_told(platform), lambda: str(platform.rows("Messages")), seconds=120, every=1)
        platform.reconcile()
        told = Counter((mail.to, mail.subject) for mail in platform.mails())

    assert [what for what, count in told.items() if count > 1] == []
    assert len(told) == 2 * PEOPLE


def _all_told(platform: Platform) -> bool:
    platform.fire("tick")
    return len(platform.mails()) >= 2 * PEOPLE and len(platform.rows("Applications")) == PEOPLE
