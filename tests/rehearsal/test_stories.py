"""The story of each programme, kept as a text that a change must change knowingly: ``UPDATE=1`` writes it anew."""

import os
from pathlib import Path

import pytest

from local.rehearsal.files import settled
from local.rehearsal.findings import find
from local.rehearsal.story import lines
from shared.domain.cohort_model import State
from tests.rehearsal.played import PROGRAMMES, played

STORIES = Path(__file__).parent / "stories"


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_the_story_of_a_year_is_the_one_that_is_kept(programme: str) -> None:
    """Who did what, and who was told what, when. What is otherwise after a change is what people will notice of it."""
    _, story = played(programme)
    file = STORIES / f"{programme}.txt"
    text = "\n".join(lines(story)).lstrip() + "\n"

    if os.environ.get("UPDATE"):
        file.write_text(text, encoding="utf-8")

    assert file.exists(), f"run UPDATE=1 pytest {Path(__file__).name}"
    assert text.splitlines() == file.read_text(encoding="utf-8").splitlines(), (
        f"people are told something else than before; if that is meant, run UPDATE=1 pytest {Path(__file__).name}"
    )


def test_every_story_that_is_kept_is_of_a_programme() -> None:
    assert {file.stem for file in STORIES.glob("*.txt")} == set(PROGRAMMES)


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_every_mail_and_every_invitation_says_that_it_is_a_rehearsal(programme: str) -> None:
    _, story = played(programme)

    assert story.told or story.programme.model.state is State.COMPLETED
    assert [one.subject for one in story.told if not one.subject.startswith("[Rehearsal] ")] == []
    assert [one.subject for one in story.told if one.html.count("REHEARSAL: everybody in it is invented") != 1] == []


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_nothing_is_found_but_what_the_file_accepts(programme: str) -> None:
    from_file, story = played(programme)

    assert settled(find(story, from_file.reading.lines), from_file.reading)[0] == []


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_nothing_is_left_undone(programme: str) -> None:
    """No mail was parked and no command refused: a rehearsal in which the app stumbles shows something else."""
    _, story = played(programme)

    assert [row for row in story.final["Messages"] if row["Status"] == "Parked"] == []
    assert [row for row in story.final["Commands"] if row.get("Status") == "Refused"] == []
