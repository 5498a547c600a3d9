"""The event loop of a prefork child: for life, for one process, and free again after a time limit."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from tests.support.house import QuietAnnouncer, Upstream, house_settings
from tests.support.live_simulator import LiveSimulator
from worker import batches
from worker.loop import PersistentLoop
from worker.process import WorkerProcess
from worker.runtime import Runtime


class SoftTimeLimitError(Exception):
    """What Celery raises in a task whose time is up."""


async def _which() -> int:
    return id(asyncio.get_running_loop())


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def raise_limit(_: int, __: FrameType | None) -> None:
        raise SoftTimeLimitError

    signal.signal(signal.SIGALRM, raise_limit)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_all_work_of_a_process_runs_on_one_loop() -> None:
    loop = PersistentLoop()
    assert not loop.started()
    assert loop.run(_which()) == loop.run(_which())
    assert loop.started()


def test_an_error_of_the_work_is_raised_where_it_was_asked_for() -> None:
    async def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        PersistentLoop().run(fail())


def test_a_soft_time_limit_cancels_the_work_and_leaves_the_loop_usable() -> None:
    loop = PersistentLoop()
    cancelled = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with _time_limit(0.2), pytest.raises(SoftTimeLimitError):
        loop.run(hang())
    loop.run(_which())
    assert cancelled == [True]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_makes_a_loop_of_its_own() -> None:
    loop = PersistentLoop()
    loop.run(_which())
    pid = os.fork()
    if pid == 0:
        alone = not loop.started() and loop.run(_which()) != 0 and loop.started()
        os._exit(0 if alone else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_worker_process_opens_its_runtime_at_its_first_task_and_closes_it_at_its_end(
    database_url: str, upstream: LiveSimulator
) -> None:
    settings = house_settings(upstream_url=upstream.url)
    seen: list[Runtime] = []

    async def look(runtime: Runtime) -> None:
        seen.append(runtime)

    process = WorkerProcess(settings, lambda *_: QuietAnnouncer(), database_url=database_url)
    process.run(look)
    process.run(look)
    process.close()
    assert seen[0] is seen[1]
    assert seen[0].closing


def test_a_worker_process_that_never_worked_closes_at_once(database_url: str) -> None:
    WorkerProcess(house_settings(), lambda *_: QuietAnnouncer(), database_url=database_url).close()


def test_a_task_that_finds_the_database_away_ends_quietly() -> None:
    settings = house_settings(upstream_url=Upstream("http://127.0.0.1:9").url)
    nowhere = "postgresql+psycopg://longwatch@/nowhere?host=%2Fnonexistent"
    process = WorkerProcess(settings, lambda *_: QuietAnnouncer(), database_url=nowhere)
    process.run(batches.deliver_due)
    process.close()
