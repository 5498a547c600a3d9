"""Does a create that is sent twice make one run? And does one that is meant twice make two?"""

import asyncio
from typing import Any

import httpx
import pytest

from tests.support.door import Doorway, doorway
from tests.support.live_simulator import LiveSimulator

pytestmark = pytest.mark.anyio

RETRIED = {"x-stainless-retry-count": "1"}


async def jobs(door: Doorway) -> int:
    return len(await door.home.rows("SELECT id FROM job"))


async def ids_of(door: Doorway, *headers: dict[str, str] | None, **fields: Any) -> list[str]:
    return [(await door.asked(headers=given, **fields)).json()["id"] for given in headers]


async def test_an_equal_create_within_seconds_is_the_same_one(door: Doorway) -> None:
    first = await door.asked()
    again = await door.asked()
    assert first.json()["id"] == again.json()["id"]
    assert "X-Longwatch-Deduplicated" not in first.headers
    assert again.headers["X-Longwatch-Deduplicated"] == "true"
    assert await jobs(door) == 1


async def test_later_it_is_meant_anew(door: Doorway) -> None:
    [first] = await ids_of(door, None)
    await door.home.pass_time(11)
    [second] = await ids_of(door, None)
    assert first != second


async def test_a_repetition_by_an_sdk_is_the_same_one_for_a_day(door: Doorway) -> None:
    [first] = await ids_of(door, None)
    await door.home.pass_time(23 * 3600)
    assert await ids_of(door, RETRIED) == [first]
    await door.home.pass_time(2 * 3600)
    assert await ids_of(door, RETRIED) != [first]


async def test_a_repetition_of_what_never_came_creates(door: Doorway) -> None:
    answer = await door.asked(headers=RETRIED)
    assert (answer.status_code, "X-Longwatch-Deduplicated" in answer.headers) == (200, False)


async def test_twenty_at_once_make_one(door: Doorway) -> None:
    answers = await asyncio.gather(*(door.asked() for _ in range(20)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await jobs(door) == 1


async def test_another_body_another_prompt_or_a_model_is_another_run(door: Doorway) -> None:
    await door.create("Tea")
    await door.create("Coffee")
    await door.create("Tea", agent_config={"type": "deep-research", "thinking_summaries": "auto"})
    body = {"model": "gemini-2.5-flash", "input": "Tea", "background": True}
    for _ in range(2):
        await door.client.post("/v1/interactions", json=body)
    assert await jobs(door) == 5


async def test_a_deleted_one_is_not_met_again(door: Doorway) -> None:
    [first] = await ids_of(door, None)
    await door.client.delete(f"/v1/interactions/{first}")
    assert await ids_of(door, None) != [first]


async def test_an_idempotency_key_says_what_is_the_same(door: Doorway) -> None:
    first, again = await ids_of(door, {"Idempotency-Key": "a"}, {"Idempotency-Key": "a"})
    [other] = await ids_of(door, {"Idempotency-Key": "b"})
    assert first == again != other
    conflict = await door.asked("Coffee", headers={"Idempotency-Key": "a"})
    assert (conflict.status_code, conflict.json()["error"]["code"]) == (400, "failed_precondition")


async def test_a_native_job_is_never_taken_for_one(door: Doorway) -> None:
    body = {"request": {"agent": "deep-research-preview-04-2026", "input": "The history of tea"}}
    await door.api.client.post("/v1/jobs", json=body)
    await door.create()
    assert await jobs(door) == 2


async def test_it_can_be_switched_off(database_url: str, upstream: LiveSimulator) -> None:
    async with doorway(database_url, upstream, dedupe_seconds=0) as door:
        assert len(set(await ids_of(door, None, None, RETRIED))) == 3


async def test_a_create_while_the_database_is_away_is_refused_in_words_an_sdk_repeats(upstream: LiveSimulator) -> None:
    from tests.support.api import api_over

    async with api_over("postgresql://longwatch@127.0.0.1:9/longwatch", upstream_url=upstream.url) as api:
        response: httpx.Response = await api.client.post("/v1/interactions", json={"background": True})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "service_unavailable")
    assert response.headers["Retry-After"]
