"""Who may do what in Azure: the app only what it uses, people only the tables they are meant to see."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared import backup, govuk, held, pairs
from shared.composition import root
from shared.returning import __main__ as returning
from shared.stores.names import ContainerName, QueueName, TableName
from tests.infra.plan import GROUPS, audiences, grants, planned, roles, row_editor, snapshot
from tests.senders import ALL as SENDERS
from tests.senders import filled_in
from tests.senders.form import with_every_form
from tests.world import PROGRAMME, World, answers

APP = "the app"
ALL = grants(planned())
EVERY_DAY = set(GROUPS) - {"restorers"}
OF_THE_APP = {(role, where) for who, role, where in ALL if who == APP}


def reads(group: str) -> set[str]:
    """The tables of which a group can see the rows."""
    seeing = {"tableReader", "tableContributor", "rowEditor"}
    return {where.removeprefix("tables ") for who, role, where in ALL if who == group and role in seeing}


def changes(group: str) -> set[str]:
    writing = {"tableContributor", "rowEditor"}
    return {where.removeprefix("tables ") for who, role, where in ALL if who == group and role in writing}


def test_the_app_may_use_each_of_its_tables_and_queues_and_nothing_on_the_whole_account() -> None:
    assert {where for role, where in OF_THE_APP if role == "tableContributor"} == {
        f"tables {name}" for name in TableName
    }
    assert {where for role, where in OF_THE_APP if role == "queueContributor"} == {
        f"queues {name}" for queue in QueueName for name in (queue.value, queue.poison)
    }
    assert not [where for _, where in OF_THE_APP if where.startswith("storageAccounts")]


def test_the_app_may_do_in_each_container_what_it_does_there() -> None:
    roles = {where.removeprefix("containers "): role for role, where in OF_THE_APP if role.startswith("blob")}

    assert {name: roles[name] for name in ContainerName} == {
        ContainerName.SUBMISSIONS: "blobOwner",  # writes and searches index tags, which no lesser role may
        ContainerName.EXPORTS: "blobContributor",
        ContainerName.REPORTS: "blobContributor",
        ContainerName.ACCESS: "blobContributor",
        ContainerName.LOCKS: "blobContributor",
    }
    assert set(roles) - set(ContainerName) == {"deployments", "azure-webjobs-hosts", "azure-webjobs-secrets"}


def test_the_app_reads_secrets_and_sends_telemetry_and_that_is_all() -> None:
    others = {(role, where) for role, where in OF_THE_APP if not role.startswith(("table", "queue", "blob"))}

    assert others == {("secretsUser", "vaults"), ("metricsPublisher", "components")}


def test_administrators_read_applications_and_not_lived_experience() -> None:
    assert {"Programmes", "Applications", "Approvals", "Sessions", "Bookings", "Pairs", "Commands"} <= reads(
        "administrators"
    )
    assert not {"LivedExperience", "CheckIns", "Links", "Alarms"} & reads("administrators")


def test_special_categories_are_open_to_one_group_each() -> None:
    readers = {table: {group for group in EVERY_DAY if table in reads(group)} for table in TableName}

    assert readers[TableName.LIVED_EXPERIENCE] == {"matchers"}
    assert readers[TableName.CHECK_INS] == {"contacts"}
    assert readers[TableName.DRAFTS] == set()
    assert readers[TableName.MONITORING_BOX] == readers[TableName.MONITORING] == set()
    # The reports are made of the tables that administrators read; access needs are for those who arrange access.
    opened = {(who, where) for who, _, where in ALL if who in EVERY_DAY and where.startswith("containers ")}
    assert opened == {("administrators", "containers reports"), ("accessArrangers", "containers access")}
    assert reads("accessArrangers") == set()


def test_whoever_restores_may_write_every_table() -> None:
    """A group that is empty but for the hour of a restore."""
    assert changes("restorers") == set(TableName)


def test_what_the_documentation_says_people_may_change_they_may_change() -> None:
    """docs/tables.md: "you may change" and "you type"."""
    assert changes("administrators") == {
        "Programmes",
        "Applications",
        "Sessions",
        "Bookings",
        "Pairs",
        "Commands",
        "EarlierParticipants",
        "Interest",
    }
    assert changes("contacts") == {"CheckIns"}
    assert {group for group in EVERY_DAY if changes(group)} == {"administrators", "contacts"}


def test_operators_and_auditors_see_no_application() -> None:
    personal = {
        "Applications",
        "LivedExperience",
        "Approvals",
        "Bookings",
        "CheckIns",
        "EarlierParticipants",
        "Interest",
    }

    assert not personal & (reads("operators") | reads("auditors"))
    assert {role for who, role, _ in ALL if who == "auditors"} == {"reader", "tableReader", "logReader"}


def test_exports_and_secrets_have_groups_of_their_own() -> None:
    assert {(who, role, where) for who, role, where in ALL if where.startswith("containers ") and who != APP} == {
        ("restorers", "blobContributor", "containers exports"),
        ("restorers", "blobOwner", "containers submissions"),  # with a body's tag, without which nobody takes it in
        ("administrators", "blobReader", "containers reports"),
        ("accessArrangers", "blobReader", "containers access"),
    }
    assert {(who, role) for who, role, where in ALL if where == "vaults" and who != APP} == {
        ("secretKeepers", "secretsOfficer"),
        ("restorers", "secretsUser"),  # a restore compares TOKEN_KEY with the export's
    }


def test_on_the_whole_account_people_see_names_and_no_data() -> None:
    assert {role for _, role, where in ALL if where == "storageAccounts"} == {"reader"}


class _Refused:
    """What restorers have no role on."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name}: 403")

    def __call__(self, *_: object) -> object:
        raise AssertionError("403")


def test_commands_at_a_keyboard_need_no_more_than_restorers_have(tmp_path: Path) -> None:
    """Tables, exports and raw bodies: no queue, no lock, no mailbox, and none of the team's files."""
    world = World(programme=with_every_form())
    asyncio.run(world.submit())
    no: Any = _Refused()
    outside = replace(world.outside, wakeups=no, locks=no, mailbox=no, calendar=no, inbox=no, reports=no)
    app = root.build(world.settings, outside)
    (tmp_path / "form.json").write_bytes(SENDERS["govuk"].body(filled_in("govuk", answers()), response_id="A1"))
    (tmp_path / "people.csv").write_text("Full name,Email\nTom Hughes,tom@example.nhs.uk\n", encoding="utf-8")
    (tmp_path / "pairs.csv").write_text("Mentor,Mentee,Status\n", encoding="utf-8")
    of = ("--programme", PROGRAMME)
    cohort = ("--cohort", "cohort 6", "--keep-until", "2027-03-31")

    done = [
        *(backup.main([what], app) for what in ("export", "list", "check")),
        held.main(["priya.shah@example.nhs.uk"], app),
        govuk.main([str(tmp_path / "form.json"), *of], app),
        returning.main([str(tmp_path / "people.csv"), *of, *cohort], app),
        pairs.main([str(tmp_path / "pairs.csv"), *of], app),
    ]
    empty = World()
    emptied = replace(outside, table=empty.outside.table, extracts=empty.outside.extracts)
    done.append(backup.main(["restore"], root.build(empty.settings, emptied)))

    assert done == [0] * len(done)
    assert len(empty.rows(TableName.APPLICATIONS)) == 1
    opened = {where for who, _, where in ALL if who == "restorers" and where.startswith(("cont", "queue"))}
    assert opened == {"containers exports", "containers submissions"}


def test_every_group_named_for_a_table_is_one_that_can_be_given() -> None:
    assert {group for table in audiences().values() for groups in table for group in groups} <= set(GROUPS)
    assert not [name for name, (change, read) in audiences().items() if change & read]


def test_every_role_is_given_to_somebody_and_the_same_one_never_twice() -> None:
    assignments = planned().of("Microsoft.Authorization/roleAssignments")

    assert {role for _, role, _ in ALL} == {*roles(), "rowEditor"}
    assert len({one.name for one in assignments}) == len(assignments) == len(ALL)


def test_no_administrator_can_delete_a_table() -> None:
    """Storage Table Data Contributor may; with one click, and a lock on the account does not stand in its way."""
    assert {who for who, role, _ in ALL if role == "tableContributor"} == {APP, "restorers"}
    (allowed,) = snapshot("once").one("Microsoft.Authorization/roleDefinitions").properties["permissions"]
    tables = "Microsoft.Storage/storageAccounts/tableServices/tables"
    assert allowed["actions"] == [f"{tables}/read"]
    assert {each.removeprefix(f"{tables}/") for each in allowed["dataActions"]} == {
        "entities/read",
        "entities/write",
        "entities/delete",
        "entities/add/action",
        "entities/update/action",
    }


def test_whoever_deploys_may_give_the_roles_of_the_deployment_and_no_others() -> None:
    once = snapshot("once")
    conditions = [each for each in once.of("Microsoft.Authorization/roleAssignments") if "condition" in each.properties]
    (one,) = conditions
    named = re.findall(r"\{([0-9a-f-]+(?:, [0-9a-f-]+)*)\}", one.properties["condition"])

    assert [set(each.split(", ")) for each in named] == [{*roles().values(), row_editor()}] * 2
    own = {str(each.properties["roleDefinitionId"]).rpartition("/")[2] for each in once.of(one.type)}
    assert len(own) == 3, "Contributor, Locks Contributor, Role Based Access Control Administrator"
    assert not own & {*roles().values(), row_editor()}
    trust = once.one("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials").properties
    assert trust["subject"] == "repo:example/mentoring:environment:prod"
