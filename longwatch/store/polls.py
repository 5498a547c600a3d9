"""What did a read teach, short of an end? Written in one statement for a whole batch, under each row's fence."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.states import Status
from longwatch.store import door
from longwatch.store.claims import Held
from longwatch.store.door import NO_ATTENTION, Change, Changed, marked
from longwatch.store.engine import Tx, storable
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class StillRunning:
    """One read that found the run at work, and when to look again."""

    held: Held
    delay: timedelta
    upstream_status: str
    progress_hash: int | None


_RESCHEDULE = """
WITH seen AS (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:claims AS bigint[]), CAST(:wakes AS integer[]),
                         CAST(:delays AS interval[]), CAST(:statuses AS text[]), CAST(:hashes AS bigint[]))
        AS seen (id, claim, wake, delay, status, hash)
), ours AS MATERIALIZED (
    SELECT seen.* FROM interaction JOIN seen USING (id, claim)
    WHERE interaction.claimed_at IS NOT NULL
    ORDER BY interaction.id FOR NO KEY UPDATE OF interaction
), timed AS (
    SELECT ours.*, CASE
        WHEN interaction.upstream_status = 'queued' AND ours.status <> 'queued'
        THEN lw_now() + make_interval(secs => (SELECT deadline_seconds FROM job WHERE job.id = interaction.job_id))
        ELSE interaction.deadline_at END AS deadline
    FROM ours JOIN interaction USING (id)
)
UPDATE interaction SET claimed_at = NULL, polls = polls + 1, failures = 0, missing_since = NULL,
    push_idle = push_idle OR coalesce(pushed_at <= claimed_at, false),
    upstream_status = timed.status, progress_hash = timed.hash, deadline_at = timed.deadline,
    due_at = CASE WHEN interaction.wake <> timed.wake THEN lw_now()
                  WHEN timed.deadline > lw_now() THEN least(lw_now() + timed.delay, timed.deadline)
                  ELSE lw_now() + timed.delay END
FROM timed WHERE interaction.id = timed.id
RETURNING interaction.id
"""


async def reschedule(tx: Tx, rows: Sequence[StillRunning]) -> set[uuid.UUID]:
    """Plan the next read of every row that is still ours; no job row is written. Return their ids."""
    if not rows:
        return set()
    ordered = sorted(rows, key=lambda row: row.held.id)
    values = {
        "ids": [row.held.id for row in ordered],
        "claims": [row.held.claim for row in ordered],
        "wakes": [row.held.wake for row in ordered],
        "delays": [row.delay for row in ordered],
        "statuses": [row.upstream_status for row in ordered],
        "hashes": [row.progress_hash for row in ordered],
    }
    return set((await tx.execute(text(_RESCHEDULE), values)).scalars())


_TOLD_JUST_NOW = """
SELECT at > lw_now() - interval '1 s' FROM event
WHERE job_id = :id AND type = 'job.progress' ORDER BY sequence DESC LIMIT 1
"""


async def progress(tx: Tx, job_id: uuid.UUID, *, said: str) -> Changed | None:
    """Tell the story's next line while the job runs, at most once a second; None if it was not told.

    Not in the transaction of `reschedule`: that holds runs.
    """
    if (await tx.execute(text(_TOLD_JUST_NOW), {"id": job_id})).scalar_one_or_none():
        return None
    event = NewEvent(EventType.PROGRESS, {"text": storable(said)})
    return await door.change(tx, Change(job_id=job_id, expect=(Status.IN_PROGRESS,), event=event))


async def untold(tx: Tx, interaction_id: uuid.UUID) -> None:
    """Let the next read tell what this one could not."""
    await tx.execute(text("UPDATE interaction SET progress_hash = NULL WHERE id = :id"), {"id": interaction_id})


_MARKED = "SELECT attention_code FROM job WHERE id = :id FOR NO KEY UPDATE"


async def mark(tx: Tx, job_id: uuid.UUID, attention: Attention) -> Changed | None:
    """Put *attention* on a running job and say so once; None if it is marked so already, or runs no more."""
    if (await tx.execute(text(_MARKED), {"id": job_id})).scalar_one_or_none() == attention.code.value:
        return None
    told = {"attention": {"code": attention.code.value, "detail": storable(attention.detail)}}
    return await door.change(
        tx,
        Change(
            job_id=job_id,
            expect=(Status.IN_PROGRESS,),
            event=NewEvent(EventType.ATTENTION, told),
            fields=marked(attention),
        ),
    )


OF_READS = (
    AttentionCode.UPSTREAM_MISSING,
    AttentionCode.UNKNOWN_STATUS,
    AttentionCode.KEY_REJECTED,
    AttentionCode.QUOTA,
)
"""The marks that a read puts on a job, and that a good read takes off."""


async def unmark(tx: Tx, job_id: uuid.UUID, codes: Collection[AttentionCode] = OF_READS) -> Changed | None:
    """Take one of the marks *codes* off a running job: what it was for is over; None if it has none of them."""
    if (await tx.execute(text(_MARKED), {"id": job_id})).scalar_one_or_none() not in codes:
        return None
    return await door.change(tx, Change(job_id=job_id, expect=(Status.IN_PROGRESS,), fields=NO_ATTENTION))
