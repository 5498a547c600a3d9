"""Is a database that starts up waited for, and one that will never let us in not?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import OperationalError

from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.running import running
from longwatch.store.arrival import wait_for
from tests.support.refusing_postgres import NO_ENTRY, STARTING, WRONG_PASSWORD, refusing_postgres

FOR_EVER = timedelta(hours=1)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_server_that_nobody_has_started_yet_is_waited_for(tmp_path: Path, stack: ExitStack) -> None:
    server = EmbeddedPostgres(
        directory=tmp_path, sockets=stack.enter_context(socket_directory()), options=("fsync=off",)
    )
    server.prepare()
    pool, told = stack.enter_context(ThreadPoolExecutor(max_workers=1)), []

    def start(why: str) -> None:
        told.append(why)
        pool.submit(stack.enter_context, running(server, log=tmp_path / "log"))

    wait_for(server.url, on_wait=start, patience=FOR_EVER)
    assert len(told) == 1
    assert "No such file or directory" in told[0]


def test_a_server_that_starts_up_is_waited_for_and_its_next_word_is_final() -> None:
    told: list[str] = []
    with (
        refusing_postgres([STARTING, STARTING, WRONG_PASSWORD]) as url,
        pytest.raises(OperationalError, match="password authentication failed"),
    ):
        wait_for(url, on_wait=told.append, patience=FOR_EVER)
    assert ["starting up" in why for why in told] == [True]


@pytest.mark.parametrize("refusal", [WRONG_PASSWORD, ("3D000", 'database "longwatch" does not exist'), NO_ENTRY])
def test_what_no_waiting_mends_is_said_at_once(refusal: tuple[str, str]) -> None:
    told: list[str] = []
    with refusing_postgres([refusal]) as url, pytest.raises(OperationalError, match=refusal[1][:20]):
        wait_for(url, on_wait=told.append, patience=FOR_EVER)
    assert told == []


def test_patience_has_an_end() -> None:
    told: list[str] = []
    with refusing_postgres([STARTING]) as url, pytest.raises(OperationalError, match="starting up"):
        wait_for(url, on_wait=told.append, patience=timedelta(seconds=0.1))
    assert len(told) == 1
