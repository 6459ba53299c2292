"""``make infra``: compile, lint, look at the form, and compare the snapshots; ``UPDATE=1`` writes them anew."""

import os
import sys

from tests.infra import compiler, plan


def main() -> int:
    """The exit code is 1 if anything is wrong, and 2 without a compiler."""
    if compiler.found() is None:
        sys.stderr.write(f"{compiler.WHY_NOT[0].upper()}{compiler.WHY_NOT[1:]}\n")
        return 2
    wrong = list(compiler.problems())
    if os.environ.get("UPDATE"):
        compiler.update()
    else:
        wrong += compiler.differences()
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    for path in compiler.PARAMETERS:
        found = plan.snapshot(path.stem)
        roles = len(found.of("Microsoft.Authorization/roleAssignments"))
        sys.stdout.write(f"{path.stem}: {len(found.resources)} resources, {roles} of them role assignments\n")
    sys.stdout.write(f"{len(wrong)} problems; {len(compiler.PARAMETERS)} snapshots\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
