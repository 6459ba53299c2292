"""``make fuzz``: many cases, other ones each time. FUZZ is how many in all; a failure prints how to see it again."""

import logging
import os
import sys
import time
from collections import Counter

from tests.fuzz.parsers import try_parser
from tests.fuzz.routes import Requests, routes
from tests.senders import ALL

_ALL = 21_000
_OF_PARSERS = 0.6


def main() -> int:
    cases = int(os.environ.get("FUZZ") or _ALL)
    logging.disable()
    began, total = time.monotonic(), 0
    each = int(cases * _OF_PARSERS / len(ALL)) + 1
    print(f"{'provider':<50}{'bodies':>8}{'read':>8}{'valid':>8}{'no app.':>8}{'refused':>8}")
    for source in ALL:
        came = try_parser(source, each, same=False)
        total += came["cases"]
        columns = ("cases", "read", "valid", "no application", "unreadable")
        print(f"{source:<50}" + "".join(f"{came[column]:>8}" for column in columns), flush=True)
    doors = routes()
    each = int(cases * (1 - _OF_PARSERS) / len(doors)) + 1
    statuses, accepted, lost = Counter[int](), 0, 0
    print(f"\n{'route':<50}{'requests':>10}  answers")
    for route in doors:
        tally = Requests(route).try_some(each, same=False)
        total += tally.cases
        statuses += tally.statuses
        accepted += tally.accepted
        lost += tally.lost
        answers = ", ".join(f"{status}: {number}" for status, number in sorted(tally.statuses.items()))
        print(f"{route.path:<50}{tally.cases:>10}  {answers}", flush=True)
    broken = sum(number for status, number in statuses.items() if status >= 500)
    seconds = time.monotonic() - began
    print(
        f"\n{total} cases in {seconds:.0f} s: {broken} answers of 500; "
        f"{accepted} bodies accepted, {lost} lost; 0 errors that nobody expected"
    )
    return 0 if not broken and not lost and total >= cases else 1


if __name__ == "__main__":
    sys.exit(main())
