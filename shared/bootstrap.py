"""The app of this process, built at first use.

The composition root is imported only then: it brings storage, templates and mail with it, three times what Functions
needs to know of the app when it starts.
"""

from typing import TYPE_CHECKING

from shared.log import quiet_libraries

if TYPE_CHECKING:
    from shared.composition.root import App
    from shared.ports import Clock


# This module is the first that every function imports, so no library has written anything yet.
quiet_libraries()


class _Process:
    """What one process holds: the app, and the clock it is built with; None stands for the real one."""

    app: "App | None" = None
    clock: "Clock | None" = None


def get_app() -> "App":
    """The app of this process. Raises SettingsProblem if the environment does not describe a working one."""
    if _Process.app is None:
        from shared.adapters.clock import SystemClock
        from shared.composition.azure import outside_in_azure
        from shared.composition.root import build
        from shared.settings import read_settings

        settings = read_settings()
        _Process.app = build(settings, outside_in_azure(settings, _Process.clock or SystemClock()))
    return _Process.app


def use_clock(clock: "Clock") -> None:
    """Have the app of this process follow another clock. For rehearsals; call it before the first ``get_app``."""
    _Process.clock = clock
    _Process.app = None
