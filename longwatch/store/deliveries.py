"""What came of a delivery? An attempt row each, and the next attempt's time, or its end."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from longwatch.store.claims import DueDelivery, release
from longwatch.store.engine import Tx, storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One POST of a delivery: what the receiver said, or why nothing was heard."""

    duration: timedelta
    http_status: int | None
    error: str | None
    response_head: str


# A deleted job keeps no echo of what its receiver was sent before.
_ATTEMPT = """
INSERT INTO delivery_attempt (delivery_id, number, duration_ms, http_status, error, response_head)
SELECT :delivery_id, :number, :duration_ms, :http_status, :error,
       CASE WHEN deleted_at IS NULL THEN CAST(:response_head AS text) END
FROM job WHERE id = :job_id
"""


async def record(tx: Tx, delivery: DueDelivery, attempt: Attempt, *, status: str, retry_in: timedelta | None) -> bool:
    """Write *attempt* and the delivery's state after it (`pending`, `delivered`, `exhausted`, `gone`).

    False if the delivery is no longer ours: another worker made this attempt too, and wrote it.
    """
    number = delivery.attempts + 1
    ended = "ended_at = lw_now()" if retry_in is None else "ended_at = NULL"
    assignments = f"status = :status, attempts = :number, {ended}"
    if not await release(tx, delivery.held, delay=retry_in, assignments=assignments, status=status, number=number):
        return False
    values = {
        "delivery_id": delivery.held.id,
        "job_id": delivery.job_id,
        "number": number,
        "duration_ms": round(attempt.duration / timedelta(milliseconds=1)),
        "http_status": attempt.http_status,
        "error": attempt.error and storable(attempt.error),
        "response_head": storable(attempt.response_head),
    }
    await tx.execute(text(_ATTEMPT), values)
    return True
