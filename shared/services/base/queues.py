"""Lanes of alarms: who looks at what is due. One lane for the tick, one for the postman of each mailbox."""

from collections.abc import Iterable, Sequence

from shared.domain.owed import About
from shared.domain.programme import Programme
from shared.ports import Alarm, Stored

TICK = "tick"
# The two things to do for a mailbox as a whole: the subjects of its alarms.
INBOX = "inbox"
LEFT_DRAFTS = "left drafts"
_POST = "post "


class Lanes:
    """Which mailbox writes for which programme."""

    def __init__(self, mailbox: str, others: Iterable[str] = ()) -> None:
        self._mailbox = mailbox
        self._all = tuple(dict.fromkeys((mailbox, *others)))

    def mailbox(self, programme: Programme) -> str:
        """The address that a programme writes from: the one it names, or the app's own."""
        return programme.mailbox or self._mailbox

    def postman(self, programme: Programme) -> str:
        """The lane of the mailbox that writes for this programme."""
        return lane_of(self.mailbox(programme))

    def postmen(self) -> tuple[str, ...]:
        """The lanes of every mailbox."""
        return tuple(lane_of(mailbox) for mailbox in self._all)

    def served(self, programme: Programme) -> bool:
        """Whether the mailbox that a programme names is one the app may use."""
        return self.mailbox(programme) in self._all


def by_subject(alarms: Iterable[Stored[Alarm]]) -> list[Sequence[Stored[Alarm]]]:
    """The alarms in due order, those about the same thing together.

    They are taken up as one: each was set before it is looked at.
    """
    subjects: dict[tuple[About, str, str], list[Stored[Alarm]]] = {}
    for alarm in alarms:
        subjects.setdefault((alarm.value.about, alarm.value.programme, alarm.value.subject), []).append(alarm)
    return list(subjects.values())


def lane_of(mailbox: str) -> str:
    """The lane in which a mailbox's work waits."""
    return f"{_POST}{mailbox}"


def mailbox_of(lane: str) -> str:
    """The mailbox whose work waits in a lane."""
    return lane.removeprefix(_POST)
