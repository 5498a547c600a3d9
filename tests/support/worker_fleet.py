"""The real worker under Celery, with the scheduler's duties done beside it in the test."""

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
from redis.asyncio import Redis

from longwatch.broker.application import make_app
from longwatch.domain.shares import Limits
from longwatch.store.engine import Engine
from longwatch.store.rows import RowMapping
from scheduler.admission import Admission
from scheduler.canaries import Canaries, pace
from scheduler.duties import Rhythm
from scheduler.lengths import QueueLengths
from scheduler.nudges import Nudges
from scheduler.pacing import NowAndThen
from tests.support.celery_programs import ROOT, celery, environment, program
from tests.support.house import SECRET, a_research, house_settings
from tests.support.live_simulator import LiveSimulator
from tests.support.store import connected, job_row, read
from tests.support.waiting import eventually_async

MAX_RUNNING = 20


@dataclass(frozen=True, slots=True)
class Fleet:
    """What a worker works on: its database, its queue and its upstream."""

    database_url: str
    broker_url: str
    upstream: LiveSimulator
    engine: Engine
    log: Path

    @contextmanager
    def worker(
        self, *, children: int = 2, name: str = "celery", tree: Path = ROOT, **changed: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run the worker of *tree*, that polls quickly and leases briefly; *changed* settings override."""
        env = environment(**self.settings() | changed)
        size = ("--hostname", f"{name}@%h", "--concurrency", str(children), "--without-gossip", "--without-mingle")
        with program(celery("-A", "worker.app", "worker", *size), env, log=self.log, tree=tree) as process:
            yield process

    @contextmanager
    def scheduler(self, *, tree: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
        """Run the scheduler of *tree*."""
        argv = [sys.executable, "-m", "scheduler"]
        with program(argv, environment(**self.settings()), log=self.log, tree=tree) as process:
            yield process

    def settings(self) -> dict[str, str]:
        """Return what its processes are told."""
        return {
            "LONGWATCH_DATABASE_URL": self.database_url,
            "LONGWATCH_BROKER_URL": self.broker_url,
            "LONGWATCH_UPSTREAM_URL": self.upstream.url,
            "LONGWATCH_WEBHOOK_SECRET": SECRET,
            "LONGWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
            "LONGWATCH_POLL_FIRST": "0.5",
            "LONGWATCH_POLL_CAP": "0.5",
            "LONGWATCH_LEASE": "3",
            "GEMINI_API_KEY": "a-key",
        }

    async def rows(self, statement: str) -> list[RowMapping]:
        """Return what *statement* selects."""
        return await read(self.engine, statement)

    async def job(self, prompt: str, *, webhook_url: str | None = None) -> uuid.UUID:
        """Store a Deep Research job."""
        return await a_research(self.engine, prompt, webhook_url=webhook_url)

    async def in_state(self, job_id: uuid.UUID, *statuses: str, within: float = 60) -> RowMapping:
        """Return the job's row once it is in one of *statuses*."""

        async def there() -> RowMapping | None:
            row = await job_row(self.engine, job_id)
            return row if row["status"] in statuses else None

        row = await eventually_async(there, within=within)
        assert row is not None
        return row

    async def posted(self, count: int = 1) -> None:
        """Wait until so many creates have reached the upstream."""

        async def received() -> bool:
            return len(await asyncio.to_thread(self.upstream.entries, "create")) >= count

        await eventually_async(received, within=90)


@asynccontextmanager
async def fleet(
    database_url: str,
    broker_url: str,
    upstream: LiveSimulator,
    *,
    log: Path,
    deaf_after: timedelta = timedelta(seconds=60),
) -> AsyncIterator[Fleet]:
    """Yield a fleet without workers, its scheduler at work."""
    app = make_app(house_settings(database_url=database_url, broker_url=broker_url))
    async with connected(database_url) as engine, Redis.from_url(broker_url) as redis:
        lengths = QueueLengths(redis)
        canaries = Canaries(engine, app, lengths, deaf_after=deaf_after)
        admission, nudges = Admission(engine, Limits(total=MAX_RUNNING)), Nudges(engine, app, lengths)
        duties = (admission, nudges, NowAndThen(canaries, every=pace(deaf_after)))
        rhythm = Rhythm(duties, until_next=lambda: nudges.wait)
        scheduling = asyncio.create_task(rhythm.run())
        try:
            yield Fleet(database_url, broker_url, upstream, engine, log)
        finally:
            rhythm.stop()
            await scheduling
            app.close()


def children_of(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the worker's prefork children."""
    return psutil.Process(worker.pid).children()
