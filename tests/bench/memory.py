"""What the first mail costs in memory: the SDK is loaded with it, and its models must not be built."""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.report import Line, Outcome
from tests.graph.stand_in import MAILBOX, TOKEN, StandIn, run_inbox

_MOST = 45
_PROBE = """
import asyncio, sys
from pathlib import Path

from shared.adapters.graph import GraphConnection, GraphMailbox, StaticToken
from shared.ports import Letter
import function_app

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

async def first_mail():
    connection = GraphConnection(sys.argv[1], lambda: StaticToken(sys.argv[2]))
    mailbox = GraphMailbox(connection, sys.argv[3])
    written = await mailbox.draft(Letter("one", ("amara@example.nhs.uk",), "Hello", "<p>Hello</p>", "p m 1"))
    await mailbox.send(written.graph_id)
    await mailbox.find("one")

before = resident()
asyncio.run(first_mail())
print(before, resident())
"""


def measure() -> Outcome:
    with tempfile.TemporaryDirectory() as folder, run_inbox() as inbox:
        graph = StandIn(state=Path(folder) / "graph", smtp_port=inbox.smtp_port).start()
        try:
            command = [sys.executable, "-c", _PROBE, f"{graph.origin}/v1.0", TOKEN, MAILBOX]
            printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        finally:
            graph.stop()
    before, after = (float(word) for word in printed.split())
    grown = after - before
    return Outcome(
        lines=[
            Line(
                "memory after the first mail / before it",
                "MB",
                after,
                before,
                f"at most {_MOST} MB more",
                grown <= _MOST,
            )
        ],
        note=f"{grown:.0f} MB more with the first draft, send and lookup in a process that has loaded the whole app.",
    )
