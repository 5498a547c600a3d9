"""What has a person stopped? Pauses of creating: of a project or the whole installation, an agent, an upstream key."""

from dataclasses import dataclass

from longwatch.store.engine import Tx
from longwatch.store.lanes import call_back
from longwatch.store.statements import text

ADMISSION = "hashtext('longwatch admission')"
"""The advisory lock that whoever admits holds, as SQL."""

COVERS = """
coalesce(pause.agent, lane.agent) = lane.agent AND coalesce(pause.upstream_key, lane.upstream_key) = lane.upstream_key
"""
"""Whether a `pause` of a `lane`'s project, or of all, is about its agent and key, as SQL."""
# Asked apart, so that the planner can hash the one that may be long.
FREE = f"""
NOT EXISTS (SELECT FROM pause WHERE pause.project = lane.project AND {COVERS})
AND NOT EXISTS (SELECT FROM pause WHERE pause.project IS NULL AND {COVERS})
"""  # noqa: S608
"""Whether no pause covers a `lane`, as SQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a person pauses: all of a project (None: of every one), one agent or model, one upstream key, or both."""

    project: str | None
    agent: str | None = None
    upstream_key: str | None = None


_PAUSE = """
INSERT INTO pause (project, agent, upstream_key) VALUES (:project, :agent, :upstream_key)
ON CONFLICT DO NOTHING RETURNING id
"""
_WITHIN = """
coalesce(:project, project) = project AND coalesce(:agent, agent) = agent
    AND coalesce(:upstream_key, upstream_key) = upstream_key
"""
_STOPPED_LANES = f"SELECT id FROM lane WHERE {_WITHIN} ORDER BY id FOR NO KEY UPDATE"  # noqa: S608


async def pause(tx: Tx, scope: Scope) -> bool:
    """Stop creating within *scope* until `resume`; False if it was paused already. What runs goes on.

    Jobs that had been let in wait again, but for those that a worker holds just now.
    """
    # Whoever admits meanwhile either is done, and is called back, or sees the pause.
    await tx.execute(text(f"SELECT pg_advisory_xact_lock({ADMISSION})"))
    if (await tx.execute(text(_PAUSE), _named(scope))).first() is None:
        return False
    stopped = (await tx.execute(text(_STOPPED_LANES), _named(scope))).scalars().all()
    await call_back(tx, stopped)
    return True


async def resume(tx: Tx, scope: Scope) -> bool:
    """Undo the pause of exactly *scope*; False if there was none."""
    statement = """
    DELETE FROM pause WHERE project IS NOT DISTINCT FROM CAST(:project AS text)
        AND agent IS NOT DISTINCT FROM CAST(:agent AS text)
        AND upstream_key IS NOT DISTINCT FROM CAST(:upstream_key AS text) RETURNING id
    """
    return (await tx.execute(text(statement), _named(scope))).first() is not None


async def is_known(tx: Tx, scope: Scope) -> bool:
    """Say whether a job of *scope* has ever been posted: a pause of none may be a name written wrongly."""
    statement = f"SELECT EXISTS (SELECT FROM lane WHERE {_WITHIN})"  # noqa: S608
    return bool((await tx.execute(text(statement), _named(scope))).scalar_one())


async def pauses(tx: Tx, project: str) -> list[Scope]:
    """Return every pause in force in *project*, those of the whole installation first."""
    return [scope for scope in await all_pauses(tx) if scope.project in {None, project}]


async def all_pauses(tx: Tx) -> list[Scope]:
    """Return every pause, those of the whole installation first, then project by project."""
    statement = "SELECT project, agent, upstream_key FROM pause ORDER BY project NULLS FIRST, id"
    return [Scope(**row) for row in (await tx.execute(text(statement))).mappings()]


def _named(scope: Scope) -> dict[str, str | None]:
    return {"project": scope.project, "agent": scope.agent, "upstream_key": scope.upstream_key}
