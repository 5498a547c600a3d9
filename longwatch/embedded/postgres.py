"""A private PostgreSQL: made once under a data directory, reached only through a socket only we can enter."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from urllib.parse import quote

import psycopg

from longwatch.embedded.binaries import file_owner, postgres_programs, unprivileged_prefix
from longwatch.embedded.errors import EmbeddedStartError, EmbeddedUnavailableError, PasswordLostError
from longwatch.embedded.private import kept, password
from longwatch.embedded.process import Command
from longwatch.embedded.stale import clear_postgres_locks

_SOCKET_PATH_LIMIT = 90
_INITDB_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """The cluster in `directory/postgres`, listening in the private folder *sockets*."""

    directory: Path
    sockets: Path
    options: Sequence[str] = ()
    prefix: tuple[str, ...] = field(default_factory=unprivileged_prefix)
    name: str = "postgres"

    @property
    def cluster(self) -> Path:
        """The folder PostgreSQL calls its data directory."""
        return self.directory / "postgres"

    @property
    def url(self) -> str:
        """The SQLAlchemy URL; it carries the password, so it belongs in an environment, never on a command line."""
        return f"postgresql+psycopg://longwatch:{self._password()}@/postgres?host={quote(str(self.sockets), safe='')}"

    def prepare(self) -> None:
        """Make the cluster if it is not whole, and clear what a killed server left."""
        if not self.cluster.exists():
            self._initialise()
        _give(self.cluster, file_owner(self.prefix))
        _give(self.sockets, file_owner(self.prefix))
        clear_postgres_locks(self.cluster, self.sockets)

    def command(self) -> Command:
        """Return how the server is run; SIGINT is its fast shutdown, SIGTERM would wait for every client."""
        options = (
            "listen_addresses=",
            f'unix_socket_directories="{self.sockets}"',
            "unix_socket_permissions=0700",
            "max_connections=200",
            *self.options,
        )
        settings = [word for option in options for word in ("-c", option)]
        return Command(
            argv=(*self.prefix, str(postgres_programs() / "postgres"), "-D", str(self.cluster), *settings),
            env=_environment(),
            stop_signal=Signals.SIGINT,
            death_signal=Signals.SIGINT,
        )

    def answers(self) -> bool:
        """Return whether the server takes a connection now."""
        try:
            with psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def _password(self) -> str:
        file = self.directory / "postgres-password"
        if self.cluster.exists() and not file.exists():
            raise PasswordLostError(file=file, cluster=self.cluster)
        return kept(file, password)

    def _initialise(self) -> None:
        unfinished = self.directory / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._password()
        self._run_initdb(unfinished)
        unfinished.rename(self.cluster)

    def _run_initdb(self, target: Path) -> None:
        target.mkdir(mode=0o700)
        _give(target, file_owner(self.prefix))
        made = subprocess.run(
            [*self.prefix, *_initdb(target, self.directory / "postgres-password")],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_INITDB_SECONDS,
        )
        if made.returncode != 0:
            raise EmbeddedStartError(server="PostgreSQL", log=made.stdout + made.stderr)


@contextmanager
def socket_directory() -> Iterator[Path]:
    """Yield an owner-only folder for the server's socket, short enough for a socket's path; removed at the end."""
    made = _short_directory()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _short_directory() -> Path:
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes it private
        made = Path(tempfile.mkdtemp(prefix="longwatch-", dir=parent))
        if len(os.fsencode(made)) <= _SOCKET_PATH_LIMIT:
            return made
        made.rmdir()
    reason = "no temporary folder has a path short enough for a socket"
    raise EmbeddedUnavailableError(server="PostgreSQL", reason=reason, setting="LONGWATCH_DATABASE_URL")


def _initdb(target: Path, password_file: Path) -> tuple[str, ...]:
    return (
        *(str(postgres_programs() / "initdb"), "-D", str(target), "-U", "longwatch", f"--pwfile={password_file}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
        *("--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions"),
    )


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _give(tree: Path, owner: int) -> None:
    if tree.stat().st_uid == owner:
        return
    os.chown(tree, owner, owner)
    for path in tree.rglob("*"):
        os.chown(path, owner, owner, follow_symlinks=False)
