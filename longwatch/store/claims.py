"""Who works on a row that is due? Whoever claims it: a lease in the row itself, fenced by a counter.

Every claim picks its rows in a MATERIALIZED CTE: as a plain subquery, a nested-loop plan ignored the LIMIT.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from longwatch.domain.receivers import ORIGIN
from longwatch.domain.states import Status
from longwatch.domain.unknown_submit import Policy
from longwatch.store.engine import Tx
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text

Table = Literal["job", "interaction", "delivery"]


@dataclass(frozen=True, slots=True)
class Held:
    """A row under our lease: `claim` fences what we write, `wake` tells whether attention was asked for since."""

    table: Table
    id: uuid.UUID
    claim: int
    wake: int


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A job's create body as given, and its sealed secrets."""

    body: bytes = field(repr=False)
    secrets: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueJob:
    """A job that a create worker has claimed, with what its next step rests on.

    `begun` once a create may have been taken; `follows` if its request names a predecessor of ours; `request` comes
    along where it is short and about to be sent.
    """

    held: Held
    status: Status
    lane_id: int
    upstream_key: str
    agent: str
    interaction_id: uuid.UUID | None
    next_interaction_id: uuid.UUID | None
    attempt: int
    refusals: int
    on_unknown_submit: Policy
    create_outcome: str | None
    begun: bool
    follows: bool
    request: StoredRequest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueInteraction:
    """An interaction that a poll worker has claimed; every `…_age` is the time since that instant, None if unset.

    A `candidate` was named by a webhook and is not known to be ours: `upstream_id` is its id, and what stands in the
    row is not to be touched by what it says before its labels are checked.
    """

    held: Held
    job_id: uuid.UUID
    lane_id: int
    role: str
    upstream_id: str
    upstream_key: str
    agent: str
    upstream_status: str | None
    ended: bool
    polls: int
    failures: int
    rereads: int
    progress_hash: int | None
    candidate: bool
    create_open: bool
    answered: bool
    push_asked: bool
    pushed_age: timedelta | None
    age: timedelta
    past_deadline: bool
    overdue: timedelta | None
    cancel_age: timedelta | None
    cancel_sent_age: timedelta | None
    missing_age: timedelta | None
    delete_asked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery that a worker has claimed, with the event that it carries."""

    held: Held
    job_id: uuid.UUID
    sequence: int
    url: str
    attempts: int
    type: str
    at: datetime
    interaction_id: uuid.UUID | None
    data: Mapping[str, Any]
    metadata: Mapping[str, Any]


# A dead worker's jobs come before all that waits: what was begun may be a run that is paid and that nobody knows.
_CLAIM_JOBS = """
WITH lapsed AS MATERIALIZED (
    SELECT id FROM job
    WHERE lane_id = :lane AND due_at <= lw_now() AND admitted_at IS NOT NULL AND claimed_at IS NOT NULL
    ORDER BY due_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
), fresh AS MATERIALIZED (
    SELECT id FROM job
    WHERE lane_id = :lane AND due_at <= lw_now() AND admitted_at IS NOT NULL AND claimed_at IS NULL
    ORDER BY due_at LIMIT :limit - (SELECT count(*) FROM lapsed) FOR NO KEY UPDATE SKIP LOCKED
), due AS MATERIALIZED (
    SELECT id FROM lapsed UNION ALL SELECT id FROM fresh
), taken AS (
    UPDATE job SET claim = job.claim + 1, claimed_at = lw_now(), due_at = lw_now() + :lease
    FROM due WHERE job.id = due.id
    RETURNING job.id, job.claim, job.wake, job.status, job.lane_id, job.interaction_id,
        job.next_interaction_id, job.attempt, job.refusals, job.on_unknown_submit, job.creates > 0 AS begun,
        job.predecessor_id IS NOT NULL AS follows
)
SELECT taken.*, lane.upstream_key, lane.agent, interaction.create_outcome, job_request.body, job_request.secrets
FROM taken JOIN lane ON lane.id = taken.lane_id LEFT JOIN interaction ON interaction.id = taken.interaction_id
LEFT JOIN job_request
    ON job_request.job_id = taken.id AND taken.status = 'queued' AND octet_length(job_request.body) <= :short
"""
_SHORT_BYTES = 64 * 1024

_CLAIM_INTERACTIONS = """
WITH due AS MATERIALIZED (
    SELECT id FROM interaction
    WHERE lane_id = :lane AND due_at <= lw_now()
    ORDER BY due_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE interaction SET claim = interaction.claim + 1, claimed_at = lw_now(), due_at = lw_now() + :lease
FROM due, lane WHERE interaction.id = due.id AND lane.id = :lane
RETURNING interaction.id, claim, wake, job_id, lane_id, role,
    coalesce(candidate_upstream_id, upstream_id) AS upstream_id, lane.upstream_key, lane.agent, upstream_status,
    candidate_upstream_id IS NOT NULL AS candidate, create_outcome IS NULL AS create_open,
    interaction.upstream_id IS NOT NULL AS answered, push_asked, lw_now() - pushed_at AS pushed_age,
    ended_at IS NOT NULL AS ended, polls, failures, rereads, progress_hash,
    lw_now() - coalesce(answered_at, intent_at) AS age, coalesce(deadline_at <= lw_now(), false) AS past_deadline,
    lw_now() - deadline_at AS overdue, lw_now() - cancel_requested_at AS cancel_age,
    lw_now() - cancel_sent_at AS cancel_sent_age, lw_now() - missing_since AS missing_age,
    delete_requested_at IS NOT NULL AS delete_asked
"""

_CLAIM_DELIVERIES = """
WITH due AS MATERIALIZED (
    SELECT id FROM delivery
    WHERE due_at <= lw_now() AND lower(coalesce(substring(url FROM :origin), url)) <> ALL(:crowded)
    ORDER BY due_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
    UPDATE delivery SET claim = delivery.claim + 1, claimed_at = lw_now(), due_at = lw_now() + :lease
    FROM due WHERE delivery.id = due.id
    RETURNING delivery.*
)
SELECT taken.id, taken.claim, taken.wake, taken.job_id, taken.sequence, taken.url, taken.attempts,
       event.type, event.at, event.interaction_id, event.data, job.metadata
FROM taken JOIN event USING (job_id, sequence) JOIN job ON job.id = taken.job_id
"""


async def claim_jobs(tx: Tx, *, lane: int, limit: int, lease: timedelta) -> list[DueJob]:
    """Claim up to *limit* jobs of *lane* whose creating, or unknown create, is due; a dead worker's first."""
    values = {"lane": lane, "limit": limit, "lease": lease, "short": _SHORT_BYTES}
    return [_due_job(row) for row in (await tx.execute(text(_CLAIM_JOBS), values)).mappings()]


def _due_job(row: RowMapping) -> DueJob:
    rest = _but(row, "id", "claim", "wake", "status", "body", "secrets")
    return DueJob(held=_held("job", row), status=Status(row["status"]), request=stored_request(row), **rest)


def stored_request(row: RowMapping) -> StoredRequest | None:
    """Return the request in the columns `body` and `secrets`; None if there is none."""
    return None if row["body"] is None else StoredRequest(bytes(row["body"]), row["secrets"] and bytes(row["secrets"]))


async def claim_interactions(tx: Tx, *, lane: int, limit: int, lease: timedelta) -> list[DueInteraction]:
    """Claim up to *limit* interactions of *lane* that are to be read, cancelled, collected or deleted."""
    rows = await tx.execute(text(_CLAIM_INTERACTIONS), {"lane": lane, "limit": limit, "lease": lease})
    return [
        DueInteraction(held=_held("interaction", row), **_but(row, "id", "claim", "wake")) for row in rows.mappings()
    ]


async def claim_deliveries(tx: Tx, *, limit: int, lease: timedelta, crowded: Sequence[str] = ()) -> list[DueDelivery]:
    """Claim up to *limit* deliveries whose next attempt is due, none to the origins that are *crowded*."""
    values = {"limit": limit, "lease": lease, "crowded": list(crowded), "origin": ORIGIN}
    rows = await tx.execute(text(_CLAIM_DELIVERIES), values)
    return [DueDelivery(held=_held("delivery", row), **_but(row, "id", "claim", "wake")) for row in rows.mappings()]


_RENEW = """
WITH held AS MATERIALIZED (
    SELECT {table}.id FROM {table}
    JOIN unnest(CAST(:ids AS uuid[]), CAST(:claims AS bigint[])) AS ours (id, claim) USING (id, claim)
    WHERE claimed_at IS NOT NULL
    ORDER BY {table}.id FOR NO KEY UPDATE OF {table}
)
UPDATE {table} SET due_at = lw_now() + :lease FROM held WHERE {table}.id = held.id RETURNING {table}.id
"""


async def renew(tx: Tx, table: Table, rows: Collection[Held], *, lease: timedelta) -> set[uuid.UUID]:
    """Lengthen our leases on *rows* in one statement; return the ids that are still ours."""
    held = sorted(rows, key=lambda row: row.id)
    values = {"ids": [row.id for row in held], "claims": [row.claim for row in held], "lease": lease}
    return set((await tx.execute(text(_RENEW.format(table=table)), values)).scalars())


_PLANNED = "lw_now() + CAST(:delay AS interval)"
_BY_DEADLINE = f"""
CASE WHEN deadline_at > lw_now() AND CAST(:delay AS interval) IS NOT NULL
     THEN least({_PLANNED}, deadline_at) ELSE {_PLANNED} END
"""
_RELEASE = """
UPDATE {table} SET {assignments}claimed_at = NULL,
    due_at = CASE WHEN wake <> :wake THEN lw_now() ELSE {planned} END
WHERE id = :id AND claim = :claim AND claimed_at IS NOT NULL{given}
RETURNING id
"""


async def release(tx: Tx, held: Held, *, delay: timedelta | None, assignments: str = "", **values: Any) -> bool:
    """End our lease, planning the next look after *delay* (None: at rest), or now if somebody asked meanwhile.

    A deadline that is still ahead is not slept through. *assignments* (`name = :name, …`) are written in the same
    statement. False if the row is no longer ours.
    """
    fence = {"id": held.id, "claim": held.claim, "wake": held.wake, "delay": delay}
    return (await tx.execute(text(releasing(held.table, assignments)), fence | values)).first() is not None


def releasing(table: Table, assignments: str = "", *, given: str = "") -> str:
    """Return the statement of `release`, for a larger one: it takes `id`, `claim`, `wake` and `delay`.

    *given* names a table expression that must have a row.
    """
    planned = _BY_DEADLINE if table == "interaction" else _PLANNED
    written = f"{assignments}, " if assignments else ""
    condition = f" AND EXISTS (SELECT FROM {given})" if given else ""
    return _RELEASE.format(table=table, assignments=written, planned=planned, given=condition)


def _held(table: Table, row: RowMapping) -> Held:
    return Held(table=table, id=row["id"], claim=row["claim"], wake=row["wake"])


def _but(row: RowMapping, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
