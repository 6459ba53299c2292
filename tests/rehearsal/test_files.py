"""A programme keeps the hash of its rehearsal, the proof-reader says when it changed, and findings can be accepted."""

import re
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from local.console.rehearsals import Rehearsals, arguments
from local.rehearsal.__main__ import main
from local.rehearsal.compare import changes, page
from local.rehearsal.files import NotFound, Refused, known, publish, settled, source
from local.rehearsal.findings import Found
from local.rehearsal.plan import COUNTS, Plan
from local.rehearsal.play import rehearse
from shared.proofread import proofread
from shared.proofread.finding import AcceptedFinding
from tests.rehearsal.played import TINY, played

# The shipped file as it was before anybody had rehearsed it.
_NOTED = re.compile(r"# What a dress rehearsal finds.*?(?=# The application form)", re.DOTALL)
TEXT = _NOTED.sub("", known()[0].read_text(encoding="utf-8"))
MAY = date(2026, 5, 4)
NOTED = "rehearsal:\n  of: {of}\n  on: Monday 4 May 2026\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "copy.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def warnings(path: Path) -> list[str]:
    return [one.what for one in proofread(path).of("warning") if one.subject.startswith("rehearsal")]


def test_what_was_rehearsed_is_noted_and_a_change_is_a_warning(file: Path) -> None:
    publish(source(str(file)), MAY)
    noted = file.read_text(encoding="utf-8")
    of = proofread(file).digest

    assert noted.endswith(NOTED.format(of=of))
    assert (warnings(file), proofread(file).rehearsed.of) == ([], of)
    file.write_text(noted.replace("\n", "\r\n").replace("# ", "#   "), encoding="utf-8")
    assert warnings(file) == [], "notes and line ends change nothing"
    file.write_text(noted.replace("nudge after days: 5", "nudge after days: 6"), encoding="utf-8")
    assert warnings(file) == ["The file has changed since it was rehearsed on Monday 4 May 2026."]
    publish(source(str(file)), MAY)
    assert warnings(file) == []
    assert file.read_text(encoding="utf-8").count("rehearsal:") == noted.count("rehearsal:")


def test_noting_keeps_what_was_accepted_and_all_that_follows(file: Path) -> None:
    accepted = "".join(
        f"    - finding: {what}\n      about: meetings\n      by: Jo\n      on: 1 May 2026\n      why: Known.\n"
        for what in ("without a partner", "booked twice at once")
    )
    file.write_text(f"rehearsal:  # a note\n  of: old\n  accepted:\n{accepted}\n{TEXT}", encoding="utf-8")
    publish(source(str(file)), MAY)

    reading = proofread(file)
    assert file.read_text(encoding="utf-8").endswith(TEXT)
    assert reading.rehearsed.of == reading.digest
    assert reading.rehearsed.accepted == tuple(
        AcceptedFinding(what, "meetings", "Jo", "1 May 2026", "Known.")
        for what in ("without a partner", "booked twice at once")
    )


def test_an_accepted_finding_is_told_once_with_its_reason(file: Path) -> None:
    file.write_text(
        f"{TEXT}\nrehearsal:\n  accepted:\n    - {{finding: f, about: meetings, by: Jo, on: May 2026, why: Known.}}\n",
        encoding="utf-8",
    )
    found = [Found(MAY, "f", who, "s", about) for who in "ab" for about in ("meetings", "closes")]

    left, accepted = settled(found, proofread(file))

    assert left == [one for one in found if one.about == "closes"]
    assert accepted == [(found[0], "Known. (Jo, May 2026)")]


def test_what_cannot_be_rehearsed_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("programme: x y\n", encoding="utf-8")

    with pytest.raises(NotFound, match=known()[0].stem):
        source("nobody-knows-it")
    with pytest.raises(Refused, match="line 1, programme"):
        source(str(broken))
    assert main([str(broken)]) == 1
    assert main(["--people", "3"]) == 1
    assert main(["--people", "many"]) == 1
    assert "from 4 to 2000 people, not 3" in capsys.readouterr().err


@pytest.mark.parametrize("name", COUNTS)
def test_no_more_can_do_something_than_there_are(name: str) -> None:
    with pytest.raises(ValueError, match="number from 0 to 10"):
        Plan.typed({"people": "10", name: "11"})


def test_a_file_beside_itself_changes_nothing_and_another_says_what() -> None:
    _, story = played(known()[0].stem, TINY)
    text = TEXT.replace("Tuesday 14th April, time: 13.00 - 14.00", "Tuesday 14th April, time: 13.30 - 14.30")
    text = text.replace("reminder days: [3, 7]", "reminder days: [4, 7]")
    other = proofread(text).programme
    assert other is not None

    after = rehearse(other, story.plan)
    found = changes(story, after)

    assert changes(story, story) == []
    what = {(one.kind, one.what.partition(" ")[0].strip(":")) for one in found}
    assert ("approval request", "reworded") in what
    assert what & {("approval reminder", "moved"), ("approval reminder", "gone")}
    words = next(one.words for one in found if one.kind == "approval request" and one.words)
    assert any(line.startswith("+") and "1:30pm to 2:30pm" in line for line in words)
    asked = [one for one in found if one.kind == "approval request"]
    shown = BeautifulSoup(page(story, after, ("one.yaml", "other.yaml")), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in shown.find_all("tr")]
    assert ["approval request", "0", "0", "0", str(len(asked))] in rows


async def test_the_console_plays_what_was_typed_and_shows_what_was_written(tmp_path: Path) -> None:
    from jinja2 import Environment, FileSystemLoader

    from local.console import app

    asked: list[list[str]] = []

    async def run(given: object) -> tuple[int, str]:
        asked.append(list(given))  # type: ignore[call-overload]
        (tmp_path / "x.html").write_text("a page", encoding="utf-8")
        return (0, "found nothing") if len(asked) == 1 else (1, "refused: <b>")

    templates = Environment(loader=FileSystemLoader(Path(app.__file__).parent), autoescape=True)
    console = Rehearsals(templates, run=run, folder=tmp_path)

    assert "None yet." in console.page()
    shown = await console.play({"programme": "-x", "people": " 12 ", "seed": "", "moved": "yes"})
    refused = await console.play({"programme": "y"})

    assert asked[0] == [
        f"--folder={tmp_path}",
        *("--people=12", "--moved", "--no-cancelled", "--no-dated", "--no-late", "--", "-x"),
    ]
    assert 'href="/rehearsal/x.html"' in shown
    assert "found nothing" in shown
    assert "refused: &lt;b&gt;" in refused
    assert (console.file("x.html"), console.file("../x.html"), console.file("")) == ("a page", None, None)


def test_the_form_asks_for_all_that_a_plan_has() -> None:
    given = dict.fromkeys(Plan.__dataclass_fields__, "1")

    named = {one.removeprefix("--").removeprefix("no-").partition("=")[0] for one in arguments(given)}

    assert {name.replace("_", "-") for name in Plan.__dataclass_fields__} <= named
