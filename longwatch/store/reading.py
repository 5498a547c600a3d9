"""What does a job look like from outside? One row of it, or a page of a project's, newest first."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from longwatch.domain.errors import GoneError, NotFoundError
from longwatch.domain.shares import EACH, Limits
from longwatch.domain.states import Status
from longwatch.store import admission
from longwatch.store.engine import Tx
from longwatch.store.lanes import CEILING
from longwatch.store.pausing import COVERS
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text


class ReadJob(NamedTuple):
    """A job with its current interaction, its lane, and why it is still queued: the columns of `selected`, in order.

    A tuple, as a frozen dataclass of so many fields takes ten times as long to make, and a batch is a thousand.
    """

    id: uuid.UUID
    status: Status
    agent: str | None
    model: str | None
    upstream_key: str
    priority: int
    tags: Sequence[str]
    metadata: Mapping[str, Any]
    idempotency_key: str | None
    webhook_url: str | None
    webhook_events: Sequence[str] | None
    on_unknown_submit: str
    deadline_seconds: int
    queued_deadline_seconds: int
    action_deadline_seconds: int
    start_deadline_at: datetime | None
    run_at: datetime | None
    watch: str | None
    retry_of: uuid.UUID | None
    predecessor_id: uuid.UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    deleted_at: datetime | None
    due_at: datetime | None
    attempt: int
    creates: int
    last_sequence: int
    attention_code: str | None
    attention_detail: str | None
    attention_since: datetime | None
    error: Mapping[str, Any] | None
    usage: Mapping[str, Any] | None
    late_result: bool
    action: Mapping[str, Any] | None
    interaction_id: uuid.UUID | None
    upstream_id: str | None
    upstream_status: str | None
    deadline_at: datetime | None
    queue_detail: str | None
    pause_code: str | None
    pause_detail: str | None
    paused_until: datetime | None
    paused_everywhere: bool | None
    queue_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which jobs of a project are listed; every filter that is given must hold."""

    statuses: Sequence[Status] = ()
    tags: Sequence[str] = ()
    agent: str | None = None
    model: str | None = None
    upstream_key: str | None = None
    attention: str | bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Up to *limit* jobs, older than *before*."""

    before: uuid.UUID | None
    limit: int


_NO_ROOM = """
(SELECT sum(other.running) FROM lane AS other WHERE other.{name} = lane.{name})
    >= CAST(coalesce(CAST(:{limits} AS jsonb) ->> lane.{name}, CAST(:{limits} AS jsonb) ->> '{each}') AS integer)
"""
_LIMITED = {"upstream_key": "per_key", "agent": "per_agent", "project": "per_project"}
_FULL = " OR ".join(_NO_ROOM.format(name=name, limits=limits, each=EACH) for name, limits in _LIMITED.items())
_REASON = f"""
CASE
    WHEN job.status = 'waiting' THEN 'predecessor'
    WHEN job.status <> 'queued' THEN NULL
    WHEN job.run_at > lw_now() THEN 'scheduled'
    WHEN stop.everywhere IS NOT NULL THEN 'paused'
    WHEN lane.pause_code IS NOT NULL AND job.admitted_at IS NULL THEN 'upstream_key'
    WHEN job.due_at > lw_now() AND job.claimed_at IS NULL THEN 'backing_off'
    WHEN job.admitted_at IS NULL AND (lane.slowed_until > lw_now() OR lane.running >= {CEILING}) THEN 'rate_limited'
    WHEN job.admitted_at IS NULL AND ({admission.TAKEN}) >= :max_running THEN 'max_running'
    WHEN job.admitted_at IS NULL AND ({_FULL}) THEN 'limit'
    ELSE 'starting'
END
"""
WAITS_FOR_ROOM = frozenset({"max_running", "limit"})
"""The reasons of a job that only waits for others to end."""

_PLANNED = "(job.next_interaction_id IS NOT NULL AND job.status IN ('queued', 'waiting'))"
_MEANT = f"""
CASE WHEN {_PLANNED} THEN job.next_interaction_id ELSE coalesce(job.interaction_id, job.next_interaction_id) END
"""


def selected(jobs: str) -> str:
    """Return the query that reads the rows of *jobs*, a table or an expression with `job`'s columns, as ReadJob."""
    return f"""
SELECT job.id, job.status, job.agent, job.model, lane.upstream_key, job.priority, job.tags, job.metadata,
    job.idempotency_key, job.webhook_url, job.webhook_events, job.on_unknown_submit, job.deadline_seconds,
    job.queued_deadline_seconds, job.action_deadline_seconds, job.start_deadline_at, job.run_at, job.watch,
    job.retry_of, job.predecessor_id, job.created_at, job.started_at, job.finished_at, job.cancel_requested_at,
    job.deleted_at, job.due_at, job.attempt, job.creates, job.last_sequence, job.attention_code, job.attention_detail,
    job.attention_since, job.error, job.usage, job.late_result, action.asked AS action,
    {_MEANT} AS interaction_id, interaction.upstream_id,
    interaction.upstream_status, interaction.deadline_at, job.queue_detail, lane.pause_code, lane.pause_detail,
    lane.paused_until, stop.everywhere AS paused_everywhere, {_REASON} AS queue_reason
FROM {jobs} AS job
JOIN lane ON lane.id = job.lane_id
LEFT JOIN interaction ON interaction.id = job.interaction_id AND NOT {_PLANNED}
LEFT JOIN action ON action.interaction_id = job.interaction_id AND job.status = 'requires_action'
LEFT JOIN LATERAL (
    SELECT pause.project IS NULL AS everywhere FROM pause
    WHERE job.status = 'queued' AND (pause.project = job.project OR pause.project IS NULL) AND {COVERS}
    ORDER BY everywhere DESC LIMIT 1
) AS stop ON true
"""  # noqa: S608


_SELECT = selected("job")
_BY_ID = f"{_SELECT} WHERE job.id = :job_id AND job.project = :project"
_BY_IDS = f"{_SELECT} WHERE job.id = ANY(:job_ids)"
_PRESENCE = "SELECT deleted_at FROM job WHERE id = :job_id AND project = :project"

_CONDITIONS = {
    "statuses": "job.status = ANY(:statuses)",
    "tags": "job.tags @> CAST(:tags AS text[]) AND job.tags <> '{}'",
    "agent": "job.agent = :agent",
    "model": "job.model = :model",
    "upstream_key": "lane.upstream_key = :upstream_key",
    "created_after": "job.created_at >= :created_after",
    "created_before": "job.created_at < :created_before",
    "before": "job.id < :before",
}


async def job(tx: Tx, project: str, job_id: uuid.UUID, *, limits: Limits) -> ReadJob:
    """Return the project's job; raise NotFoundError, or GoneError once it has been deleted."""
    values = {"job_id": job_id, "project": project, **room(limits)}
    return read(present((await tx.execute(text(_BY_ID), values)).mappings().first()).values())


async def require(tx: Tx, project: str, job_id: uuid.UUID) -> None:
    """Raise NotFoundError or GoneError unless the project has this job."""
    values = {"job_id": job_id, "project": project}
    present((await tx.execute(text(_PRESENCE), values)).mappings().first())


def present(row: RowMapping | None) -> RowMapping:
    """Return a job's *row*; raise NotFoundError if there is none, GoneError if the job has been deleted."""
    if row is None:
        raise NotFoundError("No such job in this project. Check the id, and that the key belongs to its project.")
    if row["deleted_at"] is not None:
        raise GoneError("The job was deleted; only its id and clocks are kept.")
    return row


async def jobs(tx: Tx, job_ids: Sequence[uuid.UUID], *, limits: Limits) -> dict[uuid.UUID, ReadJob]:
    """Return the jobs with these ids, deleted ones too, by id."""
    rows = await tx.execute(text(_BY_IDS), {"job_ids": list(job_ids), **room(limits)})
    return {row.id: read(row) for row in rows}


async def listed(tx: Tx, project: str, filters: Filters, page: Page, *, limits: Limits) -> list[ReadJob]:
    """Return a *page* of the project's jobs that *filters* let through, newest first."""
    values = _given(filters, page)
    where = " AND ".join(["job.project = :project AND job.deleted_at IS NULL", *_where(filters, values)])
    statement = f"{_SELECT} WHERE {where} ORDER BY job.id DESC LIMIT :limit"
    fixed = {"project": project, "limit": page.limit, **room(limits)}
    return [read(row) for row in await tx.execute(text(statement), values | fixed)]


def _given(filters: Filters, page: Page) -> dict[str, Any]:
    values: dict[str, Any] = {
        "statuses": [status.value for status in filters.statuses],
        "tags": list(filters.tags),
        "agent": filters.agent,
        "model": filters.model,
        "upstream_key": filters.upstream_key,
        "attention": filters.attention,
        "created_after": filters.created_after,
        "created_before": filters.created_before,
        "before": page.before,
    }
    return {name: value for name, value in values.items() if value not in (None, [])}


def _where(filters: Filters, values: Mapping[str, Any]) -> Iterator[str]:
    yield from (condition for name, condition in _CONDITIONS.items() if name in values)
    if filters.attention is not None:
        yield "job.attention_code IS NOT NULL"
    if isinstance(filters.attention, str):
        yield "job.attention_code = :attention"


def room(limits: Limits) -> dict[str, Any]:
    """Return what `selected` needs to say why a job waits."""
    named = {"per_key": limits.keys, "per_agent": limits.agents, "per_project": limits.projects}
    return {"max_running": limits.total} | {name: json.dumps(dict(limit)) for name, limit in named.items()}


def read(row: Iterable[Any]) -> ReadJob:
    """Return a row of `selected`."""
    job_id, status, *rest = row
    return ReadJob(job_id, Status(status), *rest)
