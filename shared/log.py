"""What the log says: one line for each step, with the ids by which one application's story is read end to end.

A line reads ``handed over reference=K4Q-M7X-2P9-T message=K4Q-M7X-2P9-T.received.1 programme=llr-rmi-2026-c7``. The ids
are fields of the record too, for whoever collects records. Nothing about people has a place here.
"""

import logging


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
