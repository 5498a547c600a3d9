"""What a job brought: the derived result, the upstream's own bytes, and a report for people."""

import uuid
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.artifacts import ArtifactView, artifact_views
from api.auth import Admin, GuardedRoute, Project
from api.context import Context, Here
from api.errors_documented import Responses, guarded
from api.job_view import Utc
from api.paths import JobId
from api.report import report
from api.vaulted import mask_over, read_kept
from longwatch.domain import ids
from longwatch.domain.errors import NotFoundError
from longwatch.domain.states import Status
from longwatch.store import outputs
from longwatch.store.outputs import Output

MASKED = "X-Longwatch-Masked"
router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["results"], route_class=GuardedRoute)
_ANY_BYTES: Responses = {200: {"description": "The bytes.", "content": {"application/octet-stream": {}}}}
_MARKDOWN: Responses = {
    200: {"description": "The report.", "content": {"text/markdown": {"schema": {"type": "string"}}}},
}


class ResultView(BaseModel):
    """What was derived from the upstream's bytes; `text` is null if there was none."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "job_id": "job_01jd3x9v7s8q5w2e4r6t8y0a1b",
                "status": "completed",
                "text": "# TPUs\n…",
                "citations": [{"type": "url_citation", "url": "https://example.com", "title": "Example"}],
                "usage": {"total_tokens": 48120},
            },
        },
    )

    job_id: str
    status: Status
    interaction_id: str | None
    text: str | None
    citations: list[Any]
    artifacts: list[ArtifactView] = Field(description="media: what each piece is, and where its bytes are")
    parsed: Any = Field(description="the text as JSON, if JSON was asked for and it fits the schema")
    parse_error: str | None = Field(description="why there is no `parsed` though JSON was asked for")
    derive_error: str | None = Field(description="why nothing could be derived; the raw bytes are kept")
    usage: dict[str, Any] | None
    revision: str | None = Field(description="the shape of the upstream's answer: `steps` or `legacy`")
    received_at: Utc | None


@router.get("/result", summary="Read the result", responses=guarded(404, 409, 410))
async def get_result(here: Here, project: Project, job_id: JobId) -> ResultView:
    """Return what an ended job brought."""
    found = await _output(here, project, job_id)
    fields = {name: getattr(found, name) for name in ResultView.model_fields}
    return ResultView.model_validate(fields | _outward(found))


def _outward(found: Output) -> dict[str, Any]:
    job = ids.encode(ids.JOB, found.job_id)
    return {
        "job_id": job,
        "interaction_id": found.interaction_id and ids.encode(ids.INTERACTION, found.interaction_id),
        "citations": found.citations or [],
        "artifacts": artifact_views(job, found),
    }


@router.get(
    "/result/raw",
    response_class=Response,
    summary="Read the upstream's bytes",
    responses={**_ANY_BYTES, **guarded(404, 409, 410)},
)
async def get_raw(here: Here, project: Project, admin: Admin, job_id: JobId) -> Response:
    """Return what the upstream sent, as received; to a key that is no admin's without the secrets of the request."""
    async with here.engine.begin() as tx:
        found = await outputs.raw(tx, project, job_id)
    content = read_kept(here.vault, found.content)
    shown = content if admin else mask_over(here.vault, found.secrets).raw(content)
    name = f"{ids.encode(ids.JOB, job_id)}.json"
    response = _download(shown, media_type=found.content_type or "application/octet-stream", name=name)
    if shown != content:
        response.headers[MASKED] = "true"
    return response


@router.get(
    "/report.md",
    response_class=Response,
    summary="Read the report as Markdown",
    responses={**_MARKDOWN, **guarded(404, 409, 410)},
)
async def get_report(here: Here, project: Project, job_id: JobId) -> Response:
    """Return the text, with its sources listed below unless it lists them itself."""
    found = await _output(here, project, job_id)
    if found.text is None:
        raise NotFoundError("The job ended without text. Its `error` and GET …/result/raw say what there is.")
    markdown = report(found.text, _sources(found.citations))
    return Response(markdown, media_type="text/markdown; charset=utf-8")


def _sources(citations: Sequence[Any] | None) -> list[dict[str, Any]]:
    return [citation for citation in citations or () if isinstance(citation, dict)]


async def _output(here: Context, project: str, job_id: uuid.UUID) -> Output:
    async with here.engine.begin() as tx:
        return await outputs.output(tx, project, job_id)


def _download(content: bytes, *, media_type: str, name: str) -> Response:
    # The upstream's bytes are not ours to show: a browser must neither run nor guess them.
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    response = Response(content, headers=headers)
    response.headers["Content-Type"] = media_type
    return response
