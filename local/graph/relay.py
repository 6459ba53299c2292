"""Hands finished mail to the local inbox by SMTP, and keeps trying until the inbox has answered."""

import asyncio
import logging
import time

from local.graph.state import Outgoing, Store

TIMEOUT = 10.0
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 2.0
PERMANENT = 500

logger = logging.getLogger(__name__)


class Relay:
    """The one owner of outgoing mail; it forgets a mail after the inbox took it: a crash may repeat one."""

    def __init__(self, store: Store, *, host: str, port: int) -> None:
        self._store = store
        self._host = host
        self._port = port
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        import aiosmtplib

        pause = FIRST_PAUSE
        while True:
            self._news.clear()
            mails = self._store.due_mail(time.time())
            if not mails:
                await self._wait()
                continue
            try:
                await self._send(mails)
                pause = FIRST_PAUSE
            except (aiosmtplib.SMTPException, OSError) as exc:
                logger.warning("the inbox did not answer (%s); trying again in %s s", type(exc).__name__, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _wait(self) -> None:
        upcoming = self._store.next_due("outgoing")
        pause = None if upcoming is None else max(upcoming - time.time(), 0.0)
        try:
            await asyncio.wait_for(self._news.wait(), pause)
        except TimeoutError:
            return

    async def _send(self, mails: list[Outgoing]) -> None:
        import aiosmtplib

        async with aiosmtplib.SMTP(
            hostname=self._host, port=self._port, timeout=TIMEOUT, start_tls=False, local_hostname="localhost"
        ) as smtp:
            for mail in mails:
                try:
                    await smtp.sendmail(mail.sender, mail.recipients, mail.mime)
                except aiosmtplib.SMTPRecipientsRefused:
                    logger.warning("the inbox refused every recipient of mail %s", mail.number)
                except aiosmtplib.SMTPResponseException as exc:
                    if exc.code < PERMANENT:
                        raise
                    logger.warning("the inbox refused mail %s with %s", mail.number, exc.code)
                self._store.mail_taken(mail)
