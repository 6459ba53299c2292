"""``make faults``: the whole matrix, with every fault at every point of every story, by one hand and beside a second.

Takes some minutes. Where the second hand meets its faults is another place each time; ``FAULT_SEED`` repeats one.
"""

import os
import sys
from random import Random, SystemRandom

from tests.faults.matrix import contested, journey, plans, run_all, two_handed
from tests.faults.run import Story

if __name__ == "__main__":
    seed = int(os.environ.get("FAULT_SEED") or SystemRandom().randrange(1_000_000))
    failed = 0
    for story in Story:
        whole = journey(story=story)
        chosen = [*plans(whole.points), *contested(whole), *two_handed(whole, Random(seed))]
        matrix = run_all(chosen, len(whole.points), story)
        for case in matrix.failed:
            print(f"{story}, {case.plan} ({case.where}):")
            for item in case.found:
                print(f"    {item}")
        print(f"{story}: {matrix} (FAULT_SEED={seed})")
        failed += len(matrix.failed)
    sys.exit(bool(failed))
