"""What happens once the nemesis has stopped? The house gets its five minutes; then time is moved on for what waits."""

from datetime import timedelta

import psycopg

from chaos.database import Database
from chaos.waiting import until
from longwatch.domain.clock import Clock

MOST_SECONDS = 300.0
_AFTERWARDS_SECONDS = 120.0

_UNSETTLED = """
SELECT count(*) FROM job WHERE finished_at IS NULL AND attention_code IS DISTINCT FROM 'submit_unknown'
"""
_UNDECIDED = """
SELECT count(*) FILTER (WHERE attention_code IS DISTINCT FROM 'submit_unknown'),
       extract(epoch FROM min(due_at) FILTER (WHERE attention_code = 'submit_unknown') - lw_now())
FROM job WHERE finished_at IS NULL
AND NOT (attention_code IS NOT DISTINCT FROM 'submit_unknown' AND due_at > lw_now() + interval '1 hour')
"""
_UNDELIVERED = """
SELECT count(*) FILTER (WHERE claimed_at IS NOT NULL), extract(epoch FROM min(due_at) - lw_now())
FROM delivery WHERE status = 'pending'
"""


async def settled(database: Database, *, within: float = MOST_SECONDS) -> float | None:
    """Return after how many seconds every job had ended or was shown as unknown; None if not *within* so many."""
    clock = Clock()
    begun = clock.monotonic()

    async def quiet() -> bool:
        try:
            return await database.rows(_UNSETTLED) == [(0,)]
        except psycopg.OperationalError:
            return False

    return clock.monotonic() - begun if await until(quiet, within=within) else None


async def concluded(database: Database, *, within: float = _AFTERWARDS_SECONDS) -> None:
    """Move the database's clock on until policies have decided and every webhook was tried until it was taken.

    Each of the two takes at most *within* seconds; what is not done by then, the checker finds.
    """
    await _passed(database, _UNDECIDED, within=within)
    await _passed(database, _UNDELIVERED, within=within)


async def _passed(database: Database, query: str, *, within: float) -> None:
    """Skip the waiting of *query*'s rows whenever none of them is at work, until there are none."""

    async def none_left() -> bool:
        [(busy, wait)] = await database.rows(query)
        if busy == 0 and wait is not None and wait > 0:
            await database.move_clock(timedelta(seconds=float(wait)))
        return bool(busy == 0 and wait is None)

    await until(none_left, within=within)
