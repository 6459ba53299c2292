"""The command that brings in the files of GOV.UK Forms, on a copy of a bucket and the in-memory pipeline."""

import asyncio
import json
from pathlib import Path

import pytest

from shared.govuk import main
from shared.stores.names import TableName
from tests.senders import ALL, filled_in
from tests.senders.form import with_every_form
from tests.world import PROGRAMME, World, answers, mentee

SENDER = ALL["govuk"]


def written(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name / "form_submission.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    return path


def bucket(folder: Path) -> Path:
    """As GOV.UK Forms lays it out: a folder for each submission, previews apart."""
    real, test = folder / "form_submissions/7042", folder / "test_form_submissions/7042"
    mentor = SENDER.body(filled_in("govuk", answers()), response_id="A1B2C3D4")
    written(real, "20260210T091500Z_A1B2C3D4", mentor)
    written(real, "20260210T093000Z_E5F6G7H8", SENDER.body(filled_in("govuk", mentee()), response_id="E5F6G7H8"))
    written(real, "20260210T094500Z_BROKEN00", b'{"answers": [')
    written(test, "20260210T080000Z_TEST0000", SENDER.body(filled_in("govuk", answers()), response_id="TEST0000"))
    return folder


def run(world: World, *arguments: str | Path) -> int:
    status = main([*map(str, arguments), "--programme", PROGRAMME], world.app)
    asyncio.run(world.tick())
    return status


@pytest.fixture
def world() -> World:
    return World(programme=with_every_form())


def test_a_copy_of_the_bucket_is_brought_in_as_often_as_one_likes(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = bucket(tmp_path)

    assert [run(world, folder), run(world, folder)] == [1, 1]

    rows = world.rows(TableName.APPLICATIONS)
    assert sorted((str(row["FullName"]), bool(row["Test"])) for row in rows) == [
        ("Amara Okafor", False),
        ("Amara Okafor", True),
        ("Tom Hughes", False),
    ]
    assert len(world.mailbox.sent) == 4
    said = capsys.readouterr().out
    assert "BROKEN00/form_submission.json: the body is not JSON" in said
    assert "4 files: 3 good (1 of them tests), 1 with a problem." in said
    assert "Amara" not in said


@pytest.mark.parametrize("inside", ["", "7042", "7042/20260210T080000Z_TEST0000"])
@pytest.mark.parametrize("path", [".", "form_submission.json"])
def test_a_preview_is_a_test_also_when_the_command_is_run_from_inside_its_folder(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str, path: str
) -> None:
    monkeypatch.chdir(bucket(tmp_path) / "test_form_submissions" / inside)

    run(world, path if Path(path).exists() else ".")

    assert [bool(row["Test"]) for row in world.rows(TableName.APPLICATIONS)] == [True]
    assert not world.mailbox.sent


def test_a_dry_run_says_what_does_not_fit_and_stores_nothing(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.loads(SENDER.body(filled_in("govuk", answers())))
    body["answers"].append({"question_id": "new1", "question_text": "Do you drive?", "answer_text": "Every day"})
    path = written(tmp_path, "one", json.dumps(body).encode())

    assert run(world, path, "--dry-run") == 0

    said = capsys.readouterr().out
    assert '- "Do you drive?"' in said
    assert "Every day" not in said
    assert not world.bodies.kept


@pytest.mark.parametrize(
    ("programme", "reason"),
    [(None, "gives no form id for 'govuk'"), ("llr-rmi-2031-c12", "there is no programme 'llr-rmi-2031-c12'")],
)
def test_what_cannot_be_done_says_why(
    programme: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--programme", programme or PROGRAMME], World().app) == 2
    assert reason in capsys.readouterr().err


def test_a_file_that_is_not_there_and_one_that_is_too_large_are_named(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = written(tmp_path, "large", b" " * (256 * 1024 + 1))

    assert run(world, tmp_path / "nowhere.json") == 2
    assert run(world, large) == 1
    said = capsys.readouterr()
    assert "nowhere.json cannot be read: No such file or directory" in said.err
    assert "the file is larger than 256 KiB" in said.out
