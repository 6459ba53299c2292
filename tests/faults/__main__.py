"""``make faults``: the whole matrix, with every fault at every point of every story. Takes some minutes."""

import sys

from tests.faults.matrix import journey, plans, run_all
from tests.faults.run import Story

if __name__ == "__main__":
    failed = 0
    for story in Story:
        points = journey(story=story).points
        matrix = run_all(list(plans(points)), len(points), story)
        for case in matrix.failed:
            print(f"{story}, point {case.plan.point} ({case.where}), {case.plan.fault}:")
            for item in case.found:
                print(f"    {item}")
        print(f"{story}: {matrix}")
        failed += len(matrix.failed)
    sys.exit(bool(failed))
