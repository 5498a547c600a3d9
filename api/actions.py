"""What can be done to a job? Cancelled, tried again, decided, deleted."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth import GuardedRoute, Project
from api.context import Here
from api.errors_documented import guarded
from api.fields import Input, Name, refusal
from api.job_view import JobView, shown
from api.paths import JobId
from longwatch.domain import ids
from longwatch.store import cancelling, deleting, reading, resolving, retrying
from longwatch.store.inserting import Replayed
from longwatch.store.resolving import Decision

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["actions"], route_class=GuardedRoute)
BY_PERSON = "person"


class Retry(Input):
    """How an ended job is tried again."""

    model_config = ConfigDict(json_schema_extra={"example": {"again": True}})

    again: bool = Field(False, description="make another retry even if there is one")  # noqa: FBT003


class Resolution(Input):
    """What a person decided about a create whose answer was lost."""

    model_config = ConfigDict(json_schema_extra={"example": {"as": "attach", "interaction_id": "v1_ChdQT0xM"}})

    way: Literal["resubmit", "fail", "attach"] = Field(
        alias="as",
        description="create it again, knowing that it may be paid twice; give it up; or take the run that was found",
    )
    interaction_id: Name | None = Field(None, description="the upstream's id, with `attach`")

    @model_validator(mode="after")
    def _attach_names_a_run(self) -> "Resolution":
        if (self.way == "attach") != (self.interaction_id is not None):
            raise refusal("value", "`attach`, and only it, takes an `interaction_id`.", "Give the upstream's id.")
        return self


class DeletedView(BaseModel):
    """A job that was deleted."""

    id: str
    deleted: Literal[True] = True


@router.post("/cancel", status_code=202, summary="Cancel a job", responses=guarded(404, 409, 410))
async def cancel(here: Here, project: Project, job_id: JobId) -> JobView:
    """Ask for the job to be cancelled, here and upstream; asking twice is the same as once."""
    async with here.engine.begin() as tx:
        await cancelling.request_cancel(tx, project, job_id)
        job = await reading.job(tx, project, job_id, limits=here.settings.limits)
    return shown(job)


@router.post(
    "/retry",
    status_code=202,
    summary="Try an ended job again",
    responses=guarded(400, 404, 409, 410, 413, 422),
)
async def retry(
    here: Here,
    project: Project,
    job_id: JobId,
    response: Response,
    wish: Annotated[Retry | None, Body()] = None,
) -> JobView:
    """Make a new job of an ended one; asked again, return that one, unless `again` is set."""
    async with here.engine.begin() as tx:
        placed = await retrying.retry(tx, project, job_id, again=wish is not None and wish.again)
        job = await reading.job(tx, project, placed.job_id, limits=here.settings.limits)
    view = shown(job)
    response.headers["Location"] = f"/v1/jobs/{view.id}"
    if isinstance(placed, Replayed):
        response.headers["Idempotent-Replayed"] = "true"
    return view


@router.post(
    "/resolve",
    summary="Decide an unknown create",
    responses=guarded(400, 404, 409, 410, 413, 422),
)
async def resolve(here: Here, project: Project, job_id: JobId, resolution: Resolution) -> JobView:
    """Say what became of a create whose answer was lost; only while the job is held on it."""
    decision = Decision(way=resolution.way, by=BY_PERSON, upstream_id=resolution.interaction_id)
    async with here.engine.begin() as tx:
        await resolving.resolve(tx, project, job_id, decision)
        job = await reading.job(tx, project, job_id, limits=here.settings.limits)
    return shown(job)


@router.delete("", status_code=202, summary="Delete a job", responses=guarded(404, 410))
async def delete(here: Here, project: Project, job_id: JobId) -> DeletedView:
    """Erase the job's request, result and metadata, here and upstream; one that runs is cancelled first."""
    async with here.engine.begin() as tx:
        await deleting.delete(tx, project, job_id)
    return DeletedView(id=ids.encode(ids.JOB, job_id))
