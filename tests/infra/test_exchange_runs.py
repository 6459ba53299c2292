"""The Exchange administrator's scripts, run: what they do, and that none says more than it has seen.

Each call that a script makes is refused in turn, alone, in each way that a cmdlet can refuse.
"""

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.infra import shell
from tests.infra.shell import MAILBOX, NAME, OTHER, PERSON, ROLES, Result, Run, World, assignment, granted

pytestmark = [pytest.mark.skipif(shell.PWSH is None, reason=shell.WHY_NOT), pytest.mark.timeout(300)]

Play = Callable[[Sequence[Run]], list[Result]]
_CLAIM = re.compile(r"\b(Done|Proved)\b")
_SECOND = "second.programme@example.nhs.uk"
# Ways to refuse: told as an error, thrown, told past the caller's wish to stop, or a warning beside an empty answer.
_LOUD, _QUIET = ("error", "throw", "past"), ("warn",)


def holds(result: Result) -> set[str]:
    return {one["Role"] for one in result.assignments}


def test_the_mailbox_is_granted_once_and_again(play: Play) -> None:
    first, again = play([shell.grant(World()), shell.grant(granted())])

    for result in (first, again):
        assert (result.code, holds(result)) == (0, set(ROLES)), result.said
        assert {one["CustomResourceScope"] for one in result.assignments} == {NAME}
        assert [one["RecipientFilter"] for one in result.scopes] == [f"PrimarySmtpAddress -eq '{MAILBOX}'"]
        assert f"Done. The app may use: {MAILBOX}." in result.said
    assert len(first.principals) == len(again.principals) == 1
    assert again.changes == 1  # the scope is set, and nothing is made a second time


def test_another_list_of_mailboxes_becomes_the_scope(play: Play) -> None:
    world = granted()
    world.mailboxes |= {_SECOND: "SharedMailbox", "o'neill@example.nhs.uk": "SharedMailbox"}

    more, fewer = play(
        [
            shell.grant(world, MAILBOX, _SECOND),
            shell.grant(world, "o'neill@example.nhs.uk"),
        ]
    )

    assert more.scopes[0]["RecipientFilter"] == (
        f"PrimarySmtpAddress -eq '{MAILBOX}' -or PrimarySmtpAddress -eq '{_SECOND}'"
    )
    assert fewer.scopes[0]["RecipientFilter"] == "PrimarySmtpAddress -eq 'o''neill@example.nhs.uk'"
    assert (more.code, fewer.code) == (0, 0)


def test_nobody_elses_mailbox_is_granted(play: Play) -> None:
    person, ghost, two, another, account = play(
        [
            shell.grant(World(), PERSON),
            shell.grant(World(), "ghost@example.nhs.uk"),
            shell.grant(World(), MAILBOX, "ghost@example.nhs.uk"),
            shell.grant(replace(granted(), principals=[{"AppId": shell.APP_ID, "ObjectId": "another"}])),
            shell.grant(World(), PERSON, AllowUserMailbox=True),
        ]
    )

    assert "is a UserMailbox, not a shared mailbox" in person.said
    assert "ghost@example.nhs.uk is unknown" in ghost.said
    assert "with another object id (another)" in another.said
    for result in (person, ghost, two, another):
        assert (result.code, result.changes) == (1, 0), result.said
        assert not _CLAIM.search(result.said)
    assert account.code == 0
    assert "make sure that it is an application account" in account.said


def test_a_role_over_something_else_is_not_taken_for_ours(play: Play) -> None:
    world = granted()
    world.assignments[1]["CustomResourceScope"] = "Everybody"

    (result,) = play([shell.grant(world)])

    assert result.code == 1
    assert "is given over 'Everybody'" in result.said
    assert not _CLAIM.search(result.said)


def test_a_dry_run_says_what_it_would_do_and_does_nothing(play: Play) -> None:
    grant, revoke = play([shell.grant(World(), WhatIf=True), shell.revoke(granted(), WhatIf=True)])

    for result in (grant, revoke):
        assert (result.code, result.changes) == (0, 0)
        assert result.said.startswith("Nothing was changed. Without -WhatIf it would:")
        assert not _CLAIM.search(result.said)
        assert all(role in result.said for role in ROLES)
    assert grant.said.count("\n  ") == revoke.said.count("\n  ") == 5


@pytest.mark.parametrize("in_scope", ["text", "boolean"])
def test_a_right_grant_is_proved_by_what_was_seen(in_scope: str, play: Play) -> None:
    (result,) = play([shell.prove(granted(in_scope=in_scope, grants=["user"]))])

    assert result.code == 0, result.said
    assert result.said.endswith(f"Proved: the app reaches {MAILBOX}, and not {OTHER}.")
    for role in ROLES:
        assert f"the mailbox {MAILBOX}: '{role}' is held" in result.said
    assert f"the other mailbox {OTHER}: not reached by the 3 roles" in result.said
    assert "Entra ID: 4 permissions of 2 services; the app has 1 in all" in result.said


_WIDE = assignment(ROLES[0], scope="", name="by hand")


@pytest.mark.parametrize("in_scope", ["text", "boolean"])
def test_what_is_wrong_is_not_proved(in_scope: str, play: Play) -> None:
    more = assignment("Application Contacts.Read")
    fewer, too_many, too_wide = (granted(in_scope=in_scope) for _ in range(3))
    fewer.assignments.pop()
    too_many.assignments.append(more)
    too_wide.assignments.append(_WIDE)
    entra = {name: granted(in_scope=in_scope, grants=[name]) for name in ("mail", "full", "give", "not known")}

    results = play(
        [
            shell.prove(World(in_scope=in_scope)),
            shell.prove(fewer),
            shell.prove(too_many),
            shell.prove(too_wide),
            *(shell.prove(world) for world in entra.values()),
        ]
    )

    for result in results:
        assert result.code == 1, result.said
        assert not _CLAIM.search(result.said)
    told = [result.said for result in results]
    assert all(f"does not have '{role}'" in told[0] for role in ROLES)
    assert f"does not have '{ROLES[2]}'" in told[1]
    assert "'Application Contacts.Read', which it does not need" in told[2]
    assert f"{OTHER}: the app reaches it with '{ROLES[0]}'" in told[3]
    for name, text in zip(
        ("Mail.ReadWrite", "full_access_as_app", "AppRoleAssignment.ReadWrite.All"), told[4:], strict=False
    ):
        assert f"Entra ID grants '{name}' over EVERY mailbox" in text
    assert "grants something that has no name here (not known" in told[7]


def test_what_was_not_seen_is_not_proved(play: Play) -> None:
    results = play(
        [
            shell.prove(granted(in_scope="not run")),
            shell.prove(granted(), OtherMailbox="typo@example.nhs.uk"),
            shell.prove(granted(), OtherMailbox=MAILBOX),
            shell.prove(granted(), MAILBOX, "ghost@example.nhs.uk"),
            shell.prove(granted(connected=False)),
            shell.prove(replace(granted(), roles={"mail": shell.PERMISSIONS["mail"]})),
        ]
    )

    for result in results:
        assert result.code == 1, result.said
        assert "Could not be read:" in result.said
        assert not _CLAIM.search(result.said)
    assert "InScope is 'Not Run'" in results[0].said
    assert "typo@example.nhs.uk: this address is unknown" in results[1].said
    assert "one of the mailboxes that the app must reach" in results[2].said
    assert "ghost@example.nhs.uk: this address is unknown" in results[3].said
    assert "you are not connected" in results[4].said
    assert "the permissions of Office 365 Exchange Online could not be read" in results[5].said


def test_half_a_proof_is_called_none(play: Play) -> None:
    (result,) = play([shell.prove(granted(grants=["mail"]), SkipEntra=True)])

    assert result.code == 2
    assert "this is no proof" in result.said
    assert not _CLAIM.search(result.said)


def test_everything_is_taken_back_once_and_again(play: Play) -> None:
    first, again = play([shell.revoke(granted()), shell.revoke(World())])

    assert (first.code, first.assignments, first.scopes, first.principals) == (0, [], [], [])
    assert "Done: Exchange shows nothing of the app any more" in first.said
    assert (again.code, again.changes) == (0, 0)
    assert "There is nothing to take back" in again.said


def test_what_somebody_gave_by_hand_is_still_held(play: Play) -> None:
    world = granted()
    world.assignments.append(_WIDE)

    (result,) = play([shell.revoke(world)])

    assert (result.code, holds(result)) == (1, {ROLES[0]})
    assert "Still held: the role assignment 'by hand'" in result.said
    assert not _CLAIM.search(result.said)


_WHOLE = {
    "grant": shell.grant(World()),
    "grant again": shell.grant(granted()),
    "prove": shell.prove(granted()),
    "revoke": shell.revoke(granted()),
}


def refusals(run: Run, calls: Sequence[str], ways: Sequence[str]) -> list[Run]:
    return [replace(run, refuse=str(index), how=way) for index in range(len(calls)) for way in ways]


@pytest.mark.parametrize("name", list(_WHOLE))
def test_a_refusal_of_any_call_ends_the_script(name: str, play: Play) -> None:
    (whole,) = play([_WHOLE[name]])
    runs = refusals(_WHOLE[name], whole.calls, _LOUD)

    for run, result in zip(runs, play(runs), strict=True):
        where = f"{whole.calls[int(run.refuse)]} as number {run.refuse}, {run.how}:\n{result.said}"
        assert result.code == 1, where
        assert "Access is denied by the stand-in." in result.said, where
        assert not _CLAIM.search(result.said), where
        if name == "prove":
            assert "Could not be read:" in result.said, where
            continue
        assert len(result.calls) == int(run.refuse) + 1, where  # nothing is tried after it
        assert re.search(r"STOPPED, .+ It was to: \w.+\.", result.said), where
        assert "What to do: " in result.said, where
        told = re.findall(r"Carried out before that: (.+)\.", result.said)[0]
        refused_change = not whole.calls[int(run.refuse)].startswith("Get-")
        assert len([part for part in told.split("; ") if part != "nothing"]) == result.changes - refused_change, where


@pytest.mark.parametrize("name", list(_WHOLE))
def test_a_call_that_does_nothing_and_only_warns_is_noticed(name: str, play: Play) -> None:
    (whole,) = play([_WHOLE[name]])
    changing = [index for index, call in enumerate(whole.calls) if not call.startswith("Get-")]
    runs = [run for run in refusals(_WHOLE[name], whole.calls, _QUIET) if int(run.refuse) in changing]
    if name == "grant again":
        runs = [replace(run, arguments={**run.arguments, "Mailbox": [MAILBOX, PERSON]}) for run in runs]
        runs = [
            replace(run, world=replace(run.world, mailboxes={MAILBOX: "SharedMailbox", PERSON: "SharedMailbox"}))
            for run in runs
        ]
        runs = [replace(run, refuse="Set-ManagementScope") for run in runs]

    for run, result in zip(runs, play(runs), strict=True):
        assert result.code == 1, f"{run.refuse}\n{result.said}"
        assert not _CLAIM.search(result.said), result.said


@pytest.mark.parametrize("refuse", ["Get-ServicePrincipal", "Get-ManagementRoleAssignment", "Get-ManagementScope"])
def test_a_list_that_is_refused_is_not_an_empty_one(refuse: str, play: Play) -> None:
    """Revoke once took "may not look" for "is gone already", and the app kept its roles."""
    for result in play([shell.revoke(granted(), refuse, how) for how in _LOUD]):
        assert (result.code, holds(result)) == (1, set(ROLES)), result.said
        assert "take it that it still holds everything" in result.said


def test_what_is_still_held_after_a_refusal_is_what_is_there(play: Play) -> None:
    refused = ["Remove-ManagementRoleAssignment", "Remove-ManagementScope", "Remove-ServicePrincipal"]

    for result in play([shell.revoke(granted(), name) for name in refused]):
        (told,) = re.findall(r"Still held: (.+)\.", result.said)
        there = [*result.assignments, *result.scopes, *result.principals]
        assert len(told.split("; ")) == len(there), result.said


@pytest.mark.parametrize("script", ["Grant-MailboxAccess", "Test-MailboxAccess", "Revoke-MailboxAccess"])
def test_an_administrator_who_is_not_connected_is_told_so(script: str) -> None:
    """As a process of its own, without the stand-ins' tenant: the exit code is that of the process."""
    arguments = {
        "Grant-MailboxAccess": ["-AppId", shell.APP_ID, "-ObjectId", shell.OBJECT_ID, "-Mailbox", MAILBOX],
        "Test-MailboxAccess": ["-ObjectId", shell.OBJECT_ID, "-Mailbox", MAILBOX, "-OtherMailbox", OTHER],
        "Revoke-MailboxAccess": ["-AppId", shell.APP_ID, "-Confirm:$false"],
    }[script]

    done = subprocess.run(
        [str(shell.PWSH), "-NoProfile", "-NonInteractive", "-File", shell.path(script), *arguments],
        env=shell.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout
    assert re.search(r"(?i)run Connect-ExchangeOnline", done.stdout)
    assert not _CLAIM.search(done.stdout)
