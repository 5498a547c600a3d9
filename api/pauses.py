"""Stopping and starting what is created: all of a project, one agent or model, one upstream key."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.auth import GuardedRoute, Project
from api.context import Here
from api.errors_documented import guarded
from api.fields import Input, Name
from longwatch.store import lanes
from longwatch.store.engine import Tx
from longwatch.store.lanes import Scope

router = APIRouter(prefix="/v1", tags=["lanes"], route_class=GuardedRoute)


class Stop(Input):
    """What is paused or resumed; without a field, the whole project."""

    model_config = ConfigDict(json_schema_extra={"example": {"agent": "deep-research-preview-04-2026"}})

    agent: Name | None = None
    upstream_key: Name | None = None


class StopView(BaseModel):
    """One pause in force."""

    agent: str | None
    upstream_key: str | None


class StopsView(BaseModel):
    """Whether the request changed anything, and every pause in force after it."""

    changed: bool
    paused: list[StopView]


@router.post("/pause", summary="Stop creating", responses=guarded(400, 413, 422))
async def pause(here: Here, project: Project, stop: Stop) -> StopsView:
    """Create nothing more upstream within the scope until it is resumed; what runs goes on."""
    async with here.engine.begin() as tx:
        changed = await lanes.pause(tx, _scope(project, stop))
        return await _stops(tx, project, changed=changed)


@router.post("/resume", summary="Create again", responses=guarded(400, 413, 422))
async def resume(here: Here, project: Project, stop: Stop) -> StopsView:
    """Undo the pause of exactly this scope."""
    async with here.engine.begin() as tx:
        changed = await lanes.resume(tx, _scope(project, stop))
        return await _stops(tx, project, changed=changed)


def _scope(project: str, stop: Stop) -> Scope:
    return Scope(project=project, agent=stop.agent, upstream_key=stop.upstream_key)


async def _stops(tx: Tx, project: str, *, changed: bool) -> StopsView:
    paused = [StopView(agent=scope.agent, upstream_key=scope.upstream_key) for scope in await lanes.pauses(tx, project)]
    return StopsView(changed=changed, paused=paused)
