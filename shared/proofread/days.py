"""Days on which some of those who are invited may not come: bank holidays, and days of religions.

Religious days are a table, because an app that runs needs no calendar of them. It was computed with the PyPI packages
``holidays`` and ``pyluach``. Days that go by the moon are as expected in the UK, and may fall a day to either side.
"""

import re
from datetime import date
from functools import cache

from shared.domain import wording
from shared.domain.rhythm import bank_holidays

_TABLE = """\
Eid al-Fitr: 2026-03-21 2027-03-10 2028-02-27 2029-02-15 2030-02-05 2031-01-25 2032-01-15 2033-01-03 2033-12-24
    2034-12-13 2035-12-02
Eid al-Adha: 2026-05-27 2027-05-17 2028-05-06 2029-04-25 2030-04-14 2031-04-03 2032-03-23 2033-03-12 2034-03-02
    2035-02-19
Diwali: 2026-11-08 2027-10-29 2028-10-17 2029-11-05 2030-10-26 2031-11-14 2032-11-02 2033-10-22 2034-11-10
    2035-10-30
Ram Navami: 2026-03-26 2027-04-15 2028-04-03 2029-04-22 2030-04-12 2031-04-01 2032-04-19 2033-04-07 2034-03-28
    2035-04-16
Vaisakhi: 2026-04-14 2027-04-14 2028-04-13 2029-04-14 2030-04-14 2031-04-14 2032-04-13 2033-04-14 2034-04-14
    2035-04-14
Guru Nanak's birthday: 2026-11-24 2027-11-14 2028-11-02 2029-11-21 2030-11-10 2031-11-28 2032-11-17 2033-11-06
    2034-11-25 2035-11-15
Vesak: 2026-05-01 2027-05-20 2028-05-08 2029-05-27 2030-05-17 2031-05-07 2032-05-25 2033-05-14 2034-05-03
    2035-05-22
the first day of Passover: 2026-04-02 2027-04-22 2028-04-11 2029-03-31 2030-04-18 2031-04-08 2032-03-27
    2033-04-14 2034-04-04 2035-04-24
Rosh Hashanah: 2026-09-12 2026-09-13 2027-10-02 2027-10-03 2028-09-21 2028-09-22 2029-09-10 2029-09-11
    2030-09-28 2030-09-29 2031-09-18 2031-09-19 2032-09-06 2032-09-07 2033-09-24 2033-09-25 2034-09-14
    2034-09-15 2035-10-04 2035-10-05
Yom Kippur: 2026-09-21 2027-10-11 2028-09-30 2029-09-19 2030-10-07 2031-09-27 2032-09-15 2033-10-03 2034-09-23
    2035-10-13
Tisha B'Av: 2026-07-23 2027-08-12 2028-08-01 2029-07-22 2030-08-08 2031-07-29 2032-07-18 2033-08-04 2034-07-25
    2035-08-14
"""
_LINE = re.compile(r"([^:\n]+):((?:\s+[0-9-]+)+)")


@cache
def _religious() -> dict[date, str]:
    found: dict[date, list[str]] = {}
    for name, days in _LINE.findall(_TABLE):
        for day in days.split():
            by_the_moon = " (as expected, by the moon)" if name.startswith("Eid ") else ""
            found.setdefault(date.fromisoformat(day), []).append(f"{name.strip()}{by_the_moon}")
    return {day: wording.listed(names) for day, names in found.items()}


def last_known() -> int:
    """The last year of which the table has every day."""
    return min(date.fromisoformat(days.split()[-1]).year for _, days in _LINE.findall(_TABLE))


def is_called(day: date) -> str:
    """What a day is, as 'Yom Kippur' or 'a bank holiday in England'; '' for any other."""
    if day in bank_holidays(day.year):
        return "a bank holiday in England"
    return _religious().get(day, "")
