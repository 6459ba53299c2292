"""Somebody who would like to hear of the next cohort: a name, an address, a role, and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from shared.domain.closing import ProgrammeStatus
from shared.domain.cohort_model import Role

#: As the page says: whoever heard of no cohort in two years is not kept for longer.
KEPT_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Interest:
    """One person who asked to be told. ``role`` is None for whoever does not know yet.

    ``waited``: the programme was not open when they asked, so that its own opening is news to them. ``told_of`` is the
    programme whose opening they were told of, once for all.
    """

    programme: str
    key: str
    full_name: str
    email: str
    role: Role | None
    asked_at: datetime
    waited: bool
    told_of: str = ""
    told_at: datetime | None = None

    @property
    def kept_until(self) -> date:
        """The last day on which it is kept."""
        return (self.asked_at + relativedelta(months=KEPT_MONTHS)).date()

    def is_told_of(self, programme: str) -> bool:
        """Whether the opening of that programme is to be told, which follows the one asked about, or is the same."""
        return not self.told_of and (programme != self.programme or self.waited)


def waits_for(status: ProgrammeStatus) -> bool:
    """Whether whoever asks now can still hear of this programme's own opening."""
    return status in {ProgrammeStatus.NOT_OPEN, ProgrammeStatus.OPENING_SOON}
