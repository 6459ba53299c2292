"""Days on which some may not come, and rooms that may be too small."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from shared.domain.rhythm import bank_holidays
from shared.proofread import days
from shared.proofread.days import is_called
from tests.unit.proofread.broken import SHIPPED, changed, new_findings, read

PEER_1 = "{id: peer-1, date: Tuesday 23rd June, time: 10.00 - 11.30}"


def test_the_days_of_cohort_7_are_known() -> None:
    found = {f.subject: f.what for f in read(SHIPPED.read_text(encoding="utf-8")).of("warning") if "day is" in f.what}

    assert found == {
        "groups.mentor-training.mentor-training-1": "The day is Ram Navami.",
        "groups.mentee-training.mentee-training-2": "The day is Vaisakhi.",
        "groups.peer-support.peer-2": "The day is Tisha B'Av.",
        "groups.peer-support.peer-4": "The day is Yom Kippur.",  # though its time makes no sense
    }
    assert is_called(date(2026, 5, 27)) == "Eid al-Adha (as expected, by the moon)"


def test_a_session_on_yom_kippur_or_a_bank_holiday_is_told() -> None:
    for day, called in (("Monday 21st September", "Yom Kippur"), ("Monday 31st August", "a bank holiday in England")):
        found = new_findings(changed(PEER_1, f"{{id: peer-1, date: {day}, time: 9.00 - 10.30}}"))

        assert [(f.severity, f.what) for f in found] == [("warning", f"The day is {called}.")]


def test_people_who_are_all_put_on_the_first_date_are_told_until_it_has_a_capacity() -> None:
    told = {f.subject for f in read(SHIPPED.read_text(encoding="utf-8")).of("warning") if "put on the first" in f.what}
    one = changed("time: 9.00 - 10.00}", "time: 9.00 - 10.00, capacity: 30}")
    both = one.replace("time: 14.00 - 15.00}", "time: 14.00 - 15.00, capacity: 30}")

    assert told == {"groups.midway-reflections", "groups.evaluation"}
    assert "groups.midway-reflections" not in {f.subject for f in read(both).of("warning")}


@pytest.mark.parametrize("name", ["Yom Kippur", "Vaisakhi", "Eid al-Fitr", "Tisha B'Av"])
def test_the_table_has_every_year(name: str) -> None:
    known = sorted(day for day, called in days._religious().items() if name in called)

    assert {day.year for day in known} >= set(range(2026, days.last_known() + 1))
    assert all(timedelta(300) < later - earlier < timedelta(400) for earlier, later in pairwise(known))


def test_the_table_reaches_some_years_ahead() -> None:
    """When this fails, compute the next ten years into ``shared/proofread/days.py``."""
    assert days.last_known() >= 2035
    assert len(bank_holidays(2026)) >= 8
