"""How is the simulator started from a shell?"""

import argparse
import signal
import sys
from pathlib import Path
from typing import TextIO

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.serving import SimulatorServer, listener, url_of

_DESCRIPTION = """\
A local stand-in for the Gemini Interactions API.

It answers the whole API under /v1 and /v1beta: interactions with streams, conversations, tools,
structured output and media, files and webhooks. Background runs take their time on a clock of
its own, and answers are put together by rule from the words of the request: nothing beyond this
machine is looked up and no model is asked. Faults, lives and the clock are steered, and the
ledger is read, under /__sim/. Any API key is good but bad-key (401), invalid-key (400),
blocked-key (403) and quota-zero-key (429). simulator/README.md has the details and says what
it does not do.
"""


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes; return the process's exit code."""
    options = _parser().parse_args(arguments)
    try:
        sock = listener(host=options.host, port=options.port)
    except OSError as error:
        _say(f"simulator: cannot listen on {options.host} port {options.port}: {error.strerror}", sys.stderr)
        return 2
    config = SimulatorConfig(
        speed=options.speed, default_revision=options.default_revision, data_file=options.data_file
    )
    server = SimulatorServer(create_app(config), on_ready=lambda: _say(f"simulator ready {url_of(sock)}", sys.stdout))
    for leave in (signal.SIGINT, signal.SIGTERM):
        signal.signal(leave, lambda *_: sys.exit(0))
    server.run(sockets=[sock])
    return 0


def _say(line: str, where: TextIO) -> None:
    where.write(f"{line}\n")
    where.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one (default: 8090)")
    parser.add_argument("--speed", type=_speed, default=1.0, help="simulated seconds per real second (default: 1)")
    parser.add_argument("--default-revision", choices=("steps", "legacy"), default="steps", help="shape without header")
    parser.add_argument("--data-file", type=Path, help="keep interactions and ledger here, across restarts")
    return parser


def _speed(given: str) -> float:
    speed = float(given)
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return speed


if __name__ == "__main__":
    sys.exit(main())
