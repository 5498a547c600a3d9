"""What has Flower not been told? Jobs made and ended outside workers; and all it lost, whenever it starts anew."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import psycopg
import structlog
from celery import Celery
from kombu.exceptions import KombuError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from longwatch.broker.event_sender import EventSender
from longwatch.broker.task_events import task_event
from longwatch.domain.shown import ShownJob
from longwatch.store import showing
from longwatch.store.engine import Engine

EVERY = timedelta(seconds=5)
OVERLAP = timedelta(seconds=3)
"""How much later than its own time a change may become visible: the longest usual transaction."""
HISTORY = timedelta(hours=24)
MOST = 2000
MOST_FRESH = 500
_BATCH = 200
_PING_SECONDS = 1.0

log = structlog.get_logger()


class FlowerRefresher:
    """The duty of telling Flower."""

    def __init__(
        self,
        engine: Engine,
        app: Celery,
        redis: Redis,
        *,
        show_prompts: bool,
    ) -> None:
        self._engine = engine
        self._app = app
        self._redis = redis
        self._show_prompts = show_prompts
        self._sender = EventSender(app)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="flower")
        self._watchers: frozenset[str] = frozenset()
        self._since: datetime | None = None

    async def run_once(self) -> int:
        """Tell what is new; never a reason to hurry."""
        try:
            await self._tell_watchers(await self._watching())
        except (psycopg.Error, RedisError, KombuError, OSError, TimeoutError) as error:
            log.info("Flower is told later", trouble=type(error).__name__)
        return 0

    async def _tell_watchers(self, watchers: frozenset[str]) -> None:
        since = self._since if watchers <= self._watchers else None
        async with self._engine.connect() as tx:
            until = await showing.now(tx)
            if since is None:
                jobs = await showing.history(tx, within=HISTORY, limit=MOST)
            else:
                jobs = await showing.fresh(tx, since=since - OVERLAP, limit=MOST_FRESH)
        if await self._show(jobs, runtime=since is None):
            self._since, self._watchers = until, watchers

    async def _watching(self) -> frozenset[str]:
        """Return who listens to the broker, if it may be asked: a Flower that has restarted is a new listener."""
        try:
            clients = await self._redis.client_list(_type="pubsub")
        except ResponseError:
            return frozenset()
        return frozenset(client["id"] for client in clients)

    async def _show(self, job_ids: Sequence[UUID], *, runtime: bool) -> bool:
        if not job_ids:
            return True
        loop = asyncio.get_running_loop()
        hostname = await loop.run_in_executor(self._thread, self._a_worker)
        if hostname is None:
            return False
        for start in range(0, len(job_ids), _BATCH):
            async with self._engine.connect() as tx:
                jobs = await showing.shown(tx, job_ids[start : start + _BATCH], words=self._show_prompts)
            if not await loop.run_in_executor(self._thread, partial(self._send, jobs, hostname, runtime=runtime)):
                return False
        return True

    def _a_worker(self) -> str | None:
        """Return the name of a worker that lives: Flower makes an offline worker of any other name."""
        replies = self._app.control.ping(timeout=_PING_SECONDS, limit=1)
        return next((name for reply in replies or () for name in reply), None)

    def _send(self, jobs: Sequence[ShownJob], hostname: str, *, runtime: bool) -> bool:
        events = [task_event(job, show_prompt=self._show_prompts, runtime=runtime) for job in jobs]
        return self._sender.send(events, hostname=hostname)
