"""The command that programme leads run."""

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.proofread.broken import SHIPPED, changed

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shared.proofread", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_a_file_that_can_be_used_is_summed_up_with_what_is_held_back() -> None:
    done = run(str(SHIPPED))

    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "Held back: left out until mended, the rest of the programme runs",
        "groups.peer-support.peer-4",
        "'1pm to 2:30pm' (if the start is right) or '10am to 11:30am'",
        "Applications close: 11:59pm on Thursday 12 March 2026",
        "Reverse mentor: 9 hours, and up to 9 hours that is optional",
        "Reverse mentee: 9 hours 30 minutes",
        "Sessions: 15, 13 with a time",
        "mentor-training-2: Monday 13 April 2026, 1pm to 4pm (provisional)",
        "Result: can be used. Errors: 0. Held back: 1. Warnings: 11.",
    ):
        assert words in done.stdout


def test_the_exit_status_is_that_of_the_worst_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(changed("cohort: 7\n", "cohrot: 7\n"), encoding="utf-8")

    refused = run(str(broken), str(SHIPPED))
    missing = run(str(tmp_path / "missing.yaml"), str(broken))

    assert refused.returncode == 1
    assert "Did you mean 'cohort'?" in refused.stdout
    assert "Result: refused. Errors: 1." in refused.stdout
    assert missing.returncode == 2
    assert "missing.yaml cannot be opened: No such file or directory" in missing.stderr
    assert run().returncode == 2


def test_findings_can_be_had_as_json() -> None:
    done = run("--json", str(SHIPPED))

    found = [(one["severity"], one["subject"]) for one in json.loads(done.stdout)]
    assert ("held back", "groups.peer-support.peer-4") in found
    assert ("warning", "privacy notice") in found


def test_importing_the_proof_reader_stays_light() -> None:
    heavy = ("email_validator", "jinja2", "msgraph")
    script = f"import sys, shared.proofread; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"
