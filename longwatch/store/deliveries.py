"""What came of a delivery? An attempt row each, and the next attempt's time, or its end."""

from dataclasses import dataclass
from datetime import timedelta

from longwatch.store.claims import DueDelivery, releasing
from longwatch.store.engine import Tx, storable
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One POST of a delivery: what the receiver said, or why nothing was heard."""

    duration: timedelta
    http_status: int | None
    error: str | None
    response_head: str


# A deleted job keeps no echo of what its receiver was sent before.
_RECORD = """
WITH released AS ({release})
INSERT INTO delivery_attempt (delivery_id, number, duration_ms, http_status, error, response_head)
SELECT released.id, :number, :duration_ms, :http_status, :error,
       CASE WHEN deleted_at IS NULL THEN CAST(:response_head AS text) END
FROM released, job WHERE job.id = :job_id
RETURNING delivery_id
"""
_ATTEMPTED = (
    "status = :status, attempts = :number, ended_at = CASE WHEN CAST(:delay AS interval) IS NULL THEN lw_now() END"
)


async def record(tx: Tx, delivery: DueDelivery, attempt: Attempt, *, status: str, retry_in: timedelta | None) -> bool:
    """Write *attempt* and the delivery's state after it: `pending`, `delivered`, `exhausted` or `gone`.

    False if the delivery is no longer ours: another worker made this attempt too, and wrote it.
    """
    held = delivery.held
    values = {
        "id": held.id,
        "claim": held.claim,
        "wake": held.wake,
        "delay": retry_in,
        "status": status,
        "job_id": delivery.job_id,
        "number": delivery.attempts + 1,
        "duration_ms": round(attempt.duration / timedelta(milliseconds=1)),
        "http_status": attempt.http_status,
        "error": attempt.error and storable(attempt.error),
        "response_head": storable(attempt.response_head),
    }
    statement = _RECORD.format(release=releasing("delivery", _ATTEMPTED))
    return (await tx.execute(text(statement), values)).first() is not None
