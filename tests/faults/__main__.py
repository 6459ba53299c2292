"""``make faults``: the whole matrix, with every fault at every point. Takes some minutes."""

import sys

from tests.faults.matrix import journey, plans, run_all

if __name__ == "__main__":
    points = journey().points
    matrix = run_all(list(plans(points)), len(points))
    for case in matrix.failed:
        print(f"point {case.plan.point} ({case.where}), {case.plan.fault}:")
        for item in case.found:
            print(f"    {item}")
    print(matrix)
    sys.exit(bool(matrix.failed))
