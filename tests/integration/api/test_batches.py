"""Are a thousand jobs as easy as one, each with an answer of its own?"""

import asyncio
import json
from typing import Any

import pytest

from longwatch.store.engine import Engine
from tests.support.api import REQUEST, Api, job_uuid
from tests.support.store import read

pytestmark = pytest.mark.anyio

ITEM = {"request": REQUEST}


async def batch(api: Api, *items: Any) -> list[dict[str, Any]]:
    response = await api.client.post(
        "/v1/jobs/batch", content=json.dumps({"items": items}), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 200, response.text
    answered: list[dict[str, Any]] = response.json()["items"]
    return answered


async def test_a_thousand_jobs_are_stored_in_their_order(api: Api, engine: Engine) -> None:
    answered = await batch(api, *({**ITEM, "metadata": {"number": number}} for number in range(1000)))
    assert {item["status"] for item in answered} == {202}
    assert [item["job"]["metadata"]["number"] for item in answered] == list(range(1000))
    [row] = await read(
        engine,
        "SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM job_request) AS requests, "
        "(SELECT count(*) FROM event) AS events, (SELECT count(*) FROM lane) AS lanes",
    )
    assert dict(row) == {"jobs": 1000, "requests": 1000, "events": 1000, "lanes": 1}


async def test_more_than_a_thousand_are_refused_as_a_whole(api: Api, engine: Engine) -> None:
    for items in ([ITEM] * 1001, []):
        response = await api.client.post("/v1/jobs/batch", json={"items": items})
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, "items")
    assert await read(engine, "SELECT FROM job") == []


async def test_an_item_that_cannot_be_accepted_leaves_the_others_alone(api: Api, engine: Engine) -> None:
    bad = [{"request": {}}, {**ITEM, "prioritty": 1}, {**ITEM, "tags": ["\ud800"]}, "text", None]
    answered = await batch(api, ITEM, *bad, ITEM)
    assert [item["status"] for item in answered] == [202, 422, 422, 422, 422, 422, 202]
    assert len(await read(engine, "SELECT FROM job")) == 2
    fields = [item["error"]["problems"][0]["field"] for item in answered[1:-1]]
    assert fields[0].startswith("items[1].request")
    assert fields[1:] == ["items[2].prioritty", "items[3].tags[0]", "items[4]", "items[5]"]
    assert "`priority`" in answered[2]["error"]["problems"][0]["remedy"]
    assert all(item["error"]["type"] == "/problems/invalid-request" for item in answered[1:-1])


async def test_items_carry_idempotency_keys_of_their_own(api: Api, engine: Engine) -> None:
    keyed = {**ITEM, "idempotency_key": "a"}
    [first] = await batch(api, keyed)
    answered = await batch(api, keyed, keyed, {**keyed, "priority": 9}, {**ITEM, "idempotency_key": "b"}, ITEM)
    assert [item["status"] for item in answered] == [202, 202, 409, 202, 202]
    assert answered[0]["job"]["id"] == answered[1]["job"]["id"] == first["job"]["id"]
    assert [item.get("replayed", False) for item in answered] == [True, True, False, False, False]
    assert len(await read(engine, "SELECT FROM job")) == 3


async def test_a_key_twice_in_one_batch_makes_one_job(api: Api, engine: Engine) -> None:
    keyed = {**ITEM, "idempotency_key": "twice"}
    answered = await batch(api, keyed, keyed)
    assert job_uuid(answered[0]["job"]) == job_uuid(answered[1]["job"])
    assert len(await read(engine, "SELECT FROM job_request")) == 1


async def test_batches_that_share_keys_in_opposite_order_both_succeed(api: Api, engine: Engine) -> None:
    items = [{**ITEM, "idempotency_key": f"key-{number}"} for number in range(50)]
    answers = await asyncio.gather(*(batch(api, *items[:: 1 if turn % 2 else -1]) for turn in range(8)))
    assert {item["status"] for answered in answers for item in answered} == {202}
    assert len(await read(engine, "SELECT FROM job")) == 50
