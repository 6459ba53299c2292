"""``python -m tests.package.trim``: write anew which modules of msgraph are packed."""

import sys

from local.package.libraries import KEPT_OF_MSGRAPH
from tests.package.modules import loaded_by_the_contracts

if __name__ == "__main__":
    sys.stdout.write(f"{len(loaded_by_the_contracts(KEPT_OF_MSGRAPH))} modules of msgraph are packed\n")
