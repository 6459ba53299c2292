"""What the pages weigh on their way to a browser, and how long the app takes for each, beside a bare page."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urljoin

import httpx
from azure.data.tables import TableClient

from local.settings import connection_string
from tests.bench.report import Line, Outcome, Sheet
from tests.host.running import running_host, write_app
from tests.journey.browser import Browser
from tests.journey.platform import PROGRAMME, ROOT, Platform, running
from tests.visitor import typed
from tests.world import answers, mentee

_RUNS = 200
_MOST_FIRST, _MOST_AFTER, _MOST_RATIO = 60_000, 10_000, 3.0
_BARE = Path(__file__).parent / "bare_page" / "function_app.py"
_LINKED = re.compile(r'(?:href|src)="(/assets/[^"]+)"')

type _Ask = Callable[[], httpx.Response]


def measure() -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_app(folder / "bare", _BARE.read_text())
        with running(folder / "platform") as platform:
            connection = connection_string(platform.ports)
            with TableClient.from_connection_string(connection, "bare") as table:
                table.create_table()
                table.upsert_entity(
                    {"PartitionKey": "bare", "RowKey": "row", "Words": "What a row may say of a page. " * 3}
                )
            with (
                running_host(folder / "bare", storage=connection) as bare,
                httpx.Client(trust_env=False, timeout=20) as browser,
                httpx.Client(trust_env=False, timeout=20) as other,
            ):
                pages = _pages(platform, browser)
                weights = {title: _weight(platform, browser, ask) for title, ask in pages.items()}
                waits = _in_turn({"bare": lambda: other.get(f"{bare.base}/page"), **pages})
    return _outcome(weights, waits)


def _pages(platform: Platform, browser: httpx.Client) -> Mapping[str, _Ask]:
    """Every kind of page, each ready to be asked for as often as wanted."""
    platform.apply(answers(), response_id="pages-1")
    asked = platform.wait_for_mail("priya.shah@example.nhs.uk", "release").link("decisions")
    own = platform.wait_for_mail("amara.okafor@example.nhs.uk", "application").link("me")
    form = platform.host_url(f"/apply/{PROGRAMME}")
    front = browser.get(form)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', front.text))
    first = browser.post(form, data=fields, headers={"Origin": platform.host_url("")})
    assert first.status_code == 303, first.status_code
    question = urljoin(form, first.headers["location"])
    sent = filled_in(platform)
    meeting, welcome = _asked_after_a_meeting(platform), _who_took_part_before(platform)
    return {
        "apply, first page": lambda: browser.get(form),
        "apply, a question": lambda: browser.get(question),
        "apply, a question with a mistake": lambda: browser.post(
            question, data=fields, headers={"Origin": platform.host_url("")}
        ),
        "apply, sent": lambda: sent.client.get(f"{sent.base}/sent"),
        "the equality questions": lambda: sent.client.get(f"{sent.base}/equality"),
        "a line manager's decision": lambda: browser.get(asked),
        "a participant's own page": lambda: browser.get(own),
        "a check-in": lambda: browser.get(meeting),
        "a returning participant's details": lambda: browser.get(welcome),
        "I took part before": lambda: browser.get(platform.host_url(f"/returning/{PROGRAMME}")),
        "a link that is no link": lambda: browser.get(platform.host_url("/me/" + "x" * 43)),
    }


def _asked_after_a_meeting(platform: Platform) -> str:
    """The check-in of a mentor who met a mentee a month ago, both with their managers' consent."""
    people = {
        "mentor": answers(email="mentor@example.nhs.uk", manager_email="first@example.nhs.uk"),
        "mentee": mentee(email="mentee@example.nhs.uk", manager_email="second@example.nhs.uk"),
    }
    pair = {"PartitionKey": PROGRAMME, "RowKey": "pair-1", "StartDate": "2026-01-05", "Status": "confirmed"}
    pair["Overruled"] = "start date"  # it lies more than a week back
    for role, given in people.items():
        platform.apply(given, response_id=f"pages-{role}")
        asked = platform.wait_for_mail(given["manager_email"], "release").link("decisions")
        platform.submit_form(asked, decision="approve")
        platform.wait_for_mail(given["email"], "confirmed")
        pair[role.title()] = platform.row("Applications", Email=given["email"])["RowKey"]
    platform.type_in("Pairs", pair)
    platform.fire("tick")
    return platform.wait_for_mail("mentor@example.nhs.uk", "meeting 1").link("checkins")


def _who_took_part_before(platform: Platform) -> str:
    """The page of somebody of the cohort before."""
    email, sheet = "came.before@example.nhs.uk", platform.folder / "before.csv"
    sheet.write_text(f"Full name,Email,Job title\nCam Before,{email},Nurse\n")
    choices = ("--programme", PROGRAMME, "--cohort", "Cohort 6", "--keep-until", "2028-01-01")
    subprocess.run(
        [sys.executable, "-m", "local.command", "shared.returning", str(sheet), *choices],
        cwd=ROOT,
        env=platform.environment,
        check=True,
        capture_output=True,
    )
    platform.submit_form(platform.host_url(f"/returning/{PROGRAMME}"), email=email)
    return platform.wait_for_mail(email, "details").link("welcome-back")


def filled_in(platform: Platform) -> Browser:
    """The browser of somebody who has just applied on our own form."""
    browser = Browser(platform)
    browser.fill_in(typed(email="sam.reid@example.nhs.uk", manager_email="boss@example.nhs.uk"))
    return browser


def _weight(platform: Platform, browser: httpx.Client, ask: _Ask) -> tuple[int, int]:
    """Compressed bytes on the first view, with everything the page links to, and on the next, with nothing of that."""
    page = ask()
    later = page.num_bytes_downloaded
    linked = set(_LINKED.findall(page.text))
    return later + sum(browser.get(platform.host_url(path)).num_bytes_downloaded for path in linked), later


def _in_turn(asks: Mapping[str, _Ask]) -> dict[str, list[float]]:
    """Milliseconds of each answer, all asked for in turn on lasting connections."""
    waits: dict[str, list[float]] = {title: [] for title in asks}
    for ask in asks.values():
        for _ in range(10):
            ask()
    for _ in range(_RUNS):
        for title, ask in asks.items():
            begun = time.perf_counter()
            ask()
            waits[title].append((time.perf_counter() - begun) * 1000)
    return waits


def _outcome(weights: Mapping[str, tuple[int, int]], waits: Mapping[str, list[float]]) -> Outcome:
    p95 = {title: quantiles(found, n=20)[18] for title, found in waits.items()}
    slowest = max((title for title in p95 if title != "bare"), key=p95.__getitem__)
    first, after = (max(weight[view] for weight in weights.values()) for view in (0, 1))
    within = p95[slowest] / p95["bare"] <= _MOST_RATIO
    return Outcome(
        lines=[
            Line(
                f"p95 of the slowest page ({slowest}) / bare page",
                "ms",
                p95[slowest],
                p95["bare"],
                f"at most {_MOST_RATIO}",
                within,
            ),
            Line("heaviest page, first view / 60 kB", "B", first, _MOST_FIRST, "at most 1", first <= _MOST_FIRST),
            Line("heaviest page, afterwards / 10 kB", "B", after, _MOST_AFTER, "at most 1", after <= _MOST_AFTER),
        ],
        sheets=[
            Sheet(
                "Pages: compressed bytes, and milliseconds",
                ("page", "first view", "afterwards", "p50", "p95"),
                [
                    (title, *map(str, weights.get(title, ("", ""))), f"{median(found):.1f}", f"{p95[title]:.1f}")
                    for title, found in waits.items()
                ],
            )
        ],
        note=(
            f"{_RUNS} requests for each page in turn, one at a time, on one emulator. The bare page reads one row and "
            "sends a template compressed. Style and script are cached for a year, so they count on the first view only."
        ),
        more={"weights": dict(weights), "p95": p95},
    )
