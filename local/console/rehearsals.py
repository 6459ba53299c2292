"""The console's page on which a year is rehearsed: ``make rehearse`` with a form before it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment

from local.rehearsal.files import known
from local.rehearsal.plan import COUNTS, Plan
from local.settings import local_folder

_ROOT = Path(__file__).parents[2]
_WORDS = {
    "people": "How many people apply",
    "seed": "A number: another one gives other people",
    "slow": "Managers who answer in the second week",
    "refuse": "Managers who refuse",
    "hand_over": "Managers who name another manager",
    "left": "Managers whose address does not work any more",
    "silent_managers": "Managers who never answer",
    "withdraw": "People who withdraw",
    "decline": "People who decline the partner they are offered",
    "silent": "People who never answer a check-in",
    "extended_by": "Days by which the closing date is put off",
}
_CHANGES = {
    "moved": "One session is moved",
    "cancelled": "One session is cancelled",
    "dated": "Sessions without a date are given one",
    "late": "Somebody applies late, and is let in",
}

type Run = Callable[[Sequence[str]], Awaitable[tuple[int, str]]]


async def run(arguments: Sequence[str]) -> tuple[int, str]:
    """Play in a process of its own: exit status, and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "local.rehearsal",
        *arguments,
        cwd=_ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")


class Rehearsals:
    """``GET, POST /rehearsal`` and the pages that were written."""

    def __init__(self, templates: Environment, *, run: Run = run, folder: Path | None = None) -> None:
        self._templates = templates
        self._run = run
        self._folder = (folder or local_folder() / "rehearsal").resolve()
        self._one_at_a_time = asyncio.Lock()

    def page(self, given: Mapping[str, str] | None = None, *, told: str = "", problem: str = "") -> str:
        """The form, what was found last, and the rehearsals so far."""
        default = Plan()
        numbers = [
            (name, words, "" if name in COUNTS else str(getattr(default, name))) for name, words in _WORDS.items()
        ]
        return self._templates.get_template("rehearsal.html").render(
            programmes=[path.stem for path in known()],
            numbers=numbers,
            changes=list(_CHANGES.items()),
            given=given or {},
            told=told,
            problem=problem,
            pages=sorted(path.name for path in self._folder.glob("*.html")),
        )

    async def play(self, given: Mapping[str, str]) -> str:
        """Play what was asked for; a second press waits for the first."""
        async with self._one_at_a_time:
            status, said = await self._run([f"--folder={self._folder}", *arguments(given)])
        return self.page(given, problem=said) if status else self.page(given, told=said)

    def file(self, name: str) -> str | None:
        """A page that was written, None if there is none of that name."""
        path = self._folder / name
        return path.read_text(encoding="utf-8") if path.parent == self._folder and path.is_file() else None


def arguments(given: Mapping[str, str]) -> list[str]:
    """The command's arguments for what was typed into the form."""
    found = [
        f"--{name.replace('_', '-')}={given[name].strip()}"
        for name in (*_WORDS, "against")
        if given.get(name, "").strip()
    ]
    found += [f"--{name}" if given.get(name) == "yes" else f"--no-{name}" for name in _CHANGES]
    # What begins with a hyphen is a name all the same.
    return [*found, "--", given.get("programme", "")]
