"""Many unknown creates decided at once: those that a filter lets through."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.actions import BY_PERSON
from api.auth import GuardedRoute, Project
from api.context import Here
from api.errors_documented import guarded
from api.fields import Input, Instant, Name, Tags
from longwatch.domain import ids
from longwatch.domain.attention import AttentionCode
from longwatch.domain.errors import ConflictError, GoneError
from longwatch.domain.states import Status
from longwatch.store import reading, resolving
from longwatch.store.reading import Filters, Page, ReadJob
from longwatch.store.resolving import Decision

router = APIRouter(prefix="/v1/jobs", tags=["actions"], route_class=GuardedRoute)
_AT_ONCE = 200


class ResolutionFilter(Input):
    """Which of the jobs that are held on an unknown create; every field that is given must hold."""

    tags: Tags = Field([], description="all of these")
    agent: Name | None = None
    model: Name | None = None
    created_after: Instant | None = None
    created_before: Instant | None = None


class ManyResolution(Input):
    """What a person decided about many creates whose answers were lost."""

    model_config = ConfigDict(json_schema_extra={"example": {"as": "resubmit", "filter": {"tags": ["tpu"]}}})

    way: Literal["resubmit", "fail"] = Field(alias="as")
    filter: ResolutionFilter = Field(description="`{}` lets every held job through")


class ResolvedView(BaseModel):
    """A job that was decided, and its state after it."""

    id: str
    status: Status


class ManyResolvedView(BaseModel):
    """Up to 200 jobs that were decided; `more` says that others are left: send the request again."""

    items: list[ResolvedView]
    more: bool


@router.post("/resolve", summary="Decide many unknown creates", responses=guarded(400, 413, 422))
async def resolve_many(here: Here, project: Project, resolution: ManyResolution) -> ManyResolvedView:
    """Decide every job that is held on an unknown create and that the filter lets through."""
    page = Page(before=None, limit=_AT_ONCE + 1)
    async with here.engine.begin() as tx:
        held = await reading.listed(tx, project, _filters(resolution.filter), page, limits=here.settings.limits)
    items = [await _resolve(here, project, job, resolution) for job in held[:_AT_ONCE]]
    return ManyResolvedView(items=[item for item in items if item], more=len(held) > _AT_ONCE)


def _filters(wanted: ResolutionFilter) -> Filters:
    return Filters(
        statuses=(Status.SUBMITTING,),
        attention=AttentionCode.SUBMIT_UNKNOWN.value,
        tags=wanted.tags,
        agent=wanted.agent,
        model=wanted.model,
        created_after=wanted.created_after,
        created_before=wanted.created_before,
    )


async def _resolve(here: Here, project: str, job: ReadJob, resolution: ManyResolution) -> ResolvedView | None:
    """Decide one job in a transaction of its own; None if an answer, or somebody else, was quicker."""
    try:
        async with here.engine.begin() as tx:
            status = await resolving.resolve(tx, project, job.id, Decision(way=resolution.way, by=BY_PERSON))
    except (ConflictError, GoneError):
        return None
    return ResolvedView(id=ids.encode(ids.JOB, job.id), status=status)
