"""How many messages and SQL statements did the work take? Asked of the broker and the database themselves."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from redis import Redis

from benchmarks.runners.prefill import libpq

_LOGGED = re.compile(rb"LOG:  (?:statement|execute [^:]+):\s+(\w+)")
_FRAMES = {"BEGIN", "COMMIT", "ROLLBACK"}


def messages(broker_url: str) -> int:
    """Return how many messages Celery has been sent since the broker began: kombu pushes each with one LPUSH."""
    with Redis.from_url(broker_url) as broker:
        stats = broker.info("commandstats")
    assert isinstance(stats, dict)
    return int(stats.get("cmdstat_lpush", {}).get("calls", 0))


@dataclass(frozen=True, slots=True)
class DatabaseWork:
    """What a database has done since it began."""

    transactions: int
    buffers: int
    wal: int


_WORK = """
SELECT sum(xact_commit + xact_rollback)::bigint, sum(blks_hit + blks_read)::bigint,
    (pg_current_wal_lsn() - '0/0')::bigint
FROM pg_stat_database
"""


def database_work(database_url: str) -> DatabaseWork:
    """Return the transactions, buffers touched, and bytes of WAL so far; sessions report theirs within a second."""
    with psycopg.connect(libpq(database_url), autocommit=True) as database:
        row = database.execute(_WORK).fetchone()
    assert row is not None
    return DatabaseWork(*row)


@contextmanager
def statements_logged(database_url: str, log: Path) -> Iterator[Counter[str]]:
    """Have every statement of the block logged, and count them by their first word at its end.

    BEGIN, COMMIT and ROLLBACK are counted as `transaction`. Logging costs CPU: never measure that meanwhile.
    """
    counted: Counter[str] = Counter()
    with psycopg.connect(libpq(database_url), autocommit=True) as database:
        _log_statements(database, "all")
        begun = log.stat().st_size
        try:
            yield counted
        finally:
            _log_statements(database, "none")
            counted.update(words(log.read_bytes()[begun:]))


def words(log: bytes) -> Counter[str]:
    """Count the statements that *log* holds by their first word."""
    found = Counter(word.decode().upper() for word in _LOGGED.findall(log))
    frames = sum(found.pop(frame, 0) for frame in _FRAMES)
    return found + Counter({"transaction": frames})


def _log_statements(database: "psycopg.Connection[tuple[object, ...]]", which: str) -> None:
    database.execute(f"ALTER SYSTEM SET log_statement = '{which}'".encode())
    database.execute("SELECT pg_reload_conf()")
