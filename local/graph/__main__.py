"""Starts the stand-in: `python -m local.graph`."""

import logging

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.graph.app import CUT, App
from local.graph.settings import read_settings


class CuttableProtocol(HttpToolsProtocol):
    """Lets the application cut a connection, which ASGI has no word for."""

    def on_message_begin(self) -> None:
        """Put the way to cut into the scope."""
        super().on_message_begin()
        self.scope["extensions"] = {CUT: self.transport.abort}  # type: ignore[dict-item]


def main() -> None:
    """Until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="graph: %(message)s")
    settings = read_settings()
    config = uvicorn.Config(
        App(settings),
        host=settings.host,
        port=settings.port,
        http=CuttableProtocol,
        ws="none",
        lifespan="on",
        # Its lines would hold addresses; GET /_control/log tells the same.
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=65,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
