"""What the command line or the environment decides, and the switches that may change while it runs."""

import argparse
import dataclasses
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Json = dict[str, Any]


@dataclass
class Switches:
    """Choices that Microsoft's documents leave open, and limits; `POST /_control/switches` changes them."""

    send_delay: float = 0.5  # seconds from `send` to Sent Items
    new_id_on_send: bool = False  # whether even the immutable id changes
    second_send: Literal["404", "again"] = "404"  # of a draft handed over before; "again" mails it twice
    duplicate_transaction_status: Literal[400, 409] = 409
    teams_licence: bool = True  # without it a meeting on Teams gets no link, and no word about it
    latency: float = 0.0  # seconds that every request takes longer
    # Where 429 begins.
    concurrent_requests: int = 4
    requests_per_10_minutes: int = 10_000
    # Messages beyond so many wait their turn; 0 is off. Exchange: 30 in 60 seconds.
    message_rate: int = 0
    message_rate_seconds: float = 60.0

    def change(self, wanted: Json) -> None:
        """Set the named switches, or none of them: a `ValueError` says which name or value is wrong."""
        fields = {one.name for one in dataclasses.fields(self)}
        for name, value in wanted.items():
            if name not in fields:
                raise ValueError(f"there is no switch {name!r}; the switches are {', '.join(sorted(fields))}")
            known = getattr(type(self), name)
            alike = (int, float) if isinstance(known, float) else type(known)
            if not isinstance(value, alike) or isinstance(value, bool) is not isinstance(known, bool):
                raise ValueError(f"the switch {name!r} takes a value like {known!r}")
            allowed = {"second_send": ("404", "again"), "duplicate_transaction_status": (400, 409)}.get(name)
            if allowed and value not in allowed:
                raise ValueError(f"the switch {name!r} is one of {allowed}")
        for name, value in wanted.items():
            setattr(self, name, value)


@dataclass(frozen=True)
class Settings:
    """Where to listen, where to keep state, and whose mailboxes there are."""

    port: int
    smtp_port: int
    state_dir: Path
    host: str = "127.0.0.1"
    smtp_host: str = "127.0.0.1"
    clock_file: Path | None = None
    mailboxes: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    switches: Switches = field(default_factory=Switches)


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def read_settings(arguments: list[str] | None = None) -> Settings:
    """The command line first, then the environment."""
    env = os.environ
    standard = Switches()
    parser = argparse.ArgumentParser(prog="python -m local.graph", description=__doc__)
    parser.add_argument("--port", type=int, default=int(env.get("GRAPH_PORT", "7072")))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=int(env.get("SMTP_PORT", "1025")))
    parser.add_argument("--smtp-host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, default=Path(env.get("LOCAL_DIR", ".local")) / "graph")
    parser.add_argument("--clock", type=Path, help="JSON file with offset_seconds")
    parser.add_argument("--mailboxes", type=_addresses, default=_addresses(env.get("MAILBOX", "")))
    parser.add_argument("--denied", type=_addresses, default=(), help="mailboxes that answer 403")
    parser.add_argument("--send-delay", type=float, default=standard.send_delay)
    parser.add_argument("--latency", type=float, default=standard.latency)
    parser.add_argument("--new-id-on-send", action="store_true")
    parser.add_argument("--second-send", choices=("404", "again"), default=standard.second_send)
    parser.add_argument("--message-rate", type=int, default=0, help="messages a minute, Exchange: 30; 0 is off")
    given = parser.parse_args(arguments)
    return Settings(
        port=given.port,
        host=given.host,
        smtp_host=given.smtp_host,
        smtp_port=given.smtp_port,
        state_dir=given.state,
        clock_file=given.clock,
        mailboxes=given.mailboxes,
        denied=given.denied,
        switches=Switches(
            send_delay=given.send_delay,
            latency=given.latency,
            new_id_on_send=given.new_id_on_send,
            second_send=given.second_send,
            message_rate=given.message_rate,
        ),
    )
