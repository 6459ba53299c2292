"""What a whole journey writes into the log, by every logger there is, at the level that Azure's worker sets.

Storage and Graph are real programs here, and their libraries run: those are what has something to say.
"""

import logging
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.stores.names import TableName
from tests.contract.running import azurite
from tests.faults.matrix import START
from tests.faults.real import OnRealParts, Parts, account_names, accounts_for_azurite, parts
from tests.faults.run import Ended, Run
from tests.faults.seams import Seams
from tests.graph.stand_in import TOKEN, run_inbox
from tests.world import World, answers, mentee

_ACCOUNT, *_ = _NAMES = account_names(1)
_OURS = re.compile(r"(functions|shared)(\.|$)")
# A link's token is 43 characters, a body's hash 64; a reference such as K4Q-M7X-2P9-T is none.
_SECRET = re.compile(r"[A-Za-z0-9_-]{43,}|eyJ[A-Za-z0-9_-]{10}|AccountKey|[Ss]ig=|Bearer|SharedKey")
_ADDRESS = re.compile(r"https?://|[\w.+-]+@[\w-]+\.\w|\?\$?\w+=")


class Records(logging.Handler):
    """Keeps every line as it would be stored, with the logger's name and a traceback if there is one."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        # A run ends like a process that is killed: nobody closes what it had open.
        if not record.getMessage().startswith("Unclosed c"):
            self.lines.append((record.name, self.format(record)))


@pytest.fixture(scope="module")
def running() -> Iterator[Parts]:
    with (
        azurite(accounts_for_azurite(_NAMES)) as emulator,
        run_inbox() as inbox,
        tempfile.TemporaryDirectory() as folder,
        parts(Path(folder), emulator, inbox) as started,
    ):
        yield started


def played(running: Parts) -> tuple[Ended, list[tuple[str, str]]]:
    world, seams, records = World(now=START), Seams(None), Records()
    place = OnRealParts(world, running, _ACCOUNT)
    root = logging.getLogger()
    level = root.level
    root.addHandler(records)
    root.setLevel(logging.INFO)
    try:
        return Run(place, world.clock, seams).all(), records.lines
    finally:
        root.removeHandler(records)
        root.setLevel(level)
        place.close()


def personal() -> set[str]:
    """Names, addresses and words of everybody in the journey."""
    wanted = ("full_name", "email", "manager_name", "manager_email", "job_title")
    return {str(form[name]) for form in (answers(), mentee()) for name in wanted if form.get(name)}


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:.*deprecated:DeprecationWarning")
def test_no_line_of_any_logger_holds_an_address_a_key_or_a_name(
    running: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, lines = played(running)

    by_logger = Counter(name.partition(".")[0] for name, _ in lines)
    size = Counter[str]()
    for name, text in lines:
        size[name.partition(".")[0]] += len(text.encode())
    with capsys.disabled():
        sys.stdout.write(f"\nlog of a journey: {dict(by_logger)} lines, {dict(size)} bytes\n")
    assert ended.told["mails"], "the journey was played"
    assert any("handed over" in text for _, text in lines), "the app's own lines are there"
    assert [(name, text) for name, text in lines if not _OURS.match(name)] == []
    text = "\n".join(text for _, text in lines)
    assert _SECRET.findall(text) == []
    assert _ADDRESS.findall(text) == []
    assert TOKEN not in text
    assert [word for word in personal() if word.casefold() in text.casefold()] == []
    assert [name.value for name in TableName if f"/{name.value}" in text or f"{name.value}(" in text] == []


_LIBRARIES = (
    "azure.core.pipeline.policies.http_logging_policy",
    "azure.identity",
    "azure.storage.queue",
    "httpx",
    "httpcore.connection",
    "h2",
    "kiota_http",
    "msgraph_core",
    "msal.application",
    "urllib3.connectionpool",
    "aiohttp.client",
    "asyncio",
    "opentelemetry.trace",
    "jinja2",
    "pydantic_settings",
    "concurrent.futures",
)
_APP = ("shared.services.mail.worker", "functions.intake", "function_app", "local.host.app")


def test_every_library_is_quiet_from_its_first_line() -> None:
    """In a process of its own: the root logger as the worker sets it, and libraries that are imported afterwards."""
    program = f"""
import logging
logging.basicConfig(level=logging.INFO)
import function_app
print(*[name for name in {_LIBRARIES + _APP} if logging.getLogger(name).isEnabledFor(logging.INFO)])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == list(_APP)


def test_a_level_that_somebody_chose_is_kept() -> None:
    program = """
import logging
logging.getLogger("httpx").setLevel(logging.DEBUG)
logging.getLogger("azure").setLevel(logging.ERROR)
import function_app
print(logging.getLogger("httpx").level, logging.getLogger("azure").level)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(logging.DEBUG), str(logging.ERROR)]
