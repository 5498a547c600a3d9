"""What has a run's stream said? Appended by the follower that holds it, read by the door, sealed at the end.

Streams are claimed apart from polls: `stream_due_at` is the lease, `stream_claim` the fence. A sealed stream takes
nothing more, so that what is made up for its missing end is the same for every reader.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStream:
    """A run whose stream is ours to read until the lease ends; *ended* once its end has been seen by a poll."""

    id: uuid.UUID
    job_id: uuid.UUID
    claim: int
    upstream_id: str
    upstream_key: str
    failures: int
    ended: bool


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event as the upstream sent it: its token, if it carries one, and its JSON."""

    event_id: str | None
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """How far a stream has been kept: the next position, the newest token, and how many events follow that."""

    position: int
    event_id: str | None
    beyond: int


_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM interaction WHERE stream_due_at <= lw_now()
    ORDER BY stream_due_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE interaction SET stream_claim = stream_claim + 1, stream_due_at = lw_now() + :lease
FROM due, lane WHERE interaction.id = due.id AND lane.id = interaction.lane_id
RETURNING interaction.id, job_id, stream_claim AS claim, upstream_id, lane.upstream_key,
    stream_failures AS failures, ended_at IS NOT NULL AS ended
"""
_RENEW = """
WITH held AS MATERIALIZED (
    SELECT interaction.id FROM interaction
    JOIN unnest(CAST(:ids AS uuid[]), CAST(:claims AS bigint[])) AS ours (id, claim)
        ON ours.id = interaction.id AND ours.claim = interaction.stream_claim
    WHERE stream_due_at IS NOT NULL ORDER BY interaction.id FOR NO KEY UPDATE OF interaction
)
UPDATE interaction SET stream_due_at = lw_now() + :lease FROM held WHERE interaction.id = held.id
RETURNING interaction.id
"""
_NEXT = "SELECT min(stream_due_at) - lw_now() FROM interaction WHERE stream_due_at IS NOT NULL"


async def claim(tx: Tx, *, limit: int, lease: timedelta) -> list[DueStream]:
    """Claim up to *limit* streams that are to be read."""
    rows = await tx.execute(text(_CLAIM), {"limit": limit, "lease": lease})
    return [DueStream(**row) for row in rows.mappings()]


async def renew(tx: Tx, held: Iterable[DueStream], *, lease: timedelta) -> set[uuid.UUID]:
    """Lengthen our leases in one statement; return the ids that are still ours."""
    rows = sorted(held, key=lambda row: row.id)
    values = {"ids": [row.id for row in rows], "claims": [row.claim for row in rows], "lease": lease}
    return set((await tx.execute(text(_RENEW), values)).scalars())


async def next_due(tx: Tx) -> timedelta | None:
    """Return the time until the next stream is to be read; None if none is planned."""
    wait: timedelta | None = (await tx.execute(text(_NEXT))).scalar_one()
    return wait


_TAIL = """
SELECT (SELECT coalesce(max(position) + 1, 0) FROM stream_event WHERE interaction_id = :id) AS position,
    newest.event_id, coalesce(newest.position + 1, 0) AS resumed
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT position, event_id FROM stream_event WHERE interaction_id = :id AND event_id IS NOT NULL
    ORDER BY position DESC LIMIT 1) AS newest ON true
"""
_APPEND = """
WITH ours AS MATERIALIZED (
    SELECT id FROM interaction
    WHERE id = :id AND stream_claim = :claim AND stream_sealed_at IS NULL AND delete_requested_at IS NULL
    FOR NO KEY UPDATE
), kept AS (
    INSERT INTO stream_event (interaction_id, position, event_id, data)
    SELECT ours.id, :position + given.number - 1, given.event_id, given.data
    FROM ours, unnest(CAST(:event_ids AS text[]), CAST(:data AS bytea[])) WITH ORDINALITY
        AS given (event_id, data, number)
)
SELECT id FROM ours
"""


async def tail(tx: Tx, interaction_id: uuid.UUID) -> Tail:
    """Return where a stream is to be taken up."""
    position, event_id, resumed = (await tx.execute(text(_TAIL), {"id": interaction_id})).one()
    return Tail(position=position, event_id=event_id, beyond=position - resumed)


async def append(tx: Tx, row: DueStream, *, position: int, events: Sequence[StreamEvent]) -> bool:
    """Keep *events* from *position* on; False if the stream is sealed, deleted or no longer ours."""
    values = {
        "id": row.id,
        "claim": row.claim,
        "position": position,
        "event_ids": [event.event_id for event in events],
        "data": [event.data for event in events],
    }
    return (await tx.execute(text(_APPEND), values)).first() is not None


_AGAIN = """
UPDATE interaction SET stream_due_at = lw_now() + :delay, stream_failures = :failures
WHERE id = :id AND stream_claim = :claim AND stream_due_at IS NOT NULL
"""
_FINISH = """
UPDATE interaction SET stream_due_at = NULL, stream_sealed_at = coalesce(stream_sealed_at, lw_now()), wake = wake + 1,
    due_at = CASE WHEN claimed_at IS NULL AND ended_at IS NULL AND due_at IS NOT NULL THEN lw_now() ELSE due_at END
WHERE id = :id AND stream_claim = :claim
"""


async def again(tx: Tx, row: DueStream, *, delay: timedelta, failures: int) -> None:
    """Let go of a stream that broke: it is read on after *delay*."""
    await tx.execute(text(_AGAIN), {"id": row.id, "claim": row.claim, "delay": delay, "failures": failures})


async def finish(tx: Tx, row: DueStream) -> None:
    """Seal a stream that came to its end, and have the run read at once: only a read ends it."""
    await tx.execute(text(_FINISH), {"id": row.id, "claim": row.claim})


_FOLLOW = (
    "UPDATE job SET watch = 'stream' WHERE id = :job_id AND watch IS DISTINCT FROM 'stream'",
    """
    UPDATE interaction SET stream_due_at = lw_now()
    WHERE id = :interaction_id AND upstream_id IS NOT NULL AND ended_at IS NULL
        AND stream_due_at IS NULL AND stream_sealed_at IS NULL
    """,
)
_SEAL = """
UPDATE interaction SET stream_sealed_at = lw_now(), stream_due_at = NULL
WHERE id = :id AND stream_sealed_at IS NULL
"""


async def follow(tx: Tx, job_id: uuid.UUID, interaction_id: uuid.UUID | None) -> None:
    """Have a running job's stream read from now on."""
    for statement in _FOLLOW:
        await tx.execute(text(statement), {"job_id": job_id, "interaction_id": interaction_id})


async def seal(tx: Tx, interaction_id: uuid.UUID) -> None:
    """Let the stream take nothing more."""
    await tx.execute(text(_SEAL), {"id": interaction_id})


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One event of a stream, at its place."""

    position: int
    data: bytes = field(repr=False)


_PAGE = """
SELECT position, data FROM stream_event
WHERE interaction_id = :id AND position >= :position ORDER BY position LIMIT :limit
"""
_STANDS = """
SELECT job.id, job.last_sequence, job.status, interaction.stream_sealed_at,
    (SELECT max(position) FROM stream_event WHERE interaction_id = job.interaction_id) AS position
FROM job LEFT JOIN interaction ON interaction.id = job.interaction_id
WHERE job.id = ANY(:ids)
"""


async def page(tx: Tx, interaction_id: uuid.UUID, *, position: int, limit: int) -> list[KeptEvent]:
    """Return up to *limit* events from *position* on."""
    rows = await tx.execute(text(_PAGE), {"id": interaction_id, "position": position, "limit": limit})
    return [KeptEvent(place, bytes(data)) for place, data in rows]


async def stands(tx: Tx, job_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[object, ...]]:
    """Return, in one query, a mark for each job that changes whenever its stream, its state or its story does."""
    rows = await tx.execute(text(_STANDS), {"ids": list(job_ids)})
    return {row[0]: tuple(row[1:]) for row in rows}
