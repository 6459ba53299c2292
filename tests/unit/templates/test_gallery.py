import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from local.mails.gallery import ODD, page, shown
from shared.domain.owed import Kind

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def gallery() -> BeautifulSoup:
    return BeautifulSoup(page(), "html.parser")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_mail_can_be_looked_through(gallery: BeautifulSoup, kind: Kind) -> None:
    section = gallery.find("section", id=kind.value.replace(" ", "-"))

    assert section is not None
    assert gallery.find("a", href=f"#{kind.value.replace(' ', '-')}") is not None
    # Ordinary and odd names, each in light and dark, and as text.
    shown_as = [(mail.html, mail.dark, mail.text) for mail in (shown(kind), shown(kind, ODD))]
    frames, texts = section.find_all("iframe"), section.find_all("pre")
    assert [frame["srcdoc"] for frame in frames] == [html for mail in shown_as for html in mail[:2]]
    assert [text.get_text().strip() for text in texts] == [mail[2].strip() for mail in shown_as]
    assert shown(kind).subject in section.get_text()


def test_what_is_shown_cannot_run_anything(gallery: BeautifulSoup) -> None:
    assert gallery.find("script") is None
    assert all("sandbox" in frame.attrs for frame in gallery.find_all("iframe"))


def test_the_dark_mail_is_the_same_mail() -> None:
    mail = shown(Kind.RECEIVED)

    assert mail.dark != mail.html
    assert BeautifulSoup(mail.dark, "html.parser").get_text() == BeautifulSoup(mail.html, "html.parser").get_text()


def test_the_command_writes_the_page_and_says_where(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "local.mails"],
        cwd=ROOT,
        env={**os.environ, "LOCAL_DIR": str(tmp_path / "new")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (tmp_path / "new" / "mails.html").as_uri() in run.stdout
    assert "approval request" in (tmp_path / "new" / "mails.html").read_text(encoding="utf-8")
