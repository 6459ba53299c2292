"""``python -m tests.bench [NAME ...]``: measures, prints, and writes ``bench.json``."""

import argparse
import logging
import os
import time
from collections.abc import Callable, Mapping

from local.settings import local_folder
from tests.bench import (
    calls,
    coldstart,
    drain,
    flood,
    imports,
    matching,
    memory,
    pages,
    report,
    reports,
    restore,
    ticks,
    webhook,
)

_ALL: Mapping[str, Callable[[], report.Outcome]] = {
    "imports": imports.measure,
    "coldstart": coldstart.measure,
    "webhook": webhook.measure,
    "pages": pages.measure,
    "ticks": ticks.measure,
    "calls": calls.measure,
    "drain": drain.measure,
    "memory": memory.measure,
    "restore": restore.measure,
    "flood": flood.measure,
    "matching": matching.measure,
    "reports": reports.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(_ALL)}; none: all of them")
    names = parser.parse_args().names or list(_ALL)
    unknown = set(names) - _ALL.keys()
    if unknown:
        parser.error(f"there is no {' or '.join(sorted(unknown))}; choose from {', '.join(_ALL)}")
    logging.disable(logging.WARNING)
    outcomes = {}
    for name in names:
        begun = time.monotonic()
        outcomes[name] = _ALL[name]()
        report.say(f"{name}: measured in {time.monotonic() - begun:.0f} s")
    report.show(outcomes)
    file = local_folder(os.environ) / "bench.json"
    report.write(outcomes, file)
    report.say(f"\nWritten to {file}")


if __name__ == "__main__":
    main()
