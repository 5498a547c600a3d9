"""Do media and structured values that a run brings become files and values, whatever they are like?"""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from longwatch.domain import ids
from tests.support.api import Api, another_key, api_over
from tests.support.house import House
from tests.support.scripted_upstream import house_told

pytestmark = pytest.mark.anyio

DRAW = {"model": "gemini-3-pro-image-preview", "input": "Draw the tides"}
BIG = bytes(range(256)) * 4096
MEDIA = [
    {"type": "text", "text": "The tides."},
    {"type": "image", "mime_type": "image/png", "data": base64.b64encode(BIG).decode()},
    {"type": "image", "mime_type": "image/svg+xml", "data": base64.b64encode(b"<svg/>").decode()},
    {"type": "audio", "mime_type": "audio/wav", "data": "%%%"},
    {"type": "video", "mime_type": "video/mp4", "uri": "gs://bucket/tides.mp4"},
]


def told(*content: dict[str, Any]) -> dict[str, Any]:
    steps = [{"type": "model_output", "content": list(content)}]
    return {"status": "completed", "steps": steps, "usage": {"total_tokens": 7}}


@asynccontextmanager
async def ended(database_url: str, request: dict[str, Any], *reads: Any) -> AsyncIterator[tuple[House, Api, str]]:
    """Yield a job that has ended as *reads* tell."""
    async with house_told(database_url, *reads) as (home, _), api_over(database_url) as api:
        job = (await api.post(request))["id"]
        await home.ended(ids.decode(ids.JOB, job), step=5)
        yield home, api, job


async def test_each_piece_of_media_is_listed_with_what_is_known_of_it(database_url: str) -> None:
    async with ended(database_url, DRAW, told(*MEDIA)) as (_, api, job):
        items = (await api.read(f"/v1/jobs/{job}/artifacts"))["items"]
        assert [item["url"] for item in items] == [f"/v1/jobs/{job}/artifacts/{n}" for n in (0, 1)] + [None, None]
        assert [item["size"] for item in items] == [len(BIG), 6, None, None]
        assert (items[2]["error"], items[3]["uri"]) == ("its data is not base64", "gs://bucket/tides.mp4")
        result = await api.read(f"/v1/jobs/{job}/result")
        assert (result["artifacts"], result["text"], result["status"]) == (items, "The tides.", "completed")


async def test_a_picture_is_served_with_its_type_to_be_shown(database_url: str) -> None:
    async with ended(database_url, DRAW, told(*MEDIA)) as (_, api, job):
        response = await api.client.get(f"/v1/jobs/{job}/artifacts/0")
        assert (response.status_code, response.content) == (200, BIG)
        assert response.headers["content-type"] == "image/png"
        assert response.headers["content-disposition"] == f'inline; filename="{job}-0.png"'
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_what_a_browser_could_run_is_only_saved(database_url: str) -> None:
    async with ended(database_url, DRAW, told(*MEDIA)) as (_, api, job):
        response = await api.client.get(f"/v1/jobs/{job}/artifacts/1")
        assert response.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in response.headers["content-security-policy"]


@pytest.mark.parametrize("index", [2, 3, 4])
async def test_media_without_bytes_here_are_not_there(database_url: str, index: int) -> None:
    async with ended(database_url, DRAW, told(*MEDIA)) as (_, api, job):
        assert (await api.client.get(f"/v1/jobs/{job}/artifacts/{index}")).status_code == 404


async def test_another_project_sees_none_of_it(database_url: str) -> None:
    async with ended(database_url, DRAW, told(*MEDIA)) as (_, api, job):
        other = await another_key(api.context.engine, project="other", key="of-another-project")
        for path in ("artifacts", "artifacts/0"):
            assert (await api.client.get(f"/v1/jobs/{job}/{path}", headers=other)).status_code == 404


async def test_deleting_the_job_erases_its_files(database_url: str) -> None:
    async with ended(database_url, DRAW, told(*MEDIA)) as (home, api, job):
        assert len(await home.rows("SELECT FROM artifact")) == 2
        await api.client.delete(f"/v1/jobs/{job}")
        assert await home.rows("SELECT FROM artifact") == []
        assert (await api.client.get(f"/v1/jobs/{job}/artifacts/0")).status_code == 410


async def test_a_file_is_never_kept_for_a_job_that_is_being_deleted(database_url: str) -> None:
    async with house_told(database_url, {"status": "in_progress"}, told(*MEDIA)) as (home, _):
        job = await home.job()
        await home.running(job)
        await home.delete(job)
        await home.ended(job, step=5)
        await home.later(60)
        assert await home.rows("SELECT FROM artifact") == []


SCHEMA = {"type": "object", "properties": {"degrees": {"type": "integer"}}, "required": ["degrees"]}
FORMAT = {"type": "text", "mime_type": "application/json", "schema": SCHEMA}
ASK = {"model": "gemini-3-flash-preview", "input": "How warm is it?", "response_format": FORMAT}


@pytest.mark.parametrize(
    ("said", "parsed", "reason"),
    [
        ('{"degrees": 7}', {"degrees": 7}, None),
        (
            '{"degrees": "seven"}',
            None,
            "the JSON does not fit the schema at $.degrees: 'seven' is not of type 'integer'",
        ),
        ("It is warm.", None, "the text is not JSON"),
    ],
)
async def test_a_structured_answer_is_checked_against_its_schema(
    database_url: str, said: str, parsed: Any, reason: str | None
) -> None:
    async with ended(database_url, ASK, told({"type": "text", "text": said})) as (_, api, job):
        result = await api.read(f"/v1/jobs/{job}/result")
        assert (result["status"], result["text"]) == ("completed", said)
        assert (result["parsed"], result["parse_error"]) == (parsed, reason)
