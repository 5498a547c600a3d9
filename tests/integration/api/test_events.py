"""Is a job's story told in order and without a gap, as pages and as a stream?"""

import asyncio
import json
from typing import Any

import pytest

from api.watch import TICK_SECONDS, Hub
from longwatch.domain.events import EventType, NewEvent
from longwatch.store import door
from longwatch.store.door import Change
from longwatch.store.engine import Engine
from longwatch.store.statements import text
from tests.support.api import Api, job_uuid
from tests.support.plans import statements
from tests.support.sse import Frame, frames
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

JSON = {"Accept": "application/json"}


async def tell(engine: Engine, job: dict[str, Any], number: int) -> None:
    """Let *number* more events happen to *job*."""
    for _ in range(number):
        async with engine.begin() as tx:
            event = NewEvent(EventType.PROGRESS, {"text": "正在阅读\nand \x85 more"})
            await door.change(tx, Change(job_id=job_uuid(job), event=event))


async def streamed(api: Api, job: dict[str, Any], **headers: str) -> list[Frame]:
    """Return the whole stream of an ended job."""
    response = await api.client.get(f"/v1/jobs/{job['id']}/events", headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    return frames(response.text)


async def test_pages_of_events_follow_each_other_without_gap(api: Api, engine: Engine) -> None:
    job = await api.post()
    await tell(engine, job, 9)
    seen: list[int] = []
    after = "0"
    while after is not None:
        response = await api.client.get(
            f"/v1/jobs/{job['id']}/events", params={"after": after, "limit": 4}, headers=JSON
        )
        seen += [event["sequence"] for event in response.json()["items"]]
        after = response.json()["next_cursor"]
    assert seen == list(range(1, 11))


async def test_an_event_names_its_job_type_and_instant(api: Api) -> None:
    job = await api.post()
    [event] = (await api.client.get(f"/v1/jobs/{job['id']}/events", headers=JSON)).json()["items"]
    assert event.pop("at").endswith("Z")
    assert event == {
        "job_id": job["id"],
        "sequence": 1,
        "type": "job.created",
        "interaction_id": job["interaction_id"],
        "data": {"status": "queued"},
    }


async def test_the_stream_of_an_ended_job_tells_all_and_ends(api: Api, engine: Engine) -> None:
    job = await api.post()
    await tell(engine, job, 250)
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    told = await streamed(api, job)
    assert [frame.id for frame in told[:-1]] == [str(number) for number in range(1, 254)]
    assert (told[0].event, told[-2].event) == ("job.created", "job.cancelled")
    assert json.loads(told[1].data)["data"]["text"] == "正在阅读\nand \x85 more"
    assert (told[-1].event, told[-1].id) == ("end", None)


async def test_a_reader_that_comes_back_goes_on_where_it_was(api: Api, engine: Engine) -> None:
    job = await api.post()
    await tell(engine, job, 3)
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    told = await streamed(api, job, **{"Last-Event-ID": "4"})
    assert [frame.id for frame in told] == ["5", "6", None]
    response = await api.client.get(f"/v1/jobs/{job['id']}/events", params={"after": 1}, headers={"Last-Event-ID": "5"})
    assert [frame.id for frame in frames(response.text)] == ["6", None]


async def test_what_no_event_can_follow_is_refused(api: Api) -> None:
    job = await api.post()
    path = f"/v1/jobs/{job['id']}/events"
    for query, headers, field in [
        ({"after": "-1"}, {}, "query.after"),
        ({"after": str(2**31)}, {}, "query.after"),
        ({}, {"Last-Event-ID": "seven"}, "header.Last-Event-ID"),
        ({}, {"Last-Event-ID": str(2**31)}, "header.Last-Event-ID"),
    ]:
        response = await api.client.get(path, params=query, headers=headers)
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, field)


async def test_a_page_after_everything_is_empty(api: Api) -> None:
    job = await api.post()
    response = await api.client.get(f"/v1/jobs/{job['id']}/events", params={"after": 1}, headers=JSON)
    assert response.json() == {"items": [], "next_cursor": None}


async def test_watchers_get_what_happens_while_they_watch_each_from_its_own_place(api: Api, engine: Engine) -> None:
    job, other, hub = await api.post(), await api.post(), api.context.hub
    with (
        hub.subscribe(job_uuid(job), after=0) as early,
        hub.subscribe(job_uuid(job), after=1) as late,
        hub.subscribe(job_uuid(other), after=1) as quiet,
    ):
        await tell(engine, job, 2)
        assert [event.sequence for event in await drained(early, 3)] == [1, 2, 3]
        assert [event.sequence for event in await drained(late, 2)] == [2, 3]
        assert await quiet.take(within=0.01) == []
        await api.client.post(f"/v1/jobs/{job['id']}/cancel")
        assert (await drained(late, 2))[-1].type == "job.cancelled"
        assert late.ended
        assert not quiet.ended


async def drained(subscription: Any, number: int) -> list[Any]:
    events: list[Any] = []
    while len(events) < number:
        events += await subscription.take(within=10)
    return events


async def test_all_watched_jobs_cost_one_query_in_each_half_second(api: Api, engine: Engine) -> None:
    jobs = [await api.post() for _ in range(30)]
    hub = Hub(engine)
    watching = [hub.subscribe(job_uuid(job), after=1) for job in jobs for _ in range(2)]
    subscriptions = [place.__enter__() for place in watching]
    with statements(engine) as sent:
        reader = asyncio.create_task(hub.run())
        await asyncio.gather(*(subscription.take(within=4.5 * TICK_SECONDS) for subscription in subscriptions))
        reader.cancel()
    queries = [statement for statement, _ in sent if "unnest" in statement]
    assert 2 <= len(queries) <= 6
    for place in watching:
        place.__exit__(None, None, None)
    assert hub.watched == 0


async def test_a_slow_reader_holds_one_page_and_holds_nobody_up(api: Api, engine: Engine) -> None:
    job, hub = await api.post(), api.context.hub
    with hub.subscribe(job_uuid(job), after=0) as slow, hub.subscribe(job_uuid(job), after=0) as quick:
        await tell(engine, job, 249)
        assert [event.sequence for event in await drained(quick, 250)] == list(range(1, 251))
        assert slow.place is None
        assert len(await slow.take(within=1)) <= 100
        assert slow.place is not None


async def test_watching_goes_on_after_the_database_was_away(api: Api, engine: Engine) -> None:
    job, hub = await api.post(), api.context.hub
    with hub.subscribe(job_uuid(job), after=1) as watching:
        async with engine.begin() as tx:
            await tx.execute(text("ALTER TABLE event RENAME TO away"))
        with statements(api.context.engine) as sent:
            await eventually_async(lambda: asked(sent))
        async with engine.begin() as tx:
            await tx.execute(text("ALTER TABLE away RENAME TO event"))
        await tell(engine, job, 1)
        assert [event.sequence for event in await drained(watching, 1)] == [2]


async def asked(sent: list[Any]) -> bool:
    return len(sent) >= 2
