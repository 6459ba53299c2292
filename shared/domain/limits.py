"""How many mails of each kind one person's own clicks may cause on a day, in one place.

What is changed by a click is changed, however often; only the mails about it are held to these numbers. One that would
be too many waits until the next morning, and is written then if it is still owed: so it tells how things ended.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from shared.domain import wording
from shared.domain.outbox import TOLD, UNDER_WAY, Message
from shared.domain.owed import Kind
from shared.domain.programme import Programme

#: The most mails a day about one application (or of one person of an earlier cohort), by kind. Invitations are sent by
#: the calendar: of those the clicks themselves are counted.
MOST_A_DAY: Final[Mapping[Kind, int]] = {
    Kind.RECEIVED: 3,
    Kind.NEEDS_CORRECTION: 5,
    Kind.NEEDS_DECISION: 3,
    Kind.NOT_THIS_COHORT: 3,
    Kind.LATE: 3,
    Kind.UPDATED: 5,
    Kind.APPROVAL_REQUEST: 6,
    Kind.MANAGER_CHANGED: 5,
    Kind.MANAGER_NEEDED: 3,
    Kind.MANAGER_UNREACHABLE: 3,
    Kind.APPROVED: 3,
    Kind.DECLINED: 3,
    Kind.WITHDRAWN: 3,
    Kind.RELEASE_CHANGED: 2,
    Kind.RELEASE_NOT_NEEDED: 6,
    Kind.PLACE_OFFERED: 5,
    Kind.OFFER_ENDED: 5,
    Kind.NEW_LINK: 5,
    Kind.CONFIRM_CHANGE: 1,
    Kind.CONFIRM_ADDRESS: 3,
    Kind.ADDRESS_CHANGED: 3,
    Kind.ADDRESS_LEFT: 3,
    Kind.PARTNER_ADDRESS: 3,
    Kind.RETURNING: 2,
    Kind.DELETION_ASKED: 2,
    Kind.INTEREST_NOTED: 2,
    Kind.CALENDAR: 20,
    # One an hour, or a day, by their ids: to administrators, whoever causes them.
    Kind.PARKED: 24,
    Kind.HELD_BACK: 24,
    Kind.FORM_CHANGED: 1,
    # Whoever draws again and again reads the answers to their commands.
    Kind.PAIRS_DRAFTED: 1,
}

#: The kinds that nobody's click causes, and what does.
CAUSED_BY: Final[Mapping[Kind, str]] = {
    Kind.APPROVAL_REMINDER: "the clock",
    Kind.LAPSED: "the clock",
    Kind.NO_PARTNER_YET: "the clock",
    Kind.SESSION_TOMORROW: "the clock",
    Kind.MEETINGS_DONE: "an answer to the last check-in, once a pair",
    Kind.PAIR_ENDED: "an administrator's row in Pairs",
    Kind.SESSION_CANCELLED: "an administrator's row in Sessions",
    Kind.PARTNER_OFFERED: "an administrator's command, once a pair",
    Kind.NOT_GOING_AHEAD: "the first no to an offer, once a pair",
    Kind.INTRODUCTION: "an administrator's row in Pairs",
    Kind.PARTNER_LEFT: "one of a pair who leaves, once a pair",
    Kind.NO_PARTNER: "an administrator's command",
    Kind.LEFT_OUT: "an administrator's command, once a person",
    Kind.CHECK_IN: "the clock",
    Kind.CHECK_IN_NUDGE: "the clock",
    Kind.EVALUATION: "the clock",
    Kind.THANKS: "the clock, once a person",
    Kind.CLOSING_SUMMARY: "the clock",
    Kind.DIGEST: "the clock",
    Kind.RETENTION: "the clock",
    Kind.COHORT_OPENS: "the clock",
}

_MORNING = 9


def too_many_until(programme: Programme, message: Message, others: Iterable[Message], now: datetime) -> datetime | None:
    """When a mail may be written of whose kind there have been enough today, None if it may be now.

    ``others`` are the messages about the same subject. Of several that are under way together the first ones go.
    """
    most = MOST_A_DAY.get(message.kind)
    if most is None:
        return None
    today = _day(programme, now)
    before = sum(
        _is_before(programme, other, message, today)
        for other in others
        if other.kind is message.kind and other.id != message.id
    )
    if before < most:
        return None
    return wording.at_wall_time(today + timedelta(days=1), _MORNING, 0, programme.tz)


def _is_before(programme: Programme, other: Message, message: Message, today: date) -> bool:
    if other.status in TOLD:
        return other.sent_at is not None and _day(programme, other.sent_at) == today
    return other.status in UNDER_WAY and (other.due, other.id) < (message.due, message.id)


def _day(programme: Programme, instant: datetime) -> date:
    return instant.astimezone(programme.tz).date()
