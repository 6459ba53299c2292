"""``python -m local.host [APP_FOLDER]``: run a functions app until Ctrl-C (SIGINT)."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import uvloop

from local.host import settings
from local.host.app import GRACE_SECONDS, Ended, Host, Options, configure_logging
from local.host.errors import StartError
from local.host.keys import Keys

EXIT_CANNOT_START = 3


def main() -> int:
    """Run the host; the exit code is 3 if the app cannot start."""
    started_in = Path.cwd()
    try:
        options = _read_options()
        settings.apply_local_values(options.folder, os.environ)
        app_settings = settings.AppSettings(os.environ)
        host_settings = settings.load(options.folder, app_settings)
        configure_logging(host_settings.log_level)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            host = Host(options, host_settings, app_settings)
            ended = runner.run(host.run())
    except StartError as exc:
        print(exc, file=sys.stderr)
        return EXIT_CANNOT_START
    if ended is Ended.WORKER_LOST and host.door is not None:
        # Azure ends the worker process and starts another; here host and worker are one, so both begin anew.
        sys.stdout.flush()
        os.chdir(started_in)
        os.set_inheritable(host.door, True)
        again = [sys.executable, "-m", "local.host", *sys.argv[1:], "--inherited", str(host.door)]
        os.execv(again[0], again)  # noqa: S606 -- our own interpreter with our own arguments
    if ended is Ended.STUCK:
        # A function is stuck, and its thread with it. Azure kills the worker process at this point.
        sys.stdout.flush()
        os._exit(0)
    return 0


def _read_options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Run an Azure Functions app.")
    parser.add_argument("folder", nargs="?", default=".", metavar="APP_FOLDER")
    parser.add_argument("--port", type=int, help="default: HOST_PORT, else 7071; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--enable-auth", action="store_true", help="ask for keys, as Azure does")
    parser.add_argument("--keys", help='{"master": "...", "default": "...", "functions": {"name": "..."}}')
    parser.add_argument("--setup", default="", metavar="MODULE", help="call setup() of it after the app is loaded")
    parser.add_argument(
        "--grace",
        type=int,
        default=GRACE_SECONDS,
        metavar="SECONDS",
        help="for running functions when stopping",
    )
    parser.add_argument("--inherited", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.enable_auth and not arguments.keys:
        raise StartError("--enable-auth needs --keys.")
    return Options(
        folder=Path(arguments.folder).resolve(),
        address=arguments.host,
        port=settings.port_from(os.environ) if arguments.port is None else arguments.port,
        keys=Keys.parse(arguments.keys) if arguments.enable_auth else None,
        setup_module=arguments.setup,
        grace_seconds=arguments.grace,
        inherited=arguments.inherited,
    )


if __name__ == "__main__":
    sys.exit(main())
