"""What has been learned of each agent's runs, and whose lesson is old? Written by a scheduler, read by workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from longwatch.domain.hazard import EDGES, Hazard
from longwatch.domain.learned import ENOUGH
from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What *ends* past runs of an agent teach, and how long ago it was learned; None while nothing has ended."""

    hazard: Hazard | None
    ends: int
    ago: timedelta

    @property
    def usable(self) -> bool:
        """Return whether it rests on enough past runs to plan by."""
        return self.hazard is not None and self.ends >= ENOUGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """When to learn anew: after a *pause*, with so many *ends* since; or after some *patience*, with any."""

    pause: timedelta = timedelta(minutes=1)
    ends: int = 20
    patience: timedelta = timedelta(minutes=10)


_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('longwatch refitting'))"
_STALE = """
SELECT known.agent FROM (SELECT DISTINCT agent FROM lane) AS known LEFT JOIN hazard USING (agent)
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM lane CROSS JOIN LATERAL (
        SELECT FROM interaction
        WHERE lane_id = lane.id AND ended_at > answered_at
            AND ended_at > coalesce(hazard.fitted_at, '-infinity') AND ended_at <= lw_now()
        LIMIT :ends
    ) AS ended
    WHERE lane.agent = known.agent
) AS fresh
WHERE coalesce(hazard.fitted_at < lw_now() - :pause, true)
    AND (fresh.number >= :ends OR fresh.number > 0 AND coalesce(hazard.fitted_at < lw_now() - :patience, true))
ORDER BY known.agent
"""


async def stale(tx: Tx, freshness: Freshness) -> Sequence[str]:
    """Return the agents of which there is more to learn; none while another transaction is about it.

    Holds that right until the transaction ends.
    """
    if not (await tx.execute(text(_LOCK))).scalar_one():
        return []
    values = {"pause": freshness.pause, "ends": freshness.ends, "patience": freshness.patience}
    return list((await tx.execute(text(_STALE), values)).scalars())


_KEEP = """
INSERT INTO hazard (agent, rates, ends, fitted_at) VALUES (:agent, :rates, :ends, lw_now())
ON CONFLICT (agent) DO UPDATE SET rates = excluded.rates, ends = excluded.ends, fitted_at = excluded.fitted_at
"""


async def keep(tx: Tx, agent: str, hazard: Hazard | None, *, ends: int) -> None:
    """Write what *ends* past runs of *agent* have taught."""
    rates = [] if hazard is None else list(hazard.rates)
    await tx.execute(text(_KEEP), {"agent": agent, "rates": rates, "ends": ends})


async def lessons(tx: Tx) -> Mapping[str, Lesson]:
    """Return what has been learned, by agent; bins that another release made teach nothing."""
    rows = await tx.execute(text("SELECT agent, rates, ends, lw_now() - fitted_at FROM hazard ORDER BY agent"))
    return {
        agent: Lesson(hazard=Hazard(tuple(rates)) if len(rates) == len(EDGES) - 1 else None, ends=ends, ago=ago)
        for agent, rates, ends, ago in rows
    }


async def in_use(tx: Tx) -> Mapping[str, Hazard]:
    """Return the hazards that rest on enough past runs to plan by."""
    known = await lessons(tx)
    return {agent: lesson.hazard for agent, lesson in known.items() if lesson.hazard is not None and lesson.usable}
