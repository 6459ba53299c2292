"""Starts the console on its port."""

import logging

import uvicorn

from local.console.app import Console
from local.settings import ports


def main() -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("azure").setLevel(logging.WARNING)
    uvicorn.run(Console(), host="127.0.0.1", port=ports().console, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
