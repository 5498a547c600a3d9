"""Which work shares an upstream quota, and who has stopped it? Lanes, their breakers, and people's pauses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from longwatch.store.engine import Tx, storable


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


_BREAK = """
UPDATE lane SET paused_until = greatest(paused_until, lw_now() + :pause), pause_code = :code, pause_detail = :detail
WHERE id = :lane
"""
_FIRST = "SELECT pause_code IS NULL FROM lane WHERE id = :lane FOR NO KEY UPDATE"
# Whoever holds a job may want its lane next: what is locked is passed over.
_CALL_BACK = """
WITH waiting AS MATERIALIZED (
    SELECT id FROM job
    WHERE lane_id = :lane AND due_at IS NOT NULL AND admitted_at IS NOT NULL AND status = 'queued'
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
    await tx.execute(text(_CALL_BACK), {"lane": lane})
    return bool(first)


async def mend(tx: Tx, lane: int) -> None:
    """Let *lane* create freely again: its key has just been taken."""
    statement = """
    UPDATE lane SET paused_until = NULL, pause_code = NULL, pause_detail = NULL
    WHERE id = :lane AND pause_code IS NOT NULL
    """
    await tx.execute(text(statement), {"lane": lane})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a person pauses: all of a project, one agent or model of it, one upstream key, or both."""

    project: str
    agent: str | None = None
    upstream_key: str | None = None


async def pause(tx: Tx, scope: Scope) -> bool:
    """Stop creating within *scope* until `resume`; False if it was paused already. What runs goes on."""
    statement = """
    INSERT INTO pause (project, agent, upstream_key) VALUES (:project, :agent, :upstream_key)
    ON CONFLICT DO NOTHING RETURNING id
    """
    return (await tx.execute(text(statement), _named(scope))).first() is not None


async def resume(tx: Tx, scope: Scope) -> bool:
    """Undo the pause of exactly *scope*; False if there was none."""
    statement = """
    DELETE FROM pause WHERE project = :project AND agent IS NOT DISTINCT FROM CAST(:agent AS text)
        AND upstream_key IS NOT DISTINCT FROM CAST(:upstream_key AS text) RETURNING id
    """
    return (await tx.execute(text(statement), _named(scope))).first() is not None


async def pauses(tx: Tx, project: str) -> list[Scope]:
    """Return every pause in force in *project*."""
    rows = await tx.execute(
        text("SELECT agent, upstream_key FROM pause WHERE project = :project ORDER BY id"),
        {"project": project},
    )
    return [Scope(project=project, agent=agent, upstream_key=key) for agent, key in rows]


def _named(scope: Scope) -> dict[str, str | None]:
    return {"project": scope.project, "agent": scope.agent, "upstream_key": scope.upstream_key}
