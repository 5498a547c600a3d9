"""The database and the broker of an installation, for a command that is not `up`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longwatch.embedded.lock import held
from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.private import private_directory
from longwatch.embedded.runfile import RunFile, read_live
from longwatch.embedded.running import running
from longwatch.settings import Settings


@contextmanager
def database(settings: Settings, *, command: str) -> Iterator[str]:
    """Yield the database's URL: the configured one, that of a running `up`, or a server for this block's time."""
    if settings.database_url:
        yield settings.database_url
    elif found := _url_of(read_live(settings.data_dir), "database"):
        yield found
    else:
        directory = settings.data_dir.resolve()
        with held(directory, by=command), _postgres(directory) as url:
            yield url


def broker(settings: Settings) -> str | None:
    """Return the broker's URL: the configured one, that of a running `up`, else None: nobody listens."""
    return settings.broker_url or _url_of(read_live(settings.data_dir), "broker")


@contextmanager
def _postgres(directory: Path) -> Iterator[str]:
    log = private_directory(directory / "logs") / "postgres.log"
    with (
        socket_directory() as sockets,
        running(EmbeddedPostgres(directory=directory, sockets=sockets), log=log) as url,
    ):
        yield url


def _url_of(run: RunFile | None, name: str) -> str | None:
    return run.urls.get(name) if run else None
