"""A worker's runtime over a real database and simulator, its nudges pumped by hand: no broker, no processes."""

import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

from longwatch.domain.clock import Clock
from longwatch.domain.states import Status
from longwatch.settings import Settings
from longwatch.store import admission, cancelling, deleting, due, resolving
from longwatch.store.engine import Engine
from longwatch.store.resolving import Decision, Way
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text
from longwatch.upstream.client import InteractionsClient
from longwatch.upstream.http import Timeouts
from tests.support import store
from tests.support.live_simulator import PROMPT, RESEARCHER, LiveSimulator, simulator_running
from tests.support.store import advance
from tests.support.waiting import eventually_async
from worker import batches
from worker.announcing import Announcer
from worker.runtime import Runtime, open_runtime

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class QuietAnnouncer:
    """Remembers what it was told, for tests."""

    def __init__(self) -> None:
        self.told: list[tuple[str, uuid.UUID]] = []

    def moved(self, job_id: uuid.UUID) -> None:
        self.told.append(("moved", job_id))

    def progressed(self, job_id: uuid.UUID) -> None:
        self.told.append(("progressed", job_id))

    def seen(self, job_id: uuid.UUID) -> None:
        self.told.append(("seen", job_id))

    def close(self) -> None:
        self.told.clear()


async def a_research(
    engine: Engine, prompt: str, *, request: dict[str, Any] | None = None, **columns: Any
) -> uuid.UUID:
    """Store a Deep Research job; *request* adds fields to its create body."""
    body = {"agent": RESEARCHER, "background": True, "store": True, "input": prompt, **(request or {})}
    return await store.a_job(engine, agent=RESEARCHER, body=json.dumps(body).encode(), **columns)


@dataclass(slots=True)
class House:
    """One worker child and the hands that nudge it."""

    runtime: Runtime
    upstream: LiveSimulator

    async def job(self, prompt: str = PROMPT, *, request: dict[str, Any] | None = None, **columns: Any) -> uuid.UUID:
        """Store a Deep Research job; *request* adds fields to its create body."""
        return await a_research(self.runtime.engine, prompt, request=request, **columns)

    async def pump(self) -> None:
        """Do what scheduler and worker would do now."""
        engine = self.runtime.engine
        async with engine.begin() as tx:
            await admission.admit(tx, self.runtime.settings.limits)
            await admission.expire_unstarted(tx, limit=100)
        async with engine.begin() as tx:
            seen = await due.look(tx, polls=200, creates=50, deliveries=20)
        for lane in seen.lanes:
            if lane.creates:
                await batches.create(self.runtime, lane.lane)
            if lane.polls:
                await batches.poll(self.runtime, lane.lane)
        if seen.deliveries:
            await batches.deliver_due(self.runtime)

    async def at_rest(self) -> None:
        """Wait until nothing that was begun goes on: the first attempt of a webhook outlives the round that made it."""

        async def rests() -> bool:
            return all(task.get_name() == "leases" for task in self.runtime.tasks)

        await eventually_async(rests)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, in the database and upstream."""
        await advance(self.runtime.engine, timedelta(seconds=seconds))
        self.upstream.advance(seconds)

    async def later(self, seconds: float) -> None:
        """Let time pass and do what is due then."""
        await self.pass_time(seconds)
        await self.pump()

    async def when(
        self, job_id: uuid.UUID, met: Callable[[RowMapping], Any], *, step: float = 1, rounds: int = 200
    ) -> RowMapping:
        """Let time pass, to whatever is due next and at least a *step*, until the job's row is as wanted."""
        for _ in range(rounds):
            await self.pump()
            row = await self.row(job_id)
            if met(row):
                return row
            await self.pass_time(max(step, await self._until_next()))
        raise AssertionError(f"it did not come to that: {dict(row)}")

    async def _until_next(self) -> float:
        async with self.runtime.engine.begin() as tx:
            wait = (await due.look(tx, polls=1, creates=1, deliveries=1)).wait
        return 0 if wait is None else wait.total_seconds() + 0.01

    async def running(self, job_id: uuid.UUID) -> RowMapping:
        """Bring the job to where it runs upstream."""
        return await self.when(job_id, lambda row: row["status"] == "in_progress", step=1)

    async def ended(self, job_id: uuid.UUID, *, step: float = 60, rounds: int = 200) -> RowMapping:
        """Let time pass until the job has ended."""
        return await self.when(job_id, lambda row: row["finished_at"] is not None, step=step, rounds=rounds)

    async def row(self, job_id: uuid.UUID) -> RowMapping:
        return await store.job_row(self.runtime.engine, job_id)

    async def rows(self, statement: str, **values: Any) -> list[RowMapping]:
        async with self.runtime.engine.begin() as tx:
            return list((await tx.execute(text(statement), values)).mappings())

    async def interaction(self, job_id: uuid.UUID) -> RowMapping:
        """Return the interaction that the job means."""
        [row] = await self.rows(
            "SELECT interaction.* FROM interaction JOIN job ON job.interaction_id = interaction.id WHERE job.id = :id",
            id=job_id,
        )
        return row

    async def events(self, job_id: uuid.UUID) -> list[str]:
        """Return the types of the job's events in their order."""
        return await store.event_types(self.runtime.engine, job_id)

    async def cancel(self, job_id: uuid.UUID) -> Status:
        """Ask for the job's cancel, as its owner."""
        async with self.runtime.engine.begin() as tx:
            return await cancelling.request_cancel(tx, "default", job_id)

    async def delete(self, job_id: uuid.UUID) -> None:
        """Delete the job, as its owner."""
        async with self.runtime.engine.begin() as tx:
            await deleting.delete(tx, "default", job_id)

    async def resolve(self, job_id: uuid.UUID, way: Way, upstream_id: str | None = None) -> Status:
        """Decide the job's unknown create, as its owner."""
        decision = Decision(way=way, by="person", upstream_id=upstream_id)
        async with self.runtime.engine.begin() as tx:
            return await resolving.resolve(tx, "default", job_id, decision)

    def labels_accepted(self) -> Counter[str]:
        """Return how many creates the upstream accepted for each of our interactions."""
        creates = self.upstream.entries("create")
        return Counter(entry["labels"]["longwatch_interaction"] for entry in creates if entry["accepted"])


def house_settings(**changed: Any) -> Settings:
    """Return a worker's settings, nothing read from the environment."""
    plain = {
        "gemini_api_key": "a-key",
        "webhook_secret": SECRET,
        "webhook_allow": "127.0.0.0/8",
        "poll_jitter": 0,
    }
    return Settings(**{**plain, **changed})


@dataclass(frozen=True, slots=True)
class Upstream:
    """An upstream that is not the simulator: it has an address, and no clock to move."""

    url: str

    def advance(self, seconds: float) -> None:
        """Let time pass elsewhere."""


@asynccontextmanager
async def house(
    database_url: str,
    upstream: LiveSimulator | Upstream,
    *,
    timeouts: Timeouts | None = None,
    announcer: Announcer | None = None,
    **changed: Any,
) -> AsyncIterator[House]:
    """Yield a house on *database_url* and *upstream*; *changed* settings override."""
    settings = house_settings(upstream_url=upstream.url, **changed)
    runtime = open_runtime(settings, lambda _: announcer or QuietAnnouncer(), database_url=database_url)
    if timeouts is not None:
        await runtime.upstream.aclose()
        runtime.upstream = a_client(settings, timeouts, kind=InteractionsClient)
    try:
        yield House(runtime, cast("LiveSimulator", upstream))
    finally:
        await runtime.close()


C = TypeVar("C", bound=InteractionsClient)


def a_client(settings: Settings, timeouts: Timeouts, *, kind: type[C]) -> C:
    """Return a client like the worker's, of another *kind* or patience."""
    return kind(
        settings.upstream_url,
        now=Clock().now,
        prefix=settings.upstream_version,
        timeouts=timeouts,
        create_503=settings.create_503,
    )


__all__ = ["SECRET", "House", "QuietAnnouncer", "Upstream", "house", "house_settings", "simulator_running"]
