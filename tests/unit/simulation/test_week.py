"""The simulation in small: whatever arrives is answered, mails are counted as they are due, and time is made up."""

import time

from tests.simulation.week import Plan, simulate


def test_everybody_is_written_to_and_nothing_fails() -> None:
    begun = time.monotonic()

    week = simulate(Plan(applications=60, mailboxes=1))

    assert sum(week.statuses.values()) == week.rows["Applications"] == 60
    assert set(week.statuses) <= {"Approved", "Declined", "Lapsed", "Withdrawn"}
    assert not +week.host.executions.failed
    assert len(week.lateness) == week.calls.total["graph send"] > 120
    assert (week.end - week.begin).days >= 7
    assert time.monotonic() - begun < (week.end - week.begin).total_seconds()
