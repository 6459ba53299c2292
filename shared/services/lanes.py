"""Lanes of alarms: who looks at what is due."""

from shared.domain.programme import Programme

TICK = "tick"


class Lanes:
    """One lane for the tick, and one per mailbox for its postman."""

    def __init__(self, mailbox: str) -> None:
        self._mailbox = mailbox

    def postman(self, programme: Programme | None = None) -> str:
        """The lane of the mailbox that writes for this programme."""
        del programme  # every programme writes from the one shared mailbox
        return f"post {self._mailbox}"
