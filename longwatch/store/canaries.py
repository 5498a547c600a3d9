"""Does the queue carry? Canaries are counted when they are sent and when they are heard, for each queue."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from longwatch.store.engine import Tx
from longwatch.store.processes import LIVES
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True)
class Turn:
    """A queue whose next canary is due, and that canary's number."""

    queue: str
    number: int


@dataclass(frozen=True, slots=True)
class Unheard:
    """How many canaries of a queue have not come through, and for how long none has."""

    missed: int
    since: timedelta


_OPEN = "INSERT INTO canary (queue, process_id) VALUES (:queue, :process_id) ON CONFLICT DO NOTHING"
# Of several schedulers, the one that moves `sent_at` sends.
_TURNS = """
WITH due AS MATERIALIZED (
    SELECT canary.queue FROM canary LEFT JOIN process ON process.id = canary.process_id
    WHERE coalesce(canary.sent_at <= lw_now() - :every, true)
        AND (canary.process_id IS NULL OR (process.deaf_at IS NULL AND process.seen_at > lw_now() - :lives))
    ORDER BY canary.queue FOR NO KEY UPDATE OF canary SKIP LOCKED
)
UPDATE canary SET sent_at = lw_now() FROM due WHERE canary.queue = due.queue RETURNING canary.queue, sent + 1
"""
# It may have been heard before this is written.
_SENT = """
UPDATE canary SET sent = greatest(sent, :number),
    unheard_since = CASE WHEN heard < :number THEN coalesce(unheard_since, lw_now()) ELSE unheard_since END
WHERE queue = :queue
"""
_HEARD = """
UPDATE canary SET heard = greatest(heard, :number), heard_at = lw_now(),
    unheard_since = CASE WHEN :number < sent THEN unheard_since END
WHERE queue = :queue
"""
_UNHEARD = "SELECT queue, sent - heard, lw_now() - unheard_since FROM canary WHERE {which}"


async def open_queue(tx: Tx, queue: str, *, process_id: uuid.UUID | None = None) -> None:
    """Have canaries sent through *queue*, for as long as its process lives (None: for ever)."""
    await tx.execute(text(_OPEN), {"queue": queue, "process_id": process_id})


async def turns(tx: Tx, *, every: timedelta) -> Sequence[Turn]:
    """Take the turn of each queue whose last canary was sent *every* ago; nobody else takes it meanwhile."""
    rows = await tx.execute(text(_TURNS), {"every": every, "lives": LIVES})
    return [Turn(queue, number) for queue, number in rows]


async def sent(tx: Tx, turn: Turn) -> None:
    """Write that the broker has taken a canary."""
    await tx.execute(text(_SENT), {"queue": turn.queue, "number": turn.number})


async def heard(tx: Tx, turn: Turn) -> None:
    """Write that a canary came through: what was lost before it no longer counts."""
    await tx.execute(text(_HEARD), {"queue": turn.queue, "number": turn.number})


async def unheard_by(tx: Tx, process_id: uuid.UUID) -> Unheard | None:
    """Return what was sent to this worker alone and has not come through; None if all has."""
    row = (await tx.execute(text(_UNHEARD.format(which="process_id = :id")), {"id": process_id})).first()
    return None if row is None or row[2] is None else Unheard(row[1], row[2])


async def unheard(tx: Tx) -> dict[str, timedelta]:
    """Return for each queue of work how long nothing sent through it has come through."""
    rows = await tx.execute(text(_UNHEARD.format(which="process_id IS NULL")))
    return {queue: since or timedelta() for queue, _, since in rows}
