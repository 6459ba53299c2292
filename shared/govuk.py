"""``python -m shared.govuk PATH... --programme ID [--dry-run]``: brings the files of GOV.UK Forms in.

GOV.UK Forms sends no webhook: it writes each submission into a bucket (or attaches it to a mail) as
``form_submission.json``. A path is such a file, or a folder that is searched for them, such as a copy of the bucket.
A good file goes the way of any webhook's body; bringing it in again changes nothing. Files below
``test_form_submissions``, where GOV.UK Forms puts those of a preview, are tests. Nothing that is printed holds anything
about a person. Exit status: 0 every file is good, 1 some are not (they are named, the good ones are brought in),
2 nothing can be done.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared import bootstrap
from shared.composition.root import App
from shared.contracts import fit, json_body
from shared.contracts.govuk import GovukForms
from shared.domain.programme import Programme
from shared.errors import NoApplication, ServiceError, UnreadableSubmission
from shared.services.applications.webhooks import LARGEST_BODY

GOOD, PROBLEMS, NOT_USABLE = 0, 1, 2
_OF_A_PREVIEW = "test_form_submissions"
_FORMS = GovukForms()


@dataclass(frozen=True, slots=True)
class File:
    """One file: the body to bring in, b'' if there is a problem; what is said about it."""

    path: Path
    body: bytes
    test: bool = False
    problem: str = ""
    remarks: tuple[str, ...] = ()


def main(arguments: Sequence[str], app: App | None = None) -> int:
    """Read the files, say what is wrong with them, and bring the good ones in unless it is a dry run."""
    parser = argparse.ArgumentParser(prog="python -m shared.govuk", description=__doc__)
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    parser.add_argument("--programme", required=True, help="the programme whose form it is")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be brought in")
    options = parser.parse_args(arguments)
    try:
        app = app or bootstrap.get_app()
        programme = app.programmes.file(options.programme)
        if programme is None:
            return _refused(f"there is no programme '{options.programme}'")
        if _FORMS.name not in programme.form_ids:
            return _refused(f"the programme file gives no form id for '{_FORMS.name}' (section 'form', 'ids')")
        files = [_read(path, programme) for path in _found(options.paths)]
        _report(files)
        if options.dry_run:
            sys.stdout.write("Nothing was brought in: this was a dry run.\n")
        else:
            asyncio.run(_bring_in(app, programme.id, [file.body for file in files if not file.problem]))
    except OSError as exc:
        return _refused(f"{exc.filename} cannot be read: {exc.strerror}")
    except ServiceError as exc:
        return _refused(exc.reason)
    return PROBLEMS if any(file.problem for file in files) else GOOD


def _found(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.json")) if path.is_dir() else [path]


def _read(path: Path, programme: Programme) -> File:
    test = _OF_A_PREVIEW in (*path.parts, *path.resolve().parts)  # it may be typed from inside the folder
    try:
        body = path.read_bytes()
        if len(body) > LARGEST_BODY:
            raise UnreadableSubmission(f"the file is larger than {LARGEST_BODY // 1024} KiB")
        if test:
            body = json.dumps(json_body.read_object(body) | {"test": True}).encode()
        submission = _FORMS.parse(body, programme)
    except (UnreadableSubmission, NoApplication) as exc:
        return File(path, b"", test, exc.reason)
    return File(path, body, submission.test, remarks=fit.remarks(programme, submission))


def _report(files: Sequence[File]) -> None:
    lines = [f"{file.path}: {file.problem}" for file in files if file.problem]
    lines += dict.fromkeys(remark for file in files for remark in file.remarks)
    good = [file for file in files if not file.problem]
    tests = sum(file.test for file in good)
    lines.append(
        f"{len(files)} files: {len(good)} good ({tests} of them tests), {len(files) - len(good)} with a problem."
    )
    sys.stdout.write("\n".join([*lines, ""]))


async def _bring_in(app: App, programme: str, bodies: Sequence[bytes]) -> None:
    try:
        for body in bodies:
            await app.raw_bodies.keep(programme=programme, source=_FORMS.name, body=body, wake=False)
    finally:
        await app.outside.close()
    sys.stdout.write(f"{len(bodies)} brought in; each is a row of Submissions once the next tick has taken it in.\n")


def _refused(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return NOT_USABLE


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
