"""A worker's runtime over a real database and simulator, its nudges pumped by hand: no broker, no processes."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, text

from longwatch.settings import Settings
from longwatch.store import admission, due
from tests.support import store
from tests.support.live_simulator import PROMPT, RESEARCHER, LiveSimulator, simulator_running
from tests.support.store import advance
from tests.support.waiting import eventually_async
from worker import batches
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


@dataclass(slots=True)
class House:
    """One worker child and the hands that nudge it."""

    runtime: Runtime
    upstream: LiveSimulator

    async def job(self, prompt: str = PROMPT, *, request: dict[str, Any] | None = None, **columns: Any) -> uuid.UUID:
        """Store a Deep Research job; *request* adds fields to its create body."""
        body = {"agent": RESEARCHER, "background": True, "store": True, "input": prompt, **(request or {})}
        return await store.a_job(self.runtime.engine, agent=RESEARCHER, body=json.dumps(body).encode(), **columns)

    async def pump(self) -> None:
        """Do what scheduler and worker would do now."""
        engine = self.runtime.engine
        async with engine.begin() as tx:
            await admission.admit(tx, limit=self.runtime.settings.max_running)
            await admission.expire_unstarted(tx, limit=100)
        async with engine.begin() as tx:
            lanes = await due.lanes_due(tx, polls=200, creates=50)
            deliveries = await due.deliveries_due(tx, limit=20)
        for lane in lanes:
            if lane.creates:
                await batches.create(self.runtime, lane.lane)
            if lane.polls:
                await batches.poll(self.runtime, lane.lane)
        if deliveries:
            await batches.deliver_due(self.runtime)

    async def until(self, job_id: uuid.UUID, condition: Callable[[RowMapping], Any], *, within: float = 20) -> Any:
        """Pump, moving all clocks on where nothing is due, until *condition* holds for the job's row."""

        async def met() -> Any:
            await self.pump()
            row = await self.row(job_id)
            return row if condition(row) else None

        return await eventually_async(met, within=within)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, in the database and upstream."""
        await advance(self.runtime.engine, timedelta(seconds=seconds))
        self.upstream.advance(seconds)

    async def ended(self, job_id: uuid.UUID, *, step: float = 60, rounds: int = 200) -> RowMapping:
        """Let time pass until the job has ended."""
        for _ in range(rounds):
            await self.pump()
            row = await self.row(job_id)
            if row["finished_at"] is not None:
                return row
            await self.pass_time(step)
        raise AssertionError(f"the job did not end: {dict(row)}")

    async def row(self, job_id: uuid.UUID) -> RowMapping:
        return await store.job_row(self.runtime.engine, job_id)

    async def rows(self, statement: str, **values: Any) -> list[RowMapping]:
        async with self.runtime.engine.begin() as tx:
            return list((await tx.execute(text(statement), values)).mappings())

    async def events(self, job_id: uuid.UUID) -> list[str]:
        rows = await self.rows("SELECT type FROM event WHERE job_id = :id ORDER BY sequence", id=job_id)
        return [row["type"] for row in rows]


def house_settings(**changed: Any) -> Settings:
    """Return a worker's settings, nothing read from the environment."""
    plain = {
        "gemini_api_key": "a-key",
        "webhook_secret": SECRET,
        "webhook_allow": "127.0.0.0/8",
        "poll_jitter": 0,
    }
    return Settings(**{**plain, **changed})


@asynccontextmanager
async def house(database_url: str, upstream: LiveSimulator, **changed: Any) -> AsyncIterator[House]:
    """Yield a house on *database_url* and *upstream*; *changed* settings override."""
    settings = house_settings(upstream_url=upstream.url, **changed)
    runtime = open_runtime(settings, lambda _: QuietAnnouncer(), database_url=database_url)
    try:
        yield House(runtime, upstream)
    finally:
        await runtime.close()


__all__ = ["SECRET", "House", "QuietAnnouncer", "house", "simulator_running"]
