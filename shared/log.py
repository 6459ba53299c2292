"""What the log says: one line for each step, with the ids by which one application's story is read end to end.

A line reads ``handed over reference=K4Q-M7X-2P9-T message=K4Q-M7X-2P9-T.received.1 programme=llr-rmi-2026-c7``. The ids
are fields of the record too, for whoever collects records. Nothing about people has a place here.

Libraries are another matter: at the level of information they write whole addresses, of rows, of mailboxes, with what
was searched for. ``quiet_libraries`` keeps them at warnings.
"""

import logging
import sys
from pathlib import Path

_OURS = Path(__file__).resolve().parents[1]


def quiet_libraries() -> None:
    """Let no library write anything below a warning, whichever there are and whatever the root logger's level is.

    Azure's worker sets the root logger to information, and host.json has no say in what Python's libraries log. Every
    name that could be imported is set, not only what has been: a library that is imported later is quiet from its
    first line. Whoever gave a logger a level of its own keeps it.
    """
    for name in _found_in({Path(each or ".").resolve() for each in sys.path} - {_OURS}) - _found_in({_OURS}):
        library = logging.getLogger(name)
        if library.level == logging.NOTSET:
            library.setLevel(logging.WARNING)


def _found_in(folders: set[Path]) -> set[str]:
    """The first part of every name that can be imported from these folders."""
    entries = (entry for folder in folders if folder.is_dir() for entry in folder.iterdir())
    modules = (entry for entry in entries if entry.suffix in {".py", ".so", ".pyd"} or entry.is_dir())
    return {name for entry in modules if (name := entry.name.partition(".")[0]).isidentifier()}


def step(
    logger: logging.Logger,
    what: str,
    *,
    level: int = logging.INFO,
    reference: str = "",
    message: str = "",
    submission: str = "",
    programme: str = "",
    session: str = "",
    pair: str = "",
    reason: str = "",
    attempt: int = 0,
) -> None:
    """Log one step in words with the ids that are known. ``reason`` is one of our own errors', never an exception's."""
    ids = {
        "reference": reference,
        "message": message,
        "submission": submission[:12],
        "programme": programme,
        "session": session,
        "pair": pair,
        "attempt": attempt or "",
    }
    known = {name: value for name, value in ids.items() if value != ""}
    line = " ".join([what, *(f"{name}={value}" for name, value in known.items())])
    text = f"{line}: {reason}" if reason else line
    # One argument, so that nothing in the text is taken for a format; no stack: a traceback can quote data.
    logger.log(level, "%s", text, extra={f"mentoring_{name}": value for name, value in known.items()})
