"""Which runs make one answer? A run that reaches the limit of one call goes on in another: its next hop."""

import uuid
from dataclasses import dataclass, field

from sqlalchemy import text

from longwatch.store.engine import Tx

_UNFINISHED = """
WITH latest AS (
    SELECT id, upstream_id, upstream_status FROM interaction
    WHERE job_id = :job_id AND role = 'live' AND create_outcome = 'accepted' ORDER BY id DESC LIMIT 1
)
SELECT upstream_id, raw FROM latest JOIN result ON result.interaction_id = latest.id
WHERE upstream_status = 'requires_continuation'
"""
_EARLIER = """
WITH before AS (
    SELECT id, upstream_status = 'requires_continuation' AS unfinished FROM interaction
    WHERE job_id = :job_id AND id < :id AND role = 'live' AND create_outcome = 'accepted'
)
SELECT raw FROM before JOIN result ON result.interaction_id = before.id
WHERE NOT EXISTS (SELECT FROM before AS whole WHERE whole.id >= before.id AND NOT whole.unfinished)
ORDER BY before.id
"""


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    """The job's last run, which the upstream wants continued by another create, and its bytes."""

    upstream_id: str
    raw: bytes = field(repr=False)


async def read_unfinished(tx: Tx, job_id: uuid.UUID) -> UnfinishedRun | None:
    """Return the run that the job's next create continues; None if it starts anew."""
    row = (await tx.execute(text(_UNFINISHED), {"job_id": job_id})).first()
    return None if row is None else UnfinishedRun(upstream_id=row[0], raw=bytes(row[1]))


async def read_earlier(tx: Tx, job_id: uuid.UUID, interaction_id: uuid.UUID) -> list[bytes]:
    """Return the bytes of the hops that *interaction_id* carries on, the first one first."""
    rows = await tx.execute(text(_EARLIER), {"job_id": job_id, "id": interaction_id})
    return [bytes(raw) for raw in rows.scalars()]
