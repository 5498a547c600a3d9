"""Which work shares an upstream quota, and has the upstream stopped it? Lanes, and their breakers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from longwatch.store.engine import Tx, storable
from longwatch.store.statements import text

# A lane that was slowed down gets one more place each ten seconds, from the end of its pause on.
CEILING = "lane.ceiling + greatest(0, floor(extract(epoch FROM lw_now() - lane.slowed_until) / 10))::integer"
"""How many of a `lane` may run at once since it was slowed down, as SQL; NULL if it never was."""


@dataclass(frozen=True, slots=True, order=True)
class LaneName:
    """What names a lane; *agent* is the agent's or the model's name."""

    project: str
    upstream_key: str
    agent: str


# Asked first: a conflict would use up a number of the identity for each job.
_ENSURE = text("""
INSERT INTO lane (project, upstream_key, agent)
SELECT project, upstream_key, agent
FROM unnest(CAST(:projects AS text[]), CAST(:upstream_keys AS text[]), CAST(:agents AS text[]))
    AS given (project, upstream_key, agent)
WHERE NOT EXISTS (
    SELECT FROM lane WHERE lane.project = given.project AND lane.upstream_key = given.upstream_key
        AND lane.agent = given.agent)
ORDER BY project, upstream_key, agent
ON CONFLICT (project, upstream_key, agent) DO NOTHING
""")


async def ensure(tx: Tx, names: Iterable[LaneName]) -> None:
    """Make those lanes of *names* that are not there yet."""
    wanted = sorted(set(names))
    values = {
        "projects": [name.project for name in wanted],
        "upstream_keys": [name.upstream_key for name in wanted],
        "agents": [name.agent for name in wanted],
    }
    await tx.execute(_ENSURE, values)


async def upstream_key_of(tx: Tx, lane: int) -> str:
    """Return the name of the upstream key that *lane* works with."""
    found = await tx.execute(text("SELECT upstream_key FROM lane WHERE id = :lane"), {"lane": lane})
    return str(found.scalar_one())


_BREAK = """
UPDATE lane SET paused_until = greatest(paused_until, lw_now() + :pause), pause_code = :code, pause_detail = :detail
WHERE id = :lane
"""
_FIRST = "SELECT pause_code IS NULL FROM lane WHERE id = :lane FOR NO KEY UPDATE"
# Whoever holds a job may want its lane next: what is locked is passed over.
_CALL_BACK = """
WITH waiting AS MATERIALIZED (
    SELECT id FROM job
    WHERE lane_id = ANY(:lanes) AND due_at IS NOT NULL AND admitted_at IS NOT NULL AND status = 'queued'
        AND claimed_at IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE job SET admitted_at = NULL FROM waiting WHERE job.id = waiting.id
"""


async def trip(tx: Tx, lane: int, *, code: str, detail: str, pause: timedelta) -> bool:
    """Stop creating in *lane* for *pause*; True if it was not stopped already, so that one alarm is raised.

    Jobs that had been let in and are not yet claimed wait again.
    """
    first = (await tx.execute(text(_FIRST), {"lane": lane})).scalar_one()
    values = {"lane": lane, "code": code, "detail": storable(detail), "pause": pause}
    await tx.execute(text(_BREAK), values)
    await call_back(tx, [lane])
    return bool(first)


async def call_back(tx: Tx, lanes: Sequence[int]) -> None:
    """Make the jobs of *lanes*, whose rows the caller holds, wait again that were let in and are not yet claimed."""
    await tx.execute(text(_CALL_BACK), {"lanes": list(lanes)})


_HOLD = text("SELECT FROM lane WHERE id = :lane FOR NO KEY UPDATE")
# Whoever holds a lane here waits for no other: those that somebody holds are passed over.
_ALIKE = text("""
SELECT lane.id FROM lane AS refused JOIN lane USING (upstream_key, agent)
WHERE refused.id = :lane FOR NO KEY UPDATE OF lane SKIP LOCKED
""")
# Half of what ran; once for a burst of refusals.
_SLOW = text(f"""
UPDATE lane SET slowed_until = greatest(slowed_until, lw_now() + :pause),
    ceiling = CASE WHEN slowed_until > lw_now() THEN ceiling ELSE greatest(1, least(running, {CEILING}) / 2) END
WHERE id = ANY(:lanes)
""")  # noqa: S608


async def slow(tx: Tx, lane: int, *, pause: timedelta) -> None:
    """Create nothing for *pause* in the lanes that share *lane*'s upstream key and agent, then half as many at once.

    The upstream said 429. A place comes back each ten seconds; jobs that had been let in and are not yet claimed
    wait again.
    """
    await tx.execute(_HOLD, {"lane": lane})
    alike = (await tx.execute(_ALIKE, {"lane": lane})).scalars().all()
    await tx.execute(_SLOW, {"lanes": alike, "pause": pause})
    await call_back(tx, alike)


async def mend(tx: Tx, lane: int) -> None:
    """Let *lane* create freely again: its key has just been taken."""
    statement = """
    UPDATE lane SET paused_until = NULL, pause_code = NULL, pause_detail = NULL
    WHERE id = :lane AND pause_code IS NOT NULL
    """
    await tx.execute(text(statement), {"lane": lane})
