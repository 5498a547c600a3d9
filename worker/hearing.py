"""Does this worker still hear its queue? A thread of its main process asks the database what was sent to it alone."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from longwatch.broker.canaries import own_queue
from longwatch.domain.clock import Clock
from longwatch.domain.hearing import TURNS, Silence, silent
from longwatch.store import canaries, processes
from longwatch.store.canaries import Unheard
from longwatch.store.engine import Engine, connect
from longwatch.store.processes import Process

PATIENCE_SECONDS = 5
LOOKS_IN_A_ROW = 2
"""One look may come just after the process was stopped for minutes, before it could read what had come meanwhile."""

log = structlog.get_logger()


class HearingWatch:
    """Watches one worker from the start of its consumer to its end."""

    def __init__(self, process: Process, *, database_url: str, broker_url: str, deaf_after: timedelta) -> None:
        self.process = process
        self._database_url = database_url
        self._broker_url = broker_url
        self._deaf_after = deaf_after
        self._clock = Clock()
        self._heard_at = self._clock.monotonic()
        self._silent_looks = 0
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, *, busy: Callable[[], bool], leave: Callable[[], None]) -> None:
        """Begin to watch a worker that says whether it is *busy*, and can be made to *leave*."""
        self._thread = threading.Thread(target=self._watch, args=(busy, leave), name="longwatch-hearing", daemon=True)
        self._thread.start()

    def heard(self) -> None:
        """Note that a message has come."""
        self._heard_at = self._clock.monotonic()

    def stop(self) -> None:
        """End the watch and say that the worker ends; waits no longer than a database may keep it waiting."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_SECONDS)

    def _watch(self, busy: Callable[[], bool], leave: Callable[[], None]) -> None:
        pause = self._deaf_after.total_seconds() / TURNS / 2
        while not self._ending.is_set():
            if self._run(lambda engine: self._look(engine, busy=busy())):
                leave()
                return
            self._ending.wait(pause)
        self._run(self._say_goodbye)

    def _run(self, work: Callable[[Engine], Coroutine[Any, Any, bool]]) -> bool:
        """Do *work* on a connection that no child can inherit; False while the database is away."""
        try:
            return asyncio.run(self._connected(work))
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.info("nobody can say whether this worker hears", trouble=type(error).__name__)
            return False

    async def _connected(self, work: Callable[[Engine], Coroutine[Any, Any, bool]]) -> bool:
        engine = connect(self._database_url, pool_size=1)
        try:
            async with asyncio.timeout(2 * PATIENCE_SECONDS):
                return await work(engine)
        finally:
            await engine.dispose()

    async def _look(self, engine: Engine, *, busy: bool) -> bool:
        """Say that this worker lives; return whether it is deaf."""
        found = self._silence(await self._unheard(engine), busy=busy)
        deaf = silent(found, patience=self._deaf_after) and await self._broker_answers()
        self._silent_looks = self._silent_looks + 1 if deaf else 0
        if self._silent_looks < LOOKS_IN_A_ROW:
            return False
        log.error("this worker is deaf and ends, to be started again", missed=found.missed, seconds=found.nothing_for)
        async with engine.begin() as tx:
            await processes.deaf(tx, self.process.id)
        return True

    async def _unheard(self, engine: Engine) -> Unheard | None:
        async with engine.begin() as tx:
            await processes.seen(tx, self.process)
            await canaries.open_queue(tx, own_queue(self.process.id).name, process_id=self.process.id)
            return await canaries.unheard_by(tx, self.process.id)

    def _silence(self, unheard: Unheard | None, *, busy: bool) -> Silence:
        return Silence(
            missed=0 if unheard is None else unheard.missed,
            unheard_for=None if unheard is None else unheard.since,
            nothing_for=timedelta(seconds=self._clock.monotonic() - self._heard_at),
            busy=busy,
        )

    async def _broker_answers(self) -> bool:
        patience = PATIENCE_SECONDS
        redis: Redis = Redis.from_url(self._broker_url, socket_connect_timeout=patience, socket_timeout=patience)
        try:
            return bool(await redis.ping())
        except (RedisError, OSError):
            return False
        finally:
            await redis.aclose()

    async def _say_goodbye(self, engine: Engine) -> bool:
        async with engine.begin() as tx:
            await processes.ended(tx, self.process.id)
        return True
