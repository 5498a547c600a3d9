"""What became of a job's webhooks? Its deliveries, each with every attempt."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """One POST and how it went."""

    number: int
    at: datetime
    duration_ms: int
    http_status: int | None
    error: str | None
    response_head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDelivery:
    """One event on its way to its address."""

    id: uuid.UUID
    sequence: int
    type: str
    url: str
    status: str
    created_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None
    attempts: Sequence[PastAttempt]


_DELIVERIES = """
SELECT delivery.id, delivery.sequence, event.type, delivery.url, delivery.status, delivery.created_at,
    delivery.due_at AS next_attempt_at, delivery.ended_at
FROM delivery JOIN event USING (job_id, sequence)
WHERE job_id = :job_id ORDER BY sequence, delivery.id
"""
_ATTEMPTS = """
SELECT delivery_id, number, at, duration_ms, http_status, error, response_head FROM delivery_attempt
WHERE delivery_id = ANY(:delivery_ids) ORDER BY delivery_id, number
"""


async def deliveries(tx: Tx, job_id: uuid.UUID) -> list[PastDelivery]:
    """Return every delivery of *job_id* in the order of its events."""
    rows = (await tx.execute(text(_DELIVERIES), {"job_id": job_id})).mappings().all()
    attempts = await _attempts(tx, [row["id"] for row in rows])
    return [PastDelivery(**row, attempts=attempts.get(row["id"], ())) for row in rows]


async def _attempts(tx: Tx, delivery_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[PastAttempt]]:
    attempts: dict[uuid.UUID, list[PastAttempt]] = {}
    for row in (await tx.execute(text(_ATTEMPTS), {"delivery_ids": delivery_ids})).mappings():
        values = {name: value for name, value in row.items() if name != "delivery_id"}
        attempts.setdefault(row["delivery_id"], []).append(PastAttempt(**values))
    return attempts
