"""Queues of jobs: who looks at what is due. One for the tick, and one for each mailbox."""

from collections.abc import Iterable, Sequence

from shared.domain.jobs import Job, Task
from shared.domain.programme import Programme
from shared.ports import Stored

_POST = "post "


class Queues:
    """Which mailbox writes for which programme."""

    def __init__(self, mailbox: str, others: Iterable[str] = ()) -> None:
        self._mailbox = mailbox
        self._all = tuple(dict.fromkeys((mailbox, *others)))

    def mailbox(self, programme: Programme) -> str:
        """The address that a programme writes from: the one it names, or the app's own."""
        return programme.mailbox or self._mailbox

    def of(self, programme: Programme) -> str:
        """The queue of the mailbox that writes for this programme."""
        return queue_of(self.mailbox(programme))

    def mailboxes(self) -> tuple[str, ...]:
        """The queues of every mailbox."""
        return tuple(queue_of(mailbox) for mailbox in self._all)

    def served(self, programme: Programme) -> bool:
        """Whether the mailbox that a programme names is one the app may use."""
        return self.mailbox(programme) in self._all


def by_task(jobs: Iterable[Stored[Job]]) -> list[Sequence[Stored[Job]]]:
    """The jobs in due order, those that ask for the same together.

    They are taken up as one: each was set before what it asks for is looked at.
    """
    tasks: dict[tuple[str, Task], list[Stored[Job]]] = {}
    for job in jobs:
        tasks.setdefault((job.value.programme, job.value.task), []).append(job)
    return list(tasks.values())


def queue_of(mailbox: str) -> str:
    """The queue in which a mailbox's work waits."""
    return f"{_POST}{mailbox}"


def mailbox_of(queue: str) -> str:
    """The mailbox whose work waits in a queue."""
    return queue.removeprefix(_POST)
