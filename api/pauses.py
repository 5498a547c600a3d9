"""Stopping and starting what is created: all of a project or of the installation, one agent or model, one key."""

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Admin, GuardedRoute, Project
from api.context import Here
from api.errors_documented import guarded
from api.fields import Input, Name
from longwatch.domain.errors import ForbiddenError
from longwatch.store import pausing
from longwatch.store.engine import Tx
from longwatch.store.pausing import Scope

router = APIRouter(prefix="/v1", tags=["lanes"], route_class=GuardedRoute)
_LOG = structlog.get_logger()


class Stop(Input):
    """What is paused or resumed; without a field, the whole project."""

    model_config = ConfigDict(json_schema_extra={"example": {"agent": "deep-research-preview-04-2026"}})

    agent: Name | None = None
    upstream_key: Name | None = None
    installation: bool = Field(default=False, description="in every project, not only the key's own: for admin keys")


class StopView(BaseModel):
    """One pause in force."""

    agent: str | None
    upstream_key: str | None
    installation: bool = Field(description="it holds in every project")


class StopsView(BaseModel):
    """Whether the request changed anything, and every pause that is in force in the project after it."""

    changed: bool
    paused: list[StopView]


@router.post("/pause", summary="Stop creating", responses=guarded(400, 403, 413, 422))
async def pause(here: Here, project: Project, admin: Admin, stop: Stop) -> StopsView:
    """Create nothing more upstream within the scope until it is resumed; what runs goes on."""
    scope = _scope(project, stop, admin=admin)
    async with here.engine.begin() as tx:
        changed = await pausing.pause(tx, scope)
        stops = await _stops(tx, project, changed=changed)
    _tell("creating is paused", scope, by=project, changed=changed)
    return stops


@router.post("/resume", summary="Create again", responses=guarded(400, 403, 413, 422))
async def resume(here: Here, project: Project, admin: Admin, stop: Stop) -> StopsView:
    """Undo the pause of exactly this scope; others stay."""
    scope = _scope(project, stop, admin=admin)
    async with here.engine.begin() as tx:
        changed = await pausing.resume(tx, scope)
        stops = await _stops(tx, project, changed=changed)
    _tell("creating is resumed", scope, by=project, changed=changed)
    return stops


def _scope(project: str, stop: Stop, *, admin: bool) -> Scope:
    if stop.installation and not admin:
        remedy = "Use LONGWATCH_API_KEY, or a key that `longwatch keys create --admin` has made."
        raise ForbiddenError(f"Only an admin key may pause or resume the whole installation. {remedy}")
    return Scope(project=None if stop.installation else project, agent=stop.agent, upstream_key=stop.upstream_key)


def _tell(event: str, scope: Scope, *, by: str, changed: bool) -> None:
    if changed:
        reach = scope.project or "the whole installation"
        _LOG.warning(event, reach=reach, agent=scope.agent, upstream_key=scope.upstream_key, by=by)


async def _stops(tx: Tx, project: str, *, changed: bool) -> StopsView:
    return StopsView(changed=changed, paused=[_shown(scope) for scope in await pausing.pauses(tx, project)])


def _shown(scope: Scope) -> StopView:
    return StopView(agent=scope.agent, upstream_key=scope.upstream_key, installation=scope.project is None)
