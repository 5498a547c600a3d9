"""What does a worker process hold while it lives? Made once on its loop, closed at its end."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog

from longwatch.domain.clock import Clock, unseeded
from longwatch.domain.receivers import Attempts
from longwatch.results.masking import Masks
from longwatch.settings import Settings
from longwatch.store.engine import Engine, connect
from longwatch.store.vault import Vault
from longwatch.upstream.client import InteractionsClient
from longwatch.webhooks.client import MOST_CONNECTIONS, WebhookClient
from worker.announcing import Announcer, Unfailing
from worker.budget import PollBudget, poll_budget
from worker.leases import Leases
from worker.pacing import Pacing
from worker.reputation import Reputation
from worker.rescheduling import Rescheduler

OPEN_REQUESTS = 800
"""Four batches: at full speed, one answer in a hundred may take twenty seconds and keeps nobody waiting.

With all else that a child opens, it stays below `open_files.NEEDED`.
"""
CREATE_SECONDS = 30 + 10
"""How long a sent create may still take, its answer's writing included, when the process is asked to end."""

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Runtime:
    """The worker's connections and its bookkeeping; everything here belongs to one event loop."""

    settings: Settings
    engine: Engine
    upstream: InteractionsClient
    receivers: WebhookClient
    vault: Vault
    masks: Masks
    leases: Leases
    rescheduler: Rescheduler
    pacing: Pacing
    announcer: Announcer
    reputation: Reputation
    budget: PollBudget
    clock: Clock
    rng: random.Random
    open_requests: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(OPEN_REQUESTS))
    attempts: Attempts = field(default_factory=lambda: Attempts(most=MOST_CONNECTIONS))
    label_free: set[str] = field(default_factory=set)
    push_free: set[str] = field(default_factory=set)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    closing: bool = False

    def spawn(self, work: Any, *, name: str) -> asyncio.Task[Any]:
        """Start *work* beside the caller and keep it from being forgotten; a failure is logged."""
        task = asyncio.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, psycopg.Error | OSError):
            log.warning("work waits for the database", work=task.get_name(), trouble=type(error).__name__)
        elif error is not None:
            log.error("work failed; its lease will bring it back", work=task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Wait for open creates, end everything else, and let go of every connection."""
        await self._drain()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.rescheduler.close()
        await self.upstream.aclose()
        await self.receivers.aclose()
        self.announcer.close()
        await self.budget.aclose()
        await self.leases.close()
        await self.engine.dispose()

    async def _drain(self) -> None:
        self.closing = True
        until = self.clock.monotonic() + CREATE_SECONDS
        while (holds := self.leases.open_creates()) and self.clock.monotonic() < until:
            log.info("waiting for open creates", count=len(holds))
            with suppress(TimeoutError):
                async with asyncio.timeout(until - self.clock.monotonic()):
                    await asyncio.gather(*(hold.answered.wait() for hold in holds))


def open_runtime(settings: Settings, announcer: Callable[[Engine], Announcer], *, database_url: str) -> Runtime:
    """Return a runtime on the running event loop; *settings* have been checked by the edge."""
    clock, rng = Clock(), unseeded()
    engine = connect(database_url, pool_size=8)
    leases = Leases(connect(database_url, pool_size=1), clock, settings.lease)
    vault = Vault([key.get_secret_value() for key in settings.encryption_keys])
    runtime = Runtime(
        settings=settings,
        engine=engine,
        upstream=InteractionsClient(
            settings.upstream_url,
            now=clock.now,
            prefix=settings.upstream_version,
            connections=OPEN_REQUESTS,
            create_503=settings.create_503,
        ),
        receivers=WebhookClient(allow=settings.webhook_allow),
        vault=vault,
        masks=Masks(engine, vault),
        leases=leases,
        rescheduler=Rescheduler(engine),
        pacing=Pacing(engine, settings, clock=clock, rng=rng),
        announcer=Unfailing(announcer(engine)),
        reputation=Reputation(engine, clock),
        budget=poll_budget(settings.polls_per_second, settings.broker_url, clock),
        clock=clock,
        rng=rng,
    )
    runtime.spawn(leases.keep(), name="leases")
    return runtime
