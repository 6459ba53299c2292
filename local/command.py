"""``python -m local.command shared.returning FILE …``: one of the app's own commands, on the platform of ``make run``.

It gets the settings and the clock that the local host has.
"""

import os
import runpy
import sys

from local import clock
from local.settings import UnusablePorts, app_settings, ports


def main(arguments: list[str]) -> None:
    """Run a module of the app as if it had been started by itself."""
    if not arguments or not arguments[0].startswith("shared."):
        sys.exit("Say which command, such as: python -m local.command shared.backup list")
    try:
        at = ports()
    except UnusablePorts as exc:
        sys.exit(str(exc))
    for name, value in app_settings(at).items():
        os.environ.setdefault(name, value)
    clock.setup()
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
