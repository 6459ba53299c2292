"""What the tests look at: the deployment on paper of each environment, with a group for every audience."""

from functools import cache

from tests.infra import bicep

GROUPS = ("administrators", "matchers", "contacts", "auditors", "operators", "secretKeepers", "restorers")
MAIN = bicep.INFRA / "main.bicep"

_NEEDED = {
    "environmentName": "prod",
    "mailbox": "mentoring@example.nhs.uk",
    "adminEmail": "equality.team@example.nhs.uk",
    "operatorEmail": "operators@example.nhs.uk",
}


@cache
def planned(*, private: bool = False, forms: str = "msforms") -> bicep.Deployment:
    """Everything that would be deployed; the object id of each group is the group's name."""
    groups = {f"{group}Group": group for group in GROUPS}
    return bicep.deploy(MAIN, {**_NEEDED, **groups, "connectedForms": forms, "privateNetwork": private})


def without_people() -> bicep.Deployment:
    """The same before any group is known."""
    return bicep.deploy(MAIN, _NEEDED)


def app_settings(deployment: bicep.Deployment) -> dict[str, str]:
    """The settings that the function app would get, as text."""
    settings = next(one for one in deployment.of("Microsoft.Web/sites/config") if one.name.endswith("/appsettings"))
    return {name: str(value) for name, value in settings.properties.items()}


def grants(deployment: bicep.Deployment) -> set[tuple[str, str, str]]:
    """Who may do what where: principal, name of the role, and the resource below its account or vault."""
    roles = {id_: name for name, id_ in bicep.constant(bicep.INFRA / "roles.bicep", "roles").items()}
    found = set()
    for one in deployment.of("Microsoft.Authorization/roleAssignments"):
        scope = deployment.by_id(one.scope)
        kind, name = scope.type.rpartition("/")[2], scope.name.partition("/")[2].removeprefix("default/")
        role = roles[str(one.properties["roleDefinitionId"]).rpartition("/")[2]]
        found.add((str(one.properties["principalId"]), role, f"{kind} {name}".strip()))
    return found
