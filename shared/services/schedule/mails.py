"""Mails to the team."""

from collections.abc import Mapping
from typing import Any

from shared.domain.outbox import Message
from shared.domain.owed import Kind
from shared.services.base.mails import Composed, Draft, NotOwed
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.services.records.retention import Retention
from shared.services.schedule.digest import Digest
from shared.services.schedule.reports import Reports


class TeamMails:
    """Composes what the team is told about a programme.

    ``tables`` is where people open the tables, ``files`` where the container of the team's files; '' if unknown. The
    portal has no lasting address of a single table.
    """

    def __init__(
        self,
        *,
        reports: Reports,
        digest: Digest,
        retention: Retention,
        admin_email: str,
        tables: str,
        files: str,
    ) -> None:
        self._reports = reports
        self._digest = digest
        self._retention = retention
        self._admin_email = admin_email
        self._tables = tables
        self._files = files

    async def compose(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        """See ``Composer``."""
        del tokens  # no mail to the team has a link of somebody's own
        values: Mapping[str, Any] | None
        match message.kind:
            case Kind.CLOSING_SUMMARY:
                values = await self._reports.closing_summary(current)
            case Kind.DIGEST:
                values = await self._digest.compose(current, message.due)
            case Kind.PAIRS_DRAFTED:
                values = await self._reports.pairs_drafted(current, message.detail)
            case Kind.PARKED:
                values = await self._reports.parked(current)
            case Kind.FORM_CHANGED:
                values = await self._reports.form_changed(current)
            case Kind.HELD_BACK:
                values = await self._reports.held_back(current)
            case Kind.RETENTION:
                values = await self._retention.notice(current)
            case _:
                return NotOwed("nobody writes this kind of mail about a programme")
        if values is None:
            return NotOwed("there is nothing to tell any more")
        return Draft(
            (self._admin_email,), {**values, "tables": self._tables, "files": self._files, "id": current.programme.id}
        )
