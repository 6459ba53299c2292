"""What happens to a message after `send` has answered: it is sent, and moved to Sent Items."""

import asyncio
import time
from collections.abc import Callable

from local.clock import MovableClock, stamp
from local.graph import items, mime
from local.graph.settings import Switches
from local.graph.state import Item, Store, Submission

LOOK_AGAIN = 0.05


class Transport:
    """The one owner of the submissions; they are on disk, so a restart forgets none."""

    def __init__(self, store: Store, clock: MovableClock, switches: Switches) -> None:
        self._store = store
        self._clock = clock
        self._switches = switches

    async def run(self, *, sent: Callable[[], None]) -> None:
        """Until cancelled; `sent` is called when there is mail for the relay."""
        while True:
            due = self._store.due_submissions(time.time())
            for submission in due:
                self.take(submission)
            if due:
                sent()
            upcoming = self._store.next_due("submissions")
            pause = LOOK_AGAIN if upcoming is None else max(upcoming - time.time(), 0.0)
            # Polled and not woken, because a look costs a few microseconds.
            await asyncio.sleep(min(pause, LOOK_AGAIN))

    def take(self, submission: Submission) -> None:
        """The mail goes out as it was handed over, whatever became of the draft since."""
        now = self._clock.now()
        recipients, mail = mime.sent_message(submission.properties, submission.hidden, now)
        with self._store.transaction():
            item = self._store.numbered(submission.item)
            if item is not None and item.properties["isDraft"]:
                self._file(item, keep=submission.keep, sent_at=stamp(now))
            self._store.queue_mail(due=0.0, sender=submission.mailbox, recipients=recipients, mime=mail)
            self._store.submitted(submission)

    def _file(self, item: Item, *, keep: bool, sent_at: str) -> None:
        if not keep:
            self._store.remove(item)
            return
        item.properties |= {"isDraft": False, "sentDateTime": sent_at, "receivedDateTime": sent_at}
        items.touch(item, self._clock)
        self._store.move(item, "sentitems", new_key=self._switches.new_id_on_send)
