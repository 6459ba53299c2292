"""Runs the Exchange administrator's scripts in a real PowerShell, against stand-ins of the cmdlets."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.infra.plan import INFRA

PWSH = shutil.which("pwsh")
WHY_NOT = (
    "PowerShell 7 (pwsh) is not on the PATH, so the Exchange scripts were only parsed; "
    "https://learn.microsoft.com/powershell/scripting/install"
)
_HERE = Path(__file__).parent / "powershell"

APP_ID, OBJECT_ID = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
MAILBOX, OTHER, PERSON = "reverse.mentoring@example.nhs.uk", "you@example.nhs.uk", "someone@example.nhs.uk"
NAME = "Mentoring pipeline"
ROLES = ("Application Mail.ReadWrite", "Application Mail.Send", "Application Calendars.ReadWrite")
# Application permissions that the stand-in of Entra ID knows, each behind the start of its service's id.
PERMISSIONS = {
    "mail": "00000003 Mail.ReadWrite",
    "user": "00000003 User.Read.All",
    "give": "00000003 AppRoleAssignment.ReadWrite.All",
    "full": "00000002 full_access_as_app",
}

Objects = list[dict[str, str]]


@dataclass
class World:
    """What the tenant holds before a script runs."""

    mailboxes: dict[str, str] = field(
        default_factory=lambda: {MAILBOX: "SharedMailbox", OTHER: "UserMailbox", PERSON: "UserMailbox"}
    )
    principals: Objects = field(default_factory=list)
    scopes: Objects = field(default_factory=list)
    assignments: Objects = field(default_factory=list)
    grants: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    connected: bool = True
    in_scope: str = "text"

    def as_json(self) -> dict[str, Any]:
        return {
            "Mailboxes": self.mailboxes,
            "Principals": self.principals,
            "Scopes": self.scopes,
            "Assignments": self.assignments,
            "Grants": self.grants,
            "Roles": self.roles,
            "Connected": self.connected,
            "InScope": self.in_scope,
        }


def granted(**changes: Any) -> World:
    """A tenant in which the app has what it needs."""
    return World(
        principals=[{"AppId": APP_ID, "ObjectId": OBJECT_ID, "DisplayName": NAME}],
        scopes=[{"Name": NAME, "RecipientFilter": f"PrimarySmtpAddress -eq '{MAILBOX}'"}],
        assignments=[assignment(role) for role in ROLES],
        **changes,
    )


def assignment(role: str, *, scope: str = NAME, name: str = "") -> dict[str, str]:
    """One role given to the app."""
    return {"Name": name or f"{NAME} - {role}", "App": OBJECT_ID, "Role": role, "CustomResourceScope": scope}


@dataclass
class Run:
    """A script with its arguments, the tenant it meets, and the call that is refused: its number or its name."""

    script: str
    arguments: dict[str, Any]
    world: World
    refuse: str = ""
    how: str = "error"


@dataclass(frozen=True)
class Result:
    """What a run said and left behind."""

    said: str
    code: int
    calls: list[str]
    principals: Objects
    scopes: Objects
    assignments: Objects

    @property
    def changes(self) -> int:
        """How many of the calls were to change something."""
        return len([call for call in self.calls if not call.startswith(("Get-", "Test-"))])


def grant(world: World, *mailboxes: str, refuse: str = "", how: str = "error", **switches: Any) -> Run:
    arguments = {"AppId": APP_ID, "ObjectId": OBJECT_ID, "Mailbox": mailboxes or (MAILBOX,), **switches}
    return Run("Grant-MailboxAccess", arguments, world, refuse, how)


def prove(world: World, *mailboxes: str, refuse: str = "", how: str = "error", **switches: Any) -> Run:
    arguments = {"ObjectId": OBJECT_ID, "Mailbox": mailboxes or (MAILBOX,), "OtherMailbox": OTHER, **switches}
    return Run("Test-MailboxAccess", arguments, world, refuse, how)


def revoke(world: World, refuse: str = "", how: str = "error", **switches: Any) -> Run:
    arguments = {"AppId": APP_ID, "Confirm": False, **switches}
    return Run("Revoke-MailboxAccess", arguments, world, refuse, how)


class PowerShell:
    """One PowerShell for many runs, since it takes a second to start. Each run has a tenant of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [str(PWSH), "-NoProfile", "-NonInteractive", "-File", str(_HERE / "play.ps1")],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout

    def play(self, runs: Sequence[Run]) -> list[Result]:
        """What each run said and did."""
        given = self._folder / "runs.json"
        given.write_text(json.dumps([_as_json(run) for run in runs]), encoding="utf-8")
        self._in.write(f"{given}\n")
        self._in.flush()
        said = []
        for line in self._out:
            if line.strip() == "played":
                break
            said.append(line)
        else:
            raise AssertionError("".join(said))
        found = json.loads((self._folder / "runs.json.results").read_text(encoding="utf-8-sig"))
        return [Result(**{key.lower(): value for key, value in each.items()}) for each in found]

    def close(self) -> None:
        """End it."""
        self._in.close()
        self._process.wait(timeout=30)
        self._out.close()


def environment() -> dict[str, str]:
    """With the stand-ins where PowerShell looks for modules, and no colours in what it says."""
    return {**os.environ, "PSModulePath": str(_HERE / "modules"), "NO_COLOR": "1", "POWERSHELL_TELEMETRY_OPTOUT": "1"}


def path(script: str) -> str:
    return str(INFRA / "exchange" / f"{script}.ps1")


def _as_json(run: Run) -> dict[str, Any]:
    return {
        "Script": path(run.script),
        "Arguments": run.arguments,
        "World": run.world.as_json(),
        "Refuse": run.refuse,
        "How": run.how,
    }
