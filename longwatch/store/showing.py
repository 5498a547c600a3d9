"""What do people who watch the queue see? Jobs of all projects, read afresh, in one statement."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from longwatch.domain import ids
from longwatch.domain.shown import ShownJob
from longwatch.domain.states import Status
from longwatch.store.engine import Tx
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text

# A prompt and the latest words of a run are read only where an operator has asked to see them.
_WORDS = """
    (SELECT body FROM job_request WHERE job_id = job.id AND octet_length(body) <= 65536) AS body,
    (SELECT data ->> 'text' FROM event WHERE job_id = job.id AND type = 'job.progress'
     ORDER BY sequence DESC LIMIT 1) AS said
"""
_NO_WORDS = "NULL AS body, NULL AS said"
_SHOWN = """
SELECT job.id, job.status, coalesce(job.agent, job.model, '') AS runs, job.attempt,
    job.interaction_id IS NOT NULL OR job.attempt > 1 AS tried, job.tags,
    job.created_at, job.started_at, job.finished_at, interaction.upstream_status,
    coalesce(job.finished_at, lw_now()) - coalesce(job.started_at, job.created_at) AS elapsed,
    job.cancel_requested_at IS NOT NULL AS cancel_requested, job.queue_detail, job.attention_code,
    job.attention_detail, job.error, job.usage, length(result.text) AS characters,
    (SELECT count(DISTINCT source ->> 'url') FROM jsonb_array_elements(result.citations) AS source) AS sources,
    {words}
FROM job
LEFT JOIN interaction ON interaction.id = job.interaction_id
LEFT JOIN result ON result.interaction_id = job.interaction_id AND job.status = 'completed'
WHERE job.id = ANY(:ids)
ORDER BY job.id
"""


_FRESH = """
SELECT id FROM (
    SELECT id FROM job WHERE finished_at > CAST(:since AS timestamptz)
    UNION
    SELECT id FROM job WHERE id >= :made AND due_at IS NOT NULL AND admitted_at IS NULL
) AS fresh ORDER BY id DESC LIMIT :limit
"""
_HISTORY = """
SELECT id FROM (
    (SELECT id FROM job WHERE finished_at > lw_now() - CAST(:within AS interval)
     ORDER BY finished_at DESC LIMIT :limit)
    UNION
    (SELECT job_id FROM interaction WHERE running ORDER BY intent_at DESC LIMIT :limit)
    UNION
    (SELECT id FROM job WHERE due_at IS NOT NULL AND admitted_at IS NULL
     ORDER BY priority DESC, due_at, id LIMIT :limit)
) AS known ORDER BY id
"""


async def now(tx: Tx) -> datetime:
    """Return the database's time."""
    moment: datetime = (await tx.execute(text("SELECT lw_now()"))).scalar_one()
    return moment


async def fresh(tx: Tx, *, since: datetime, limit: int) -> list[uuid.UUID]:
    """Return the jobs that were made, or that ended, after *since*: the newest up to *limit*, newest first."""
    values = {"since": since, "made": ids.first_at(since), "limit": limit}
    return list((await tx.execute(text(_FRESH), values)).scalars())


async def history(tx: Tx, *, within: timedelta, limit: int) -> list[uuid.UUID]:
    """Return the jobs that run, that are next in the queue, or that ended in this time; up to *limit* of each."""
    return list((await tx.execute(text(_HISTORY), {"within": within, "limit": limit})).scalars())


async def shown(tx: Tx, job_ids: Sequence[uuid.UUID], *, words: bool) -> list[ShownJob]:
    """Return these jobs, oldest first; with their prompts and latest progress if *words*."""
    statement = _SHOWN.format(words=_WORDS if words else _NO_WORDS)
    rows = await tx.execute(text(statement), {"ids": list(job_ids)})
    return [_read(row) for row in rows.mappings()]


def _read(row: RowMapping) -> ShownJob:
    values: dict[str, Any] = {**row, "status": Status(row["status"])}
    return ShownJob(**values)
