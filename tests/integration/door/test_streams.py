"""Is a background interaction's stream whole, whenever it is read, from wherever, in either revision?"""

import asyncio
from typing import Any

import pytest

from longwatch.store.statements import text
from tests.support.api import PROMPT
from tests.support.door import LEGACY, Doorway, followed, taken, types, working
from tests.support.live_simulator import RESEARCHER
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

Event = dict[str, Any]


def said(events: list[Event]) -> str:
    """Return the text that the events tell."""
    deltas = [event["delta"] for event in events if event["event_type"] in {"step.delta", "content.delta"}]
    return "".join(delta["text"] for delta in deltas if delta["type"] == "text")


def written(document: Event) -> str:
    """Return the text that the document holds."""
    steps = [step for step in document["steps"] if step["type"] == "model_output"]
    return "".join(item["text"] for step in steps for item in step["content"] if item["type"] == "text")


async def streamed(door: Doorway, headers: dict[str, str] | None = None) -> list[Event]:
    """Create with `stream` and return all that comes."""
    body = {"agent": RESEARCHER, "input": PROMPT, "background": True, "stream": True}
    async with door.client.stream("POST", "/v1beta/interactions", json=body, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        return await taken(response)


async def test_it_is_streamed_as_the_upstream_tells_it_and_read_the_same(door: Doorway, database_url: str) -> None:
    async with working(door), followed(door, database_url):
        events = await streamed(door)
    assert types(events)[:3] == ["interaction.created", "interaction.status_update", "step.start"]
    assert types(events)[-2:] == ["interaction.completed", "done"]
    interaction_id = events[0]["interaction"]["id"]
    assert interaction_id.startswith("int_")
    assert all(event.get("event_id") for event in events[:-1])
    assert events[-2]["interaction"]["status"] == "completed"
    assert "steps" not in events[-2]["interaction"]
    assert said(events) == written(await door.read(interaction_id))
    assert await door.stream(interaction_id) == events


async def test_a_legacy_client_gets_its_own_events_and_the_same_text(door: Doorway, database_url: str) -> None:
    async with working(door), followed(door, database_url):
        events = await streamed(door, headers=LEGACY)
    assert types(events)[:3] == ["interaction.start", "interaction.status_update", "content.start"]
    assert types(events)[-2:] == ["interaction.complete", "done"]
    document = await door.read(events[0]["interaction"]["id"])
    assert said(events) == written(document)
    opened = [event["index"] for event in events if event["event_type"] == "content.start"]
    assert opened == list(range(len(opened)))
    assert events[-2]["interaction"]["usage"]["total_thought_tokens"] > 0


@pytest.mark.parametrize("headers", [{}, LEGACY], ids=["steps", "legacy"])
async def test_it_goes_on_after_any_event(door: Doorway, database_url: str, headers: dict[str, str]) -> None:
    async with working(door), followed(door, database_url):
        events = await streamed(door, headers=headers)
    interaction_id = events[0]["interaction"]["id"]
    for place in range(0, len(events) - 1, max(1, len(events) // 7)):
        rest = await door.stream(interaction_id, events[place]["event_id"], headers)
        assert rest == events[place + 1 :]


async def test_a_reader_that_left_takes_it_up_again_while_it_runs(door: Doorway, database_url: str) -> None:
    door.home.upstream.life(run_seconds=600)
    created = await door.create(stream=False)
    async with working(door), followed(door, database_url):
        first = await door.stream(created["id"], most=4)
        rest = await door.stream(created["id"], first[-1]["event_id"])
    assert [*first, *rest] == await door.stream(created["id"])
    assert said([*first, *rest]) == written(await door.read(created["id"]))


async def test_without_a_follower_it_is_told_from_what_was_stored(door: Doorway) -> None:
    async with working(door):
        events = await streamed(door)
    document = await door.read(events[0]["interaction"]["id"])
    assert said(events) == written(document)
    assert types(events)[-2:] == ["interaction.completed", "done"]
    assert await door.stream(document["id"]) == events


async def test_streams_that_break_upstream_are_read_on_without_a_gap(door: Doorway, database_url: str) -> None:
    door.home.upstream.script(
        {"match": {"nth": 1}, "op": "stream", "fault": {"kind": "cut", "after_events": 4, "ending": "abort"}},
        {"match": {"nth": 2}, "op": "stream", "fault": {"kind": "cut", "after_events": 7, "ending": "array"}},
    )
    async with working(door), followed(door, database_url):
        events = await streamed(door)
    assert said(events) == written(await door.read(events[0]["interaction"]["id"]))
    [kept] = await door.home.rows("SELECT count(*) AS kept, count(DISTINCT event_id) AS known FROM stream_event")
    assert kept["kept"] == kept["known"] > 7


async def test_two_followers_read_each_stream_once(door: Doorway, database_url: str) -> None:
    async with working(door), followed(door, database_url), followed(door, database_url):
        told = await asyncio.gather(*(streamed(door, {"Idempotency-Key": f"k{number}"}) for number in range(3)))
    for events in told:
        assert said(events) == written(await door.read(events[0]["interaction"]["id"]))
    [kept] = await door.home.rows(
        "SELECT count(*) AS kept, count(DISTINCT (interaction_id, event_id)) AS known FROM stream_event"
    )
    assert kept["kept"] == kept["known"]


async def test_a_native_job_may_be_streamed_too(door: Doorway, database_url: str) -> None:
    body = {"request": {"agent": RESEARCHER, "input": PROMPT}, "watch": "stream"}
    posted = (await door.api.client.post("/v1/jobs", json=body)).json()
    async with working(door), followed(door, database_url):
        events = await door.stream(posted["interaction_id"])
    assert said(events) == written(await door.read(posted["interaction_id"]))
    assert (await door.api.client.get(f"/v1/jobs/{posted['id']}")).json()["status"] == "completed"


async def test_a_cancelled_run_ends_its_stream(door: Doorway, database_url: str) -> None:
    door.home.upstream.life(run_seconds=1_000_000)
    created = await door.create()
    async with working(door), followed(door, database_url):
        reading = asyncio.create_task(door.stream(created["id"]))
        await eventually_async(lambda: _accepted(door), within=20)
        await door.client.post(f"/v1/interactions/{created['id']}/cancel")
        events = await reading
    assert events[-2]["interaction"]["status"] == "cancelled"
    assert events[-3]["status"] == "cancelled"


async def _accepted(door: Doorway) -> bool:
    return bool(door.home.upstream.entries("create"))


async def test_a_run_that_never_began_ends_its_stream(door: Doorway) -> None:
    door.home.upstream.fault("create", "status", status=400, message="No such agent.")
    async with working(door):
        events = await streamed(door)
    assert events[-2]["interaction"]["errors"][0]["message"] == "No such agent."


async def test_an_event_that_is_none_of_ours_is_refused(door: Doorway) -> None:
    created = await door.create()
    response = await door.client.get(f"/v1/interactions/{created['id']}?stream=true&last_event_id=v1_MF9")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")


async def test_deleted_while_it_is_read_the_stream_says_so(door: Doorway, database_url: str) -> None:
    door.home.upstream.life(run_seconds=1_000_000)
    created = await door.create()
    async with working(door), followed(door, database_url):
        reading = asyncio.create_task(door.stream(created["id"]))
        await eventually_async(lambda: _kept(door), within=30)
        await door.client.delete(f"/v1/interactions/{created['id']}")
        events = await reading
    assert (events[-1]["event_type"], events[-1]["error"]["code"]) == ("error", "not_found")
    assert not await _kept(door)


async def _kept(door: Doorway) -> bool:
    async with door.home.runtime.engine.connect() as connection:
        return bool((await connection.execute(text("SELECT count(*) FROM stream_event"))).scalar_one())
