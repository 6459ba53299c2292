"""The page of a rehearsal in a browser: as it opens, with everything opened, and on a phone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.rehearsal.findings import find
from local.rehearsal.page import page as page_of
from tests.accessibility.audit import DESKTOP, PHONE, axe, resize, sideways
from tests.accessibility.conftest import Tab
from tests.rehearsal.played import PROGRAMMES, TINY, played


def test_the_page_of_a_rehearsal(tab: Tab, tmp_path: Path) -> None:
    # The browser is driven within a loop, and a rehearsal has its own.
    with ThreadPoolExecutor(1) as thread:
        from_file, story = thread.submit(played, PROGRAMMES[0], TINY).result()
    file = tmp_path / "rehearsal.html"
    file.write_text(page_of(story, find(story, from_file.reading.lines), file=from_file.name), encoding="utf-8")
    page, problems = tab.page, []
    tab.scripts.for_pages()
    page.goto(file.as_uri())
    if tab.scripts.allowed:
        page.select_option("#who", label=story.people[0].name)
        page.select_option("#week", index=8)
        page.select_option("#table", "Applications")
        assert page.locator("#cells tbody tr").count() > 0
        page.locator("#life summary").first.click()
        frame = page.frame_locator("#life iframe")
        assert "REHEARSAL" in frame.locator("body").inner_text()
    else:
        assert page.locator("noscript").first.is_visible()
    tab.scripts.for_the_auditor()
    page.evaluate("() => document.querySelectorAll('section > details').forEach(one => { one.open = true; })")
    for width in (DESKTOP, PHONE):
        resize(page, width)
        found = axe(page)
        assert "document-title" in found.passed
        problems += [f"{width} px: {what}" for what in (*found.violations, *sideways(page))]
    assert problems == []
