"""What has been kept for long enough? Found by index and removed child before parent, up to 500 rows a statement.

Each function is one short transaction's work and returns how much it purged: the caller goes on until that is nothing.
What is locked is left to whoever holds it, so that any number of schedulers may purge.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from longwatch.store.engine import Tx
from longwatch.store.statements import text

ROWS: Final = 500
JOBS: Final = 20
DELIVERIES: Final = 100
KEYS_OUTLIVE: Final = timedelta(hours=24)
"""How much longer than its results a job answers to its idempotency key."""

FILES_OUTLIVE: Final = timedelta(days=7)
"""How much longer than upstream a file is known here: until then, a job that points at it is told so at once."""

# Whatever may still bring a result or an event keeps its job whole, and so does a job that waits for this one.
_JOBS = """
SELECT id FROM job
WHERE finished_at < lw_now() - CAST(:keep AS interval) AND {mark} IS NULL
    AND NOT EXISTS (SELECT FROM interaction WHERE job_id = job.id AND (due_at IS NOT NULL OR stream_due_at IS NOT NULL))
    AND NOT EXISTS (SELECT FROM job AS next WHERE next.predecessor_job_id = job.id AND next.status = 'waiting')
    AND NOT EXISTS (SELECT FROM delivery WHERE job_id = job.id AND due_at IS NOT NULL AND {with_deliveries})
ORDER BY finished_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
"""
_MARK = "UPDATE job SET {mark} = lw_now() WHERE id = ANY(:owners)"
_RESULTS = _JOBS.format(mark="results_purged_at", with_deliveries="false")
_EVENTS = _JOBS.format(mark="events_purged_at", with_deliveries="true")
_DELIVERIES = """
SELECT id FROM delivery
WHERE ended_at < lw_now() - CAST(:keep AS interval) AND due_at IS NULL
ORDER BY ended_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""
_SOME = "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {whose} LIMIT :rows))"

_OF_JOBS = "job_id = ANY(:owners)"
_OF_RUNS = "interaction_id IN (SELECT id FROM interaction WHERE job_id = ANY(:owners))"
_OF_THEIR_DELIVERIES = "delivery_id IN (SELECT id FROM delivery WHERE job_id = ANY(:owners))"
_WITH_RESULTS: Final = (
    ("stream_event", _OF_RUNS),
    ("artifact", _OF_JOBS),
    ("action", _OF_JOBS),
    ("result", _OF_JOBS),
    ("job_request", _OF_JOBS),
)
_WITH_EVENTS: Final = (("delivery_attempt", _OF_THEIR_DELIVERIES), ("delivery", _OF_JOBS), ("event", _OF_JOBS))
_WITH_DELIVERIES: Final = (("delivery_attempt", "delivery_id = ANY(:owners)"), ("delivery", "id = ANY(:owners)"))


async def results(tx: Tx, *, keep: timedelta) -> int:
    """Purge the requests, bytes, results and streams of some jobs that ended more than *keep* ago."""
    jobs = await _chosen(tx, _RESULTS, keep=keep, limit=JOBS)
    await _remove(tx, _WITH_RESULTS, jobs)
    await tx.execute(text(_MARK.format(mark="results_purged_at")), {"owners": jobs})
    return len(jobs)


async def events(tx: Tx, *, keep: timedelta) -> int:
    """Purge the events of some jobs that ended more than *keep* ago, and what came of delivering them."""
    jobs = await _chosen(tx, _EVENTS, keep=keep, limit=JOBS)
    await _remove(tx, _WITH_EVENTS, jobs)
    await tx.execute(text(_MARK.format(mark="events_purged_at")), {"owners": jobs})
    return len(jobs)


async def deliveries(tx: Tx, *, keep: timedelta) -> int:
    """Purge some deliveries whose last attempt was more than *keep* ago; their events stay."""
    ended = await _chosen(tx, _DELIVERIES, keep=keep, limit=DELIVERIES)
    await _remove(tx, _WITH_DELIVERIES, ended)
    return len(ended)


_FREE_KEYS = """
WITH over AS MATERIALIZED (
    SELECT id FROM job
    WHERE results_purged_at < lw_now() - CAST(:outlive AS interval) AND idempotency_key IS NOT NULL
    ORDER BY results_purged_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE job SET idempotency_key = NULL FROM over WHERE job.id = over.id
"""


async def keys(tx: Tx) -> int:
    """Free some idempotency keys of jobs whose results were purged a day ago: used again, they make a new job."""
    freed = await tx.execute(text(_FREE_KEYS), {"outlive": KEYS_OUTLIVE, "limit": ROWS})
    return freed.rowcount


_FILES = """
SELECT id FROM file WHERE expires_at < lw_now() - CAST(:outlive AS interval)
ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""


async def files(tx: Tx) -> int:
    """Forget some files that expired upstream a week ago, and uploads that nobody has finished."""
    over = await _chosen(tx, _FILES, outlive=FILES_OUTLIVE, limit=ROWS)
    await _remove(tx, [("file", "id = ANY(:owners)")], over)
    return len(over)


async def _chosen(tx: Tx, statement: str, **values: Any) -> list[uuid.UUID]:
    return list((await tx.execute(text(statement), values)).scalars())


async def _remove(tx: Tx, what: Sequence[tuple[str, str]], owners: Sequence[uuid.UUID]) -> None:
    values = {"owners": list(owners), "rows": ROWS}
    for table, whose in what if owners else ():
        statement = text(_SOME.format(table=table, whose=whose))
        while (await tx.execute(statement, values)).rowcount == ROWS:
            pass
