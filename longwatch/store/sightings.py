"""Who saw each end first, push or a poll, and how late? Kept for some days, to judge push by and to chart."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from longwatch.domain.push_pace import IN_TIME, LAST_ENDINGS, Record
from longwatch.store.engine import Tx
from longwatch.store.statements import text

KEPT = timedelta(days=7)
CHARTED = timedelta(hours=1)

# Only of a run whose create asked to be told, and only the first time that its end is seen.
_RECORD = """
INSERT INTO sighting (interaction_id, seen_by, lag_seconds, expected, pushed_at, push_idle)
SELECT id, :seen_by, greatest(extract(epoch FROM lw_now() - CAST(:ended_at AS timestamptz)), 0), :expected,
    pushed_at, push_idle
FROM interaction WHERE id = :id AND push_asked AND ended_at IS NULL
ON CONFLICT (interaction_id) DO NOTHING
"""


async def record(
    tx: Tx, interaction_id: uuid.UUID, *, by_push: bool, expected: bool, ended_at: datetime | None
) -> None:
    """Note that an end has just been seen, before anything is made of it.

    *expected* is whether the upstream sends webhooks for such an end, *ended_at* when it says that it was.
    """
    seen = {"id": interaction_id, "seen_by": "push" if by_push else "poll"}
    await tx.execute(text(_RECORD), seen | {"expected": expected, "ended_at": ended_at})


# The wait for a push counts from the end itself, however late we saw it.
_JUDGED = """
SELECT count(*) FILTER (WHERE spoke AND NOT late) AS told, count(*) FILTER (WHERE late) AS missed FROM (
    SELECT pushed_at IS NOT NULL AS spoke,
        coalesce(pushed_at, lw_now()) - seen_at + make_interval(secs => coalesce(lag_seconds, 0)) > :in_time AS late
    FROM sighting WHERE expected AND seen_at > lw_now() - :kept ORDER BY seen_at DESC LIMIT :last) AS newest
"""


async def judged(tx: Tx) -> Record:
    """Return how push has done on the newest endings that it was to tell."""
    values = {"in_time": IN_TIME, "kept": KEPT, "last": LAST_ENDINGS}
    row = (await tx.execute(text(_JUDGED), values)).one()
    return Record(told=row.told, missed=row.missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The endings of the last hour that push, or a poll, was the first to see; lags in seconds."""

    by: str
    endings: int
    median: float | None
    p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """How push did in the last hour."""

    seen: Sequence[Seen]
    missed: int
    idle: int


_SEEN = """
SELECT wanted.by, count(sighting.seen_by) AS endings,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY lag_seconds) AS median,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY lag_seconds) AS p95
FROM (VALUES ('push'), ('poll')) AS wanted (by)
LEFT JOIN sighting ON sighting.seen_by = wanted.by AND seen_at > lw_now() - :charted
GROUP BY wanted.by ORDER BY wanted.by
"""
_FAILINGS = """
SELECT count(*) FILTER (WHERE expected AND coalesce(pushed_at, lw_now()) - seen_at
        + make_interval(secs => coalesce(lag_seconds, 0)) > :in_time) AS missed,
    count(*) FILTER (WHERE push_idle) AS idle
FROM sighting WHERE seen_at > lw_now() - :charted
"""


async def chart(tx: Tx) -> Chart:
    """Return who saw the last hour's endings, how late, and how often push missed one or came for nothing."""
    seen = (await tx.execute(text(_SEEN), {"charted": CHARTED})).mappings()
    failings = (await tx.execute(text(_FAILINGS), {"charted": CHARTED, "in_time": IN_TIME})).one()
    return Chart(seen=[Seen(**row) for row in seen], missed=failings.missed, idle=failings.idle)


_PRUNE = """
DELETE FROM sighting WHERE interaction_id IN (
    SELECT interaction_id FROM sighting WHERE seen_at < lw_now() - :kept
    ORDER BY seen_at LIMIT 500 FOR UPDATE SKIP LOCKED)
"""


async def prune(tx: Tx) -> int:
    """Delete up to 500 sightings that are too old to judge by; return how many."""
    return (await tx.execute(text(_PRUNE), {"kept": KEPT})).rowcount
