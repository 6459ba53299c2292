"""An application in every status: what tests of forms, mails and next steps begin with."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.answers import Problem
from shared.domain.application import Answer, Application, Status
from shared.domain.arriving import unreadable
from shared.domain.eligibility import Verdict
from shared.domain.leaving import erased, withdrawn
from shared.domain.time_passing import lapsed
from tests.factories import CLOSES, REFERENCE, answered, applied, arrival
from tests.world import NINE, PROGRAMME, cohort_7

HOUR = timedelta(hours=1)
DECISION = Verdict("needs a decision", "Two rules disagree.")
NOT_NOW = Verdict("not this cohort", "Only LLR.")
PROBLEM = Problem("manager_email", "Your line manager's work email address", "Please check it.")


def incorrect(at: datetime = NINE, **changes: Any) -> Application:
    readable: dict[str, object] = {"full_name": "Amara Okafor", "email": "amara.okafor@example.nhs.uk"}
    return unreadable(
        programme=PROGRAMME, reference=REFERENCE, readable=readable, problems=[PROBLEM], arrival=arrival(at, **changes)
    )


BEFORE = {
    Status.AWAITING_MANAGER: applied(),
    Status.APPROVED: answered(applied()),
    Status.DECLINED: answered(applied(), Answer.DECLINE),
    Status.NEEDS_CORRECTION: incorrect(),
    Status.NEEDS_DECISION: applied(verdict=DECISION),
    Status.NOT_THIS_COHORT: applied(verdict=NOT_NOW),
    Status.LATE: replace(applied(closes_at=NINE - HOUR), counts_from=NINE),
    Status.LAPSED: lapsed(applied(), cohort_7(), now=CLOSES + timedelta(days=8)),
    Status.WITHDRAWN: withdrawn(applied(), now=NINE + HOUR),
    Status.ERASED: erased(applied(), now=NINE + HOUR),
}
