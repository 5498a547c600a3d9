"""The media of a result: what there is, and each as a file with its own type."""

import mimetypes
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api.auth import GuardedRoute, Project
from api.context import Here
from api.errors_documented import Responses, guarded
from api.paths import JobId
from longwatch.domain import ids
from longwatch.store import artifacts, outputs
from longwatch.store.artifacts import StoredFile

router = APIRouter(prefix="/v1/jobs/{job_id}/artifacts", tags=["results"], route_class=GuardedRoute)
# What a browser may show in its place; SVG and HTML could run in the name of this host.
_SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_FILE: Responses = {200: {"description": "The file, under its own type.", "content": {"application/octet-stream": {}}}}

Index = Annotated[int, Path(ge=0, le=100_000, description="which one, from 0", examples=[0])]


class ArtifactView(BaseModel):
    """One image, sound, video or document of a result."""

    index: int
    type: str
    mime_type: str | None
    size: int | None = Field(None, description="bytes, if it was sent inline")
    sha256: str | None = None
    url: str | None = Field(None, description="where its bytes are, on this API")
    uri: str | None = Field(None, description="where the upstream keeps it, if it does")
    error: str | None = Field(None, description="why its bytes could not be read; see /result/raw")


class ArtifactList(BaseModel):
    """The media of a result, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [
                    {
                        "index": 0,
                        "type": "image",
                        "mime_type": "image/png",
                        "size": 48120,
                        "url": "/v1/jobs/job_01jd3x9v7s8q5w2e4r6t8y0a1b/artifacts/0",
                    },
                ],
            },
        },
    )

    items: list[ArtifactView]


def artifact_views(job: str, found: outputs.Output) -> list[ArtifactView]:
    """Return the media of *found*, the result of *job*, as a client sees them."""
    return [_view(job, artifact) for artifact in found.artifacts or ()]


def _view(job: str, artifact: Mapping[str, Any]) -> ArtifactView:
    url = f"/v1/jobs/{job}/artifacts/{artifact['index']}" if artifact.get("sha256") else None
    return ArtifactView.model_validate({**artifact, "url": url})


@router.get("", summary="List the media of a result", responses=guarded(404, 409, 410))
async def list_artifacts(here: Here, project: Project, job_id: JobId) -> ArtifactList:
    """Return what media an ended job brought."""
    async with here.engine.begin() as tx:
        found = await outputs.output(tx, project, job_id)
    return ArtifactList(items=artifact_views(ids.encode(ids.JOB, job_id), found))


@router.get(
    "/{index}",
    response_class=Response,
    summary="Read one of them",
    responses={**_FILE, **guarded(404, 409, 410, 422)},
)
async def get_artifact(here: Here, project: Project, job_id: JobId, index: Index) -> Response:
    """Return the bytes of one image, sound, video or document."""
    async with here.engine.begin() as tx:
        file = await artifacts.read(tx, project, job_id, index)
    return _served(file, name=f"{ids.encode(ids.JOB, job_id)}-{index}")


def _served(file: StoredFile, *, name: str) -> Response:
    kind = file.mime_type.partition(";")[0].strip().lower()
    place = "inline" if kind in _SHOWN else "attachment"
    response = Response(file.data)
    response.headers["Content-Type"] = file.mime_type
    response.headers["Content-Disposition"] = f'{place}; filename="{name}{mimetypes.guess_extension(kind) or ""}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["ETag"] = f'"{file.sha256.hex()}"'
    return response
