"""A process that runs a PostgreSQL and is killed: `postgres_program.py DIRECTORY SOCKETS`."""

import signal
import sys
from pathlib import Path

from longwatch.embedded.postgres import EmbeddedPostgres
from longwatch.embedded.running import running

if __name__ == "__main__":
    directory, sockets = Path(sys.argv[1]), Path(sys.argv[2])
    with running(EmbeddedPostgres(directory=directory, sockets=sockets), log=directory / "log"):
        sys.stdout.write("up\n")
        sys.stdout.flush()
        signal.pause()
