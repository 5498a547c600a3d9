"""A fresh database for a test, cloned from one migrated template."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from longwatch.store.migrate import upgrade

TEMPLATE = "longwatch_template"


@dataclass(frozen=True, slots=True)
class TestServer:
    """A running PostgreSQL, by the SQLAlchemy URL of its database `postgres`."""

    __test__ = False

    url: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def make_template(self) -> None:
        """Make the migrated database that every test's own is cloned from."""
        self._execute("CREATE DATABASE {}", TEMPLATE)
        upgrade(database_of(self.url, TEMPLATE))
        self._execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", TEMPLATE)

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """Yield the URL of a database of its own, dropped afterwards whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        try:
            yield database_of(self.url, name)
        finally:
            self._execute("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def away(self, url: str) -> Iterator[None]:
        """Let nobody reach the database of *url*: whoever is connected is thrown out, nobody new comes in."""
        name = url.partition("@/")[2].partition("?")[0]
        self._execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
        with psycopg.connect(libpq(self.url), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            self._execute("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(libpq(self.url), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def database_of(url: str, name: str) -> str:
    """Return *url* for the database *name* of the same server."""
    return url.replace("@/postgres?", f"@/{name}?")


def libpq(url: str) -> str:
    """Return a SQLAlchemy URL as psycopg and psql take it."""
    return url.replace("postgresql+psycopg://", "postgresql://")
