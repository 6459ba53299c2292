"""Has the app under `func start` follow the console's clock, as `make run` does.

Python imports a module of this name by itself wherever it is on the path; `local.settings.json` puts this folder there,
for the worker of Core Tools alone.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from local import clock

clock.setup()
