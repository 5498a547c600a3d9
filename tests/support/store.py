"""Rows in a few lines: jobs, intents and running interactions made by the store itself, and a clock that tests move."""

import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from longwatch.domain import ids
from longwatch.domain.states import Status
from longwatch.store import answers, claims, creates, inserting
from longwatch.store.claims import DueInteraction, DueJob
from longwatch.store.creates import Intent
from longwatch.store.door import Changed
from longwatch.store.engine import Engine, Tx, connect
from longwatch.store.inserting import NewJob
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text
from tests.support.waiting import eventually_async

LEASE = timedelta(seconds=30)
HOLD = timedelta(hours=24)
PROMPT = "Research the history of the Google TPUs"
AGENT = "deep-research-preview"


@asynccontextmanager
async def connected(url: str, *, pool_size: int = 25) -> AsyncIterator[Engine]:
    """Yield an engine on *url* that is closed afterwards."""
    engine = connect(url, pool_size=pool_size)
    try:
        yield engine
    finally:
        await engine.dispose()


def a_new_job(*, prompt: str = PROMPT, **columns: Any) -> NewJob:
    """Return a job as a producer's request makes it; *columns* override."""
    body = json.dumps({"agent": AGENT, "input": prompt}).encode()
    plain: dict[str, Any] = {
        "id": ids.new(),
        "project": "default",
        "upstream_key": "default",
        "agent": AGENT,
        "model": None,
        "body": body,
        "secrets": None,
        "request_hash": hashlib.sha256(body).digest(),
        "idempotency_key": None,
        "priority": 5,
        "tags": [],
        "metadata": {},
        "webhook_url": None,
        "webhook_events": None,
        "on_unknown_submit": "hold",
        "deadline_seconds": 5400,
        "queued_deadline_seconds": 86400,
        "action_deadline_seconds": 604800,
        "start_deadline_seconds": None,
        "run_at": None,
        "watch": None,
    }
    return NewJob(**plain | columns)


async def a_job(engine: Engine, *, prompt: str = PROMPT, **columns: Any) -> uuid.UUID:
    """Store a queued job and return its id."""
    job = a_new_job(prompt=prompt, **columns)
    async with engine.begin() as tx:
        await inserting.insert(tx, [job])
    return job.id


async def admit_job(engine: Engine, job_id: uuid.UUID) -> None:
    """Let exactly this job start, whatever else waits."""
    await execute(
        engine,
        "UPDATE job SET admitted_at = lw_now(), due_at = lw_now() WHERE id = :id AND status = 'queued'",
        id=job_id,
    )


async def claim_job(engine: Engine, job_id: uuid.UUID) -> DueJob:
    """Claim a job that is due, before all others, and return it as its create worker sees it."""
    first = "UPDATE job SET due_at = '-infinity' WHERE id = :id AND due_at <= lw_now() AND admitted_at IS NOT NULL"
    await execute(engine, first, id=job_id)
    lane = (await read(engine, "SELECT lane_id FROM job WHERE id = :id", id=job_id))[0]["lane_id"]
    async with engine.begin() as tx:
        [job] = await claims.claim_jobs(tx, lane=lane, limit=1, lease=LEASE)
    assert job.held.id == job_id
    return job


async def claim_interaction(engine: Engine, interaction_id: uuid.UUID) -> DueInteraction:
    """Claim an interaction, due or made so now, and return it as its poll worker sees it."""
    await execute(engine, "UPDATE interaction SET due_at = '-infinity' WHERE id = :id", id=interaction_id)
    lane = (await read(engine, "SELECT lane_id FROM interaction WHERE id = :id", id=interaction_id))[0]["lane_id"]
    async with engine.begin() as tx:
        [row] = await claims.claim_interactions(tx, lane=lane, limit=1, lease=LEASE)
    assert row.held.id == interaction_id
    return row


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job whose intent to create is committed; its POST may be open."""

    job: DueJob
    intent: Intent

    @property
    def job_id(self) -> uuid.UUID:
        return self.job.held.id

    @property
    def interaction_id(self) -> uuid.UUID:
        return self.intent.interaction_id


async def an_intent(engine: Engine, *, job_id: uuid.UUID | None = None, **columns: Any) -> Submitted:
    """Bring *job_id*, or a new job, to the moment before its POST's answer."""
    chosen = job_id or await a_job(engine, **columns)
    await admit_job(engine, chosen)
    job = await claim_job(engine, chosen)
    async with engine.begin() as tx:
        interaction_id = await creates.intend(tx, job)
    assert interaction_id is not None
    intent = Intent(job_id=chosen, interaction_id=interaction_id, lane_id=job.lane_id, claim=job.held.claim)
    return Submitted(job, intent)


@dataclass(frozen=True, slots=True)
class Running:
    """A job whose interaction runs upstream."""

    job_id: uuid.UUID
    interaction_id: uuid.UUID
    intent: Intent
    upstream_id: str


async def a_running_interaction(
    engine: Engine, *, upstream_id: str = "up-1", upstream_status: str = "in_progress", **columns: Any
) -> Running:
    """Store a job, create it upstream and return it, running and due for its first poll."""
    submitted = await an_intent(engine, **columns)
    await accept(engine, submitted.intent, upstream_id=upstream_id, upstream_status=upstream_status)
    return Running(submitted.job_id, submitted.interaction_id, submitted.intent, upstream_id)


async def accept(
    engine: Engine, intent: Intent, *, upstream_id: str = "up-1", upstream_status: str = "in_progress"
) -> None:
    """Write the create's answer."""
    async with engine.begin() as tx:
        await take(tx, intent, upstream_id=upstream_id, upstream_status=upstream_status, delay=timedelta(0))


async def take(
    tx: Tx, intent: Intent, *, upstream_id: str, upstream_status: str | None, delay: timedelta
) -> Changed | None:
    """Write a create's answer as a worker does: at once, or else the long way."""
    meant = await tx.execute(text("SELECT attempt FROM interaction WHERE id = :id"), {"id": intent.interaction_id})
    given: dict[str, Any] = {"upstream_id": upstream_id, "upstream_status": upstream_status, "delay": delay}
    changed = await answers.accepted_at_once(tx, intent, attempt=meant.scalar_one(), **given)
    return await answers.accepted(tx, intent, **given) if changed is None else changed


async def lose(engine: Engine, intent: Intent, *, hold: timedelta = HOLD) -> None:
    """Write that the create's answer was lost."""
    async with engine.begin() as tx:
        await answers.unknown(tx, intent, reason="read time-out", hold=hold)


async def advance(engine: Engine, by: timedelta) -> None:
    """Move the database's clock forward, for every session, at once."""
    ahead = (await read(engine, "SELECT lw_now() - statement_timestamp() AS ahead"))[0]["ahead"] + by
    await execute(
        engine,
        "CREATE OR REPLACE FUNCTION lw_now() RETURNS timestamptz LANGUAGE sql STABLE AS "
        f"'SELECT statement_timestamp() + interval ''{ahead.total_seconds()} s'''",
    )


async def now(engine: Engine) -> datetime:
    """Return the database's time."""
    moment: datetime = (await read(engine, "SELECT lw_now() AS now"))[0]["now"]
    return moment


async def execute(engine: Engine, statement: str, **values: Any) -> None:
    """Run *statement* in a transaction of its own."""
    async with engine.begin() as tx:
        await tx.execute(text(statement), values)


async def read(engine: Engine, query: str, **values: Any) -> list[RowMapping]:
    """Return the rows of *query*."""
    async with engine.connect() as connection:
        return list((await connection.execute(text(query), values)).mappings())


async def job_row(engine: Engine, job_id: uuid.UUID) -> RowMapping:
    """Return the job as it is stored."""
    return (await read(engine, "SELECT *, metadata AS job_metadata FROM job WHERE id = :id", id=job_id))[0]


async def status_of(engine: Engine, job_id: uuid.UUID) -> Status:
    """Return the job's state."""
    return Status((await job_row(engine, job_id))["status"])


async def interaction_row(engine: Engine, interaction_id: uuid.UUID) -> RowMapping:
    """Return the interaction as it is stored."""
    return (await read(engine, "SELECT * FROM interaction WHERE id = :id", id=interaction_id))[0]


async def interaction_rows(engine: Engine, job_id: uuid.UUID) -> list[RowMapping]:
    """Return every interaction of a job, oldest first."""
    return await read(engine, "SELECT * FROM interaction WHERE job_id = :id ORDER BY id", id=job_id)


async def event_types(engine: Engine, job_id: uuid.UUID) -> list[str]:
    """Return the types of the job's events in their order."""
    rows = await read(engine, "SELECT type FROM event WHERE job_id = :id ORDER BY sequence", id=job_id)
    return [row["type"] for row in rows]


async def delivery_rows(engine: Engine, job_id: uuid.UUID) -> list[RowMapping]:
    """Return the job's deliveries in the order of its events."""
    return await read(engine, "SELECT * FROM delivery WHERE job_id = :id ORDER BY sequence", id=job_id)


async def blocked(engine: Engine) -> None:
    """Return once a session waits for a lock that another holds."""

    async def waiting() -> bool:
        query = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return bool(await read(engine, query))

    await eventually_async(waiting)
