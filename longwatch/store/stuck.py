"""Which runs have grown old, and since when have they said nothing new? Found by the index of running ones."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.store import polls
from longwatch.store.door import Changed
from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRun:
    """A run that the last read found at work; its age counts from when the upstream began, as its deadline does."""

    job_id: uuid.UUID
    agent: str
    marked: bool
    age: timedelta
    silence: timedelta


# A job that is marked for another reason, or that somebody has given up, needs no second mark.
_OLD = """
SELECT job.id, lane.agent, job.attention_code IS NOT NULL, aged.age, least(aged.age, lw_now() - said.at)
FROM interaction JOIN job ON job.interaction_id = interaction.id JOIN lane ON lane.id = interaction.lane_id
CROSS JOIN LATERAL (
    SELECT lw_now() - interaction.deadline_at + make_interval(secs => job.deadline_seconds) AS age) AS aged
LEFT JOIN LATERAL (
    SELECT at FROM event WHERE job_id = job.id AND type = 'job.progress' ORDER BY sequence DESC LIMIT 1) AS said ON true
WHERE interaction.running AND interaction.role = 'live' AND interaction.intent_at < lw_now() - :least
    AND interaction.upstream_status <> 'queued' AND interaction.failures = 0
    AND interaction.cancel_requested_at IS NULL AND interaction.deadline_at IS NOT NULL
    AND job.status = 'in_progress' AND (job.attention_code IS NULL OR job.attention_code = 'stuck')
ORDER BY interaction.intent_at LIMIT :limit
"""


async def old_runs(tx: Tx, *, least: timedelta, limit: int) -> Sequence[OldRun]:
    """Return the oldest runs that were begun at least *least* ago, those that are marked as stuck among them."""
    rows = await tx.execute(text(_OLD), {"least": least, "limit": limit})
    return [
        OldRun(job_id=job, agent=agent, marked=marked, age=age, silence=said) for job, agent, marked, age, said in rows
    ]


_MARK_OF = "SELECT attention_code FROM job WHERE id = :id FOR NO KEY UPDATE"


async def mark(tx: Tx, job_id: uuid.UUID, *, detail: str) -> Changed | None:
    """Call a running job stuck, once; None if it has a mark already, or runs no more."""
    if (await tx.execute(text(_MARK_OF), {"id": job_id})).scalar_one_or_none() is not None:
        return None
    return await polls.mark(tx, job_id, Attention(AttentionCode.STUCK, detail))


async def unmark(tx: Tx, job_id: uuid.UUID) -> Changed | None:
    """Take back that a job is stuck: its run moves; None if it was not called so."""
    return await polls.unmark(tx, job_id, (AttentionCode.STUCK,))
