"""Is a job refused that would outlive a file of its input, before anything is stored?"""

from datetime import UTC, timedelta
from typing import Any

import httpx
import pytest

from longwatch.domain import ids
from longwatch.store import files
from longwatch.store.files import Upload
from tests.support.api import REQUEST, Api
from tests.support.store import now

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


async def uploaded(api: Api, name: str, *, lives: float, project: str = "default") -> None:
    upload = Upload(id=ids.new(), project=project, upstream_key="default", upload_url="https://upstream.example/x")
    expires = (await now(api.context.engine)).astimezone(UTC) + timedelta(seconds=lives)
    document = {"name": name, "expirationTime": expires.isoformat()}
    async with api.context.engine.begin() as tx:
        await files.begin(tx, upload)
        await files.describe(tx, upload.id, name=name, document=document)


async def posted(api: Api, name: str, **fields: Any) -> httpx.Response:
    uri = f"https://generativelanguage.googleapis.com/v1beta/{name}"
    given = [{"type": "text", "text": "Read it"}, {"type": "document", "uri": uri}]
    return await api.client.post("/v1/jobs", json={"request": {**REQUEST, "input": given}, **fields})


def codes(response: httpx.Response) -> list[str]:
    return [problem["code"] for problem in response.json().get("problems", [])]


async def test_a_file_that_lives_long_enough_is_fine(api: Api) -> None:
    await uploaded(api, "files/fresh", lives=2 * DAY)
    assert (await posted(api, "files/fresh")).status_code == 202


@pytest.mark.parametrize("lives", [-60, 60])
async def test_a_job_that_would_outlive_its_file_is_refused(api: Api, lives: float) -> None:
    await uploaded(api, "files/old", lives=lives)
    refused = await posted(api, "files/old")
    assert (refused.status_code, codes(refused)) == (422, ["file_expires"])
    assert (await api.read("/v1/jobs"))["items"] == []


async def test_a_job_that_starts_after_its_file_is_gone_is_refused(api: Api) -> None:
    await uploaded(api, "files/fresh", lives=2 * DAY)
    start = (await now(api.context.engine) + timedelta(days=3)).astimezone(UTC).isoformat()
    assert codes(await posted(api, "files/fresh", run_at=start)) == ["file_expires"]


async def test_a_shorter_deadline_makes_it_fit(api: Api) -> None:
    await uploaded(api, "files/short", lives=3600)
    assert codes(await posted(api, "files/short")) == ["file_expires"]
    assert (await posted(api, "files/short", deadline_seconds=1800)).status_code == 202


async def test_another_projects_file_is_refused(api: Api) -> None:
    await uploaded(api, "files/theirs", lives=2 * DAY, project="other")
    assert codes(await posted(api, "files/theirs")) == ["unknown_file"]


async def test_a_file_that_was_not_uploaded_here_is_left_to_the_upstream(api: Api) -> None:
    assert (await posted(api, "files/elsewhere")).status_code == 202


async def test_a_dry_run_and_a_batch_say_it_too(api: Api) -> None:
    await uploaded(api, "files/old", lives=60)
    request = {**REQUEST, "input": {"type": "document", "uri": "files/old"}}
    tried = await api.client.post("/v1/jobs", json={"request": request}, params={"dry_run": "true"})
    assert codes(tried) == ["file_expires"]
    items = {"items": [{"request": request}, {"request": REQUEST}]}
    batch = (await api.client.post("/v1/jobs/batch", json=items)).json()["items"]
    assert [item["status"] for item in batch] == [422, 202]
