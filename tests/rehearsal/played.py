"""A small rehearsal of each programme that ships, played once in a process."""

import socket
from functools import cache
from typing import NoReturn
from unittest.mock import patch

from local.rehearsal.files import Source, known, source
from local.rehearsal.plan import Plan
from local.rehearsal.play import rehearse
from local.rehearsal.story import Story

#: Few enough to be quick, and enough that every manner of manager, a withdrawal and a silent pair are among them.
SMALL = Plan(people=10, slow=1, refuse=1, hand_over=1, left=1, silent_managers=0, withdraw=1, decline=1, silent=1)
#: As few as there can be, for what does not depend on who does what.
TINY = Plan(people=4)
PROGRAMMES = [path.stem for path in known()]


def _no_network(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a rehearsal wants to reach something outside")


@cache
def played(programme: str, plan: Plan = SMALL) -> tuple[Source, Story]:
    """The programme and its year, in which nothing outside could be reached."""
    from_file = source(programme)
    with patch.object(socket.socket, "connect", _no_network), patch.object(socket, "getaddrinfo", _no_network):
        return from_file, rehearse(from_file.programme, plan)
