"""How does a job come to be? Job, request and first event in one statement, for one job as for a thousand."""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from longwatch.domain import ids
from longwatch.domain.predecessor import LOOK_AGAIN
from longwatch.domain.states import Status
from longwatch.store import lanes
from longwatch.store.engine import Tx
from longwatch.store.lanes import LaneName
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True)
class Follows:
    """The interaction that a new job goes on from, whether it may already, and whether that one still runs."""

    id: uuid.UUID
    job_id: uuid.UUID
    ready: bool
    alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job about to be stored: everything has been validated, secrets are sealed.

    `interaction_id` is what its first create will bear, so that every door can name it at once.
    """

    id: uuid.UUID
    project: str
    upstream_key: str
    agent: str | None
    model: str | None
    body: bytes = field(repr=False)
    secrets: bytes | None = field(repr=False)
    request_hash: bytes
    idempotency_key: str | None
    priority: int
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    webhook_url: str | None
    webhook_events: Sequence[str] | None
    on_unknown_submit: str
    deadline_seconds: int
    queued_deadline_seconds: int
    action_deadline_seconds: int
    start_deadline_seconds: int | None
    run_at: datetime | None
    watch: str | None
    interaction_id: uuid.UUID = field(default_factory=ids.new)
    previous: str | None = None
    follows: Follows | None = None
    files: Sequence[str] = ()

    @property
    def lane(self) -> LaneName:
        """Return what names its lane."""
        return LaneName(self.project, self.upstream_key, self.agent or self.model or "")

    @property
    def status(self) -> Status:
        """Return the state that it begins in."""
        return Status.QUEUED if self.follows is None or self.follows.ready else Status.WAITING


@dataclass(frozen=True, slots=True)
class Created:
    """A row of its own was made."""

    job_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Replayed:
    """The idempotency key was used before with the same body: this is that job."""

    job_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Conflicting:
    """The idempotency key was used before with another body."""

    job_id: uuid.UUID


Placed = Created | Replayed | Conflicting

# The order by key keeps two batches that share keys from waiting for each other. `IS TRUE` keeps the look into `made`
# from becoming a join: the database expects one row there, and would compare each of a thousand with each.
INSERT = """
WITH given AS MATERIALIZED (
    SELECT row.*, lane.id AS lane_id FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
        id uuid, project text, upstream_key text, lane text, agent text, model text, body text, secrets text,
        request_hash text, idempotency_key text, priority smallint, tags text[], metadata jsonb, webhook_url text,
        webhook_events text[], on_unknown_submit text, deadline_seconds integer, queued_deadline_seconds integer,
        action_deadline_seconds integer, start_deadline_seconds integer, run_at timestamptz, watch text,
        interaction_id uuid, status text, predecessor_id uuid, predecessor_job_id uuid, look_in float
    ) JOIN lane ON lane.project = row.project AND lane.upstream_key = row.upstream_key AND lane.agent = row.lane
), made AS (
    INSERT INTO job (
        id, project, status, lane_id, agent, model, request_hash, idempotency_key, priority, tags, metadata,
        webhook_url, webhook_events, on_unknown_submit, deadline_seconds, queued_deadline_seconds,
        action_deadline_seconds, start_deadline_at, run_at, watch, next_interaction_id, predecessor_id,
        predecessor_job_id, admitted_at, due_at, attempt, last_sequence
    )
    SELECT id, project, status, lane_id, agent, model, decode(request_hash, 'base64'), idempotency_key, priority,
        tags, metadata, webhook_url, webhook_events, on_unknown_submit, deadline_seconds, queued_deadline_seconds,
        action_deadline_seconds, lw_now() + make_interval(secs => start_deadline_seconds), run_at, watch,
        interaction_id, predecessor_id, predecessor_job_id, CASE WHEN status = 'waiting' THEN lw_now() END,
        CASE WHEN status = 'waiting' THEN lw_now() + make_interval(secs => look_in)
             ELSE greatest(run_at, lw_now()) END, 1, 1
    FROM given ORDER BY idempotency_key, id
    ON CONFLICT (project, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
    RETURNING *
), requested AS (
    INSERT INTO job_request (job_id, body, secrets)
    SELECT id, decode(body, 'base64'), decode(secrets, 'base64') FROM given
    WHERE (id IN (SELECT id FROM made)) IS TRUE
), told AS (
    INSERT INTO event (job_id, sequence, type, interaction_id, data)
    SELECT id, 1, 'job.created', next_interaction_id, jsonb_build_object('status', status) FROM made
)
"""
"""What makes jobs of `:rows`, as the CTE `made`; a job whose lane is not there yet is not made."""
_INSERT = text(INSERT + "SELECT id FROM made")  # noqa: S608
_PLAIN = (
    *("project", "upstream_key", "agent", "model", "idempotency_key", "priority", "tags", "metadata", "webhook_url"),
    *("webhook_events", "on_unknown_submit", "deadline_seconds", "queued_deadline_seconds"),
    *("action_deadline_seconds", "start_deadline_seconds", "watch"),
)
_plain = attrgetter(*_PLAIN)
_BY_KEY = """
SELECT idempotency_key, id, request_hash FROM job
WHERE project = :project AND idempotency_key = ANY(:idempotency_keys)
"""


async def insert(tx: Tx, jobs: Sequence[NewJob]) -> list[Placed]:
    """Store *jobs* of one project and return what became of each, in their order."""
    await lanes.ensure(tx, [job.lane for job in jobs])
    made = set((await tx.execute(_INSERT, {"rows": rows(jobs)})).scalars())
    earlier = await _earlier(tx, [job for job in jobs if job.id not in made])
    return [Created(job.id) if job.id in made else _met(job, earlier) for job in jobs]


async def met(tx: Tx, job: NewJob) -> Replayed | Conflicting | None:
    """Return what *job*'s idempotency key led to before; None if it is new."""
    earlier = await _earlier(tx, [job] if job.idempotency_key else [])
    return _met(job, earlier) if earlier else None


def rows(jobs: Sequence[NewJob]) -> str:
    """Return *jobs* as INSERT takes them."""
    return json.dumps([_row(job) for job in jobs])


def _row(job: NewJob) -> dict[str, Any]:
    return {
        **dict(zip(_PLAIN, _plain(job), strict=True)),
        **_beginning(job),
        "id": str(job.id),
        "interaction_id": str(job.interaction_id),
        "lane": job.lane.agent,
        "body": _base64(job.body),
        "secrets": _base64(job.secrets),
        "request_hash": _base64(job.request_hash),
        "run_at": job.run_at and job.run_at.isoformat(),
    }


def _beginning(job: NewJob) -> dict[str, Any]:
    if job.follows is None:
        return {"status": job.status.value}
    return {
        "status": job.status.value,
        "predecessor_id": str(job.follows.id),
        "predecessor_job_id": str(job.follows.job_id),
        "look_in": LOOK_AGAIN.total_seconds() if job.follows.alive else 0,
    }


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


async def _earlier(tx: Tx, jobs: Sequence[NewJob]) -> dict[str, tuple[uuid.UUID, bytes]]:
    if not jobs:
        return {}
    values = {"project": jobs[0].project, "idempotency_keys": [job.idempotency_key for job in jobs]}
    return {key: (job_id, bytes(digest)) for key, job_id, digest in await tx.execute(text(_BY_KEY), values)}


def _met(job: NewJob, earlier: Mapping[str, tuple[uuid.UUID, bytes]]) -> Replayed | Conflicting:
    assert job.idempotency_key is not None
    job_id, digest = earlier[job.idempotency_key]
    return Replayed(job_id) if digest == job.request_hash else Conflicting(job_id)
