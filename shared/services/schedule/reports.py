"""What administrators are told besides the digest: the closing summary, and alerts about what waits for them.

These mails name people and next steps, never topics, access needs or what somebody wrote about themselves.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

from shared.domain import wording
from shared.domain.application import Status
from shared.domain.pairs import PairStatus
from shared.domain.text import as_word
from shared.ports import Clock
from shared.services.base.programmes import Current
from shared.services.schedule.lists import form_remarks, held_back, held_in_words, shortened
from shared.stores.applications import Applications
from shared.stores.pairs import Pairs
from shared.stores.quarantine import Quarantine
from shared.stores.receptions import Receptions
from shared.stores.rounds import Rounds

# An alert is told soon; a form that did not fit a day ago has been mended, or the next one says so again.
_LATELY = timedelta(hours=25)


class Reports:
    """Gathers the figures and lists of administrators' mails; costs grow with the programme, so never in a tick."""

    def __init__(
        self,
        *,
        applications: Applications,
        receptions: Receptions,
        quarantine: Quarantine,
        pairs: Pairs,
        rounds: Rounds,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._receptions = receptions
        self._quarantine = quarantine
        self._pairs = pairs
        self._rounds = rounds
        self._clock = clock

    async def closing_summary(self, current: Current) -> dict[str, Any]:
        """Counts at the closing date, by status and role."""
        by_status: Counter[str] = Counter()
        by_role: Counter[str] = Counter()
        tests = 0
        async for application in self._applications.all(current.programme.id):
            if application.test:
                tests += 1
                continue
            if application.replaced_by or application.status is Status.ERASED:
                continue  # counted under the address that the form has now; of who was erased nothing is told
            by_status[application.status] += 1
            if application.status in {Status.APPROVED, Status.AWAITING_MANAGER} and application.role:
                by_role[f"{current.programme.model.title(application.role)}, {application.status.lower()}"] += 1
        grace = current.programme.approval.grace_days
        return {
            "programme": current.programme.name,
            "closed": wording.moment(current.closes_at, current.programme.tz) if current.closes_at else "",
            "grace_days": grace,
            "total": by_status.total(),
            "by_status": [(status.value, by_status[status]) for status in Status if by_status[status]],
            "by_role": sorted(by_role.items()),
            "tests": tests,
        }

    async def pairs_drafted(self, current: Current, number: str) -> dict[str, Any] | None:
        """What a draw came to, in numbers; None if there is a newer one, or nothing left of it to read."""
        rounds = await self._rounds.of(current.programme.id)
        last = max(rounds, key=lambda one: one.number, default=None)
        if last is None or str(last.number) != number:
            return None
        rows = [row.value for row in await self._pairs.of(current.programme.id)]
        statuses = Counter(as_word(row.status, PairStatus) for row in rows)
        drafted = statuses[PairStatus.DRAFT]
        return (
            {
                "programme": current.programme.name,
                "id": current.programme.id,
                "drafted": drafted,
                "without": last.without_partner,
                "broken": last.rules_broken,
                "to_publish": drafted + statuses[PairStatus.PROPOSED],
            }
            if drafted
            else None
        )

    async def parked(self, current: Current) -> dict[str, Any] | None:
        """The submissions that wait for an administrator, or None."""
        parked = [
            f"{r.content[:12]}, from {r.source}: {r.reason}"
            async for r in self._receptions.parked(current.programme.id)
        ]
        return _listed(current, parked)

    async def held_back(self, current: Current) -> dict[str, Any] | None:
        """The applications that may not be a person's, or None."""
        held = held_back(self._quarantine, current.programme.id)
        return _listed(current, [held_in_words(one) async for one in held])

    async def form_changed(self, current: Current) -> dict[str, Any] | None:
        """Where a form that was filled in lately does not fit the programme file, or None."""
        now = self._clock.now()
        remarks = await form_remarks(self._receptions, current.programme.id, since=now - _LATELY, until=now)
        return _listed(current, remarks)


def _listed(current: Current, items: list[str]) -> dict[str, Any] | None:
    return {"programme": current.programme.name, "items": shortened(items)} if items else None
