"""How long do an agent's runs take? Its newest ends, and the ages of what runs now, found by index.

A run's age counts from the answer to its create, by the database's clock; an end is dated by the read that saw it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from longwatch.store.engine import Tx
from longwatch.store.statements import text

MOST_RUNNING = 100_000
"""Runs at work are counted up to here, for each lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run that is over: how old it became, and how long ago. Not `ended`: it was stopped at that age, from here."""

    age: timedelta
    ago: timedelta
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """How many runs of about one age are still at work."""

    age: timedelta
    number: int


# Each lane gives its newest by its index, however long its past. A run that was kept when it was over tells nothing.
_PAST = """
SELECT past.lasted, lw_now() - past.ended_at, past.by_itself
FROM lane CROSS JOIN LATERAL (
    SELECT ended_at, least(ended_at, cancel_requested_at) - answered_at AS lasted,
        cancel_requested_at IS NULL AND upstream_status NOT IN ('queued', 'in_progress') AS by_itself
    FROM interaction
    WHERE lane_id = lane.id AND ended_at > answered_at
    ORDER BY ended_at DESC LIMIT :limit
) AS past
WHERE lane.agent = :agent
ORDER BY past.ended_at DESC LIMIT :limit
"""


async def past_runs(tx: Tx, agent: str, *, limit: int) -> Sequence[PastRun]:
    """Return the newest runs of *agent* (or of a model of that name) that are over, newest first."""
    rows = await tx.execute(text(_PAST), {"agent": agent, "limit": limit})
    return [PastRun(age=age, ago=ago, ended=bool(ended)) for age, ago, ended in rows]


# Ages within a twentieth of each other are told as one; whoever waits for a person or was given up is not at work.
_AT_WORK = """
SELECT avg(found.age), count(*)
FROM lane CROSS JOIN LATERAL (
    SELECT lw_now() - answered_at AS age FROM interaction
    WHERE lane_id = lane.id AND due_at IS NOT NULL AND running AND role = 'live' AND answered_at < lw_now()
    LIMIT :most
) AS found
WHERE lane.agent = :agent
GROUP BY floor(20 * ln(1 + extract(epoch FROM found.age)))
ORDER BY 1
"""


async def at_work(tx: Tx, agent: str) -> Sequence[AtWork]:
    """Return how old the runs of *agent* are that have not ended, youngest first."""
    rows = await tx.execute(text(_AT_WORK), {"agent": agent, "most": MOST_RUNNING})
    return [AtWork(age=age, number=number) for age, number in rows]
