"""What is to be done at an instant, and in whose queue it waits. One row of ``Alarms`` each."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.owed import About

#: The queue of the tick; every other one is a mailbox's.
TICK = "tick"


@dataclass(frozen=True, slots=True)
class SendMail:
    """Take a message a step further. ``about`` is what the mail itself is about."""

    message: str
    about: About

    def __str__(self) -> str:
        return f"mail {self.message}"


@dataclass(frozen=True, slots=True)
class SyncEvent:
    """Bring a session's event to what the rows say."""

    session: str

    def __str__(self) -> str:
        return f"session {self.session}"


@dataclass(frozen=True, slots=True)
class ReadResponses:
    """Read what people answered to a session's invitation."""

    session: str

    def __str__(self) -> str:
        return f"responses to session {self.session}"


@dataclass(frozen=True, slots=True)
class ReadInbox:
    """Read what came into the mailbox."""

    def __str__(self) -> str:
        return "inbox"


@dataclass(frozen=True, slots=True)
class TidyDrafts:
    """Discard drafts of ours that nobody will send."""

    def __str__(self) -> str:
        return "left drafts"


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Look at an application: what time changes, and whether everything it is owed is in place."""

    reference: str

    def __str__(self) -> str:
        return f"application {self.reference}"


@dataclass(frozen=True, slots=True)
class LookAtPair:
    """Look at a pair: who kept silent, and whether everything it is owed is in place."""

    pair: str

    def __str__(self) -> str:
        return f"pair {self.pair}"


@dataclass(frozen=True, slots=True)
class LookAtPairsOf:
    """Look at the pairs of somebody who takes part no longer: whoever they were paired with is told."""

    reference: str

    def __str__(self) -> str:
        return f"pairs of {self.reference}"


@dataclass(frozen=True, slots=True)
class OfferPlaces:
    """Offer what is free in a session to those who wait."""

    session: str

    def __str__(self) -> str:
        return f"session {self.session}"


@dataclass(frozen=True, slots=True)
class MixEquality:
    """Mix the equality answers, so that nobody can tell who gave which."""

    def __str__(self) -> str:
        return "upkeep mix"


@dataclass(frozen=True, slots=True)
class Export:
    """Go on with an export of every table."""

    name: str

    def __str__(self) -> str:
        return f"upkeep export {self.name}"


@dataclass(frozen=True, slots=True)
class RedactExports:
    """Take erased people out of the exports."""

    def __str__(self) -> str:
        return "upkeep clean"


@dataclass(frozen=True, slots=True)
class DeleteExpired:
    """Delete what has been kept for as long as it may be."""

    def __str__(self) -> str:
        return "upkeep delete"


@dataclass(frozen=True, slots=True)
class ResumeRestored:
    """Go on letting a restored account go, behind this application of this programme."""

    programme: str = ""
    reference: str = ""

    def __str__(self) -> str:
        return f"upkeep resume {self.programme} {self.reference}".rstrip()


type MailboxTask = SendMail | SyncEvent | ReadResponses | ReadInbox | TidyDrafts
type UpkeepTask = MixEquality | Export | RedactExports | DeleteExpired | ResumeRestored
type TickTask = Reconcile | LookAtPair | LookAtPairsOf | OfferPlaces | UpkeepTask
type Task = MailboxTask | TickTask

#: What waits in the tick's own queue, one by one.
TICK_TASKS = (
    Reconcile,
    LookAtPair,
    LookAtPairsOf,
    OfferPlaces,
    MixEquality,
    Export,
    RedactExports,
    DeleteExpired,
    ResumeRestored,
)


@dataclass(frozen=True, slots=True)
class Job:
    """Something with a time: do ``task`` at ``due``. ``queue`` says who does it.

    ``timed``: time alone is to be looked at; nothing was begun that may be unfinished.
    ``hand`` is the mark of the one handler that may take it back before it is due, '' if nobody does.
    """

    queue: str
    due: datetime
    task: Task
    programme: str = ""
    timed: bool = False
    hand: str = ""
