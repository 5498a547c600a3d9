"""Does the same key with the same body always lead to the same job, and to one only?"""

import asyncio
from typing import Any

import httpx
import pytest

from longwatch.store.engine import Engine
from tests.support.api import REQUEST, Api, another_key, api_over
from tests.support.store import read

pytestmark = pytest.mark.anyio

BODY = {"request": REQUEST, "tags": ["a", "b"], "run_at": "2026-12-01T12:00:00Z", "metadata": {"x": 1, "y": 2}}


async def post(api: Api, body: dict[str, Any], *, key: str = "order-17") -> httpx.Response:
    return await api.client.post("/v1/jobs", json=body, headers={"Idempotency-Key": key})


async def test_a_hundred_concurrent_identical_posts_make_one_job(api: Api, engine: Engine) -> None:
    answers = await asyncio.gather(*(post(api, BODY) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert len(await read(engine, "SELECT FROM job")) == 1
    assert len(await read(engine, "SELECT FROM event")) == 1


async def test_a_replay_says_so_and_shows_the_job_as_it_is_now(api: Api) -> None:
    first = await post(api, BODY)
    await api.client.post(f"/v1/jobs/{first.json()['id']}/cancel")
    second = await post(api, BODY)
    assert (second.status_code, second.headers["Idempotent-Replayed"]) == (202, "true")
    assert second.headers["Location"] == first.headers["Location"]
    assert second.json()["status"] == "cancelled"


async def test_the_same_meaning_written_otherwise_is_the_same_body(api: Api) -> None:
    first = await post(api, BODY)
    written = {
        "run_at": "2026-12-01T13:00:00+01:00",
        "metadata": {"y": 2, "x": 1},
        "tags": ["a", "b", "a"],
        "priority": 5,
        "webhook_url": None,
        "request": {"input": REQUEST["input"], "agent": REQUEST["agent"], "background": True},
    }
    assert (await post(api, written)).json()["id"] == first.json()["id"]


@pytest.mark.parametrize(
    "changed",
    [{"priority": 6}, {"tags": ["b"]}, {"metadata": {"x": "1"}}, {"request": {**REQUEST, "input": "other"}}],
    ids=["priority", "tags", "metadata", "request"],
)
async def test_another_body_under_the_same_key_is_a_conflict(api: Api, changed: dict[str, Any]) -> None:
    await post(api, BODY)
    response = await post(api, BODY | changed)
    assert (response.status_code, response.json()["type"]) == (409, "/problems/idempotency-conflict")
    assert response.json()["detail"].endswith("or use a new key.")


async def test_the_key_holds_over_a_restart_and_new_defaults(api: Api, database_url: str) -> None:
    first = await post(api, BODY)
    async with api_over(database_url, deadline="60", on_unknown_submit="fail") as restarted:
        assert (await post(restarted, BODY)).json()["id"] == first.json()["id"]


async def test_the_key_of_a_deleted_job_is_not_used_again(api: Api) -> None:
    first = await post(api, BODY)
    await api.client.delete(f"/v1/jobs/{first.json()['id']}")
    assert (await post(api, BODY)).status_code == 410


async def test_two_projects_may_use_the_same_key(api: Api, engine: Engine) -> None:
    first = await post(api, BODY)
    other = await another_key(engine, project="other", key="of-another-project")
    second = await api.client.post("/v1/jobs", json=BODY, headers={**other, "Idempotency-Key": "order-17"})
    assert second.status_code == 202
    assert second.json()["id"] != first.json()["id"]


async def test_without_a_key_every_post_is_a_job_of_its_own(api: Api) -> None:
    assert (await api.post())["id"] != (await api.post())["id"]
