"""Is what was purged said to be gone, by every door, and never shown as empty?"""

from datetime import timedelta
from typing import Any

import pytest

from api.watch import Hub
from longwatch.domain import ids
from longwatch.store import history, purging
from longwatch.store.engine import Engine
from longwatch.store.history import Place
from tests.integration.api.test_events import tell
from tests.integration.store.test_purging import KEEP, LONGER, an_ended_job
from tests.support.api import KEY, Api, another_key
from tests.support.store import advance, job_row

pytestmark = pytest.mark.anyio

DOOR = {"x-goog-api-key": KEY}
WHERE = ["result", "result/raw", "report.md", "artifacts", "artifacts/0"]


@pytest.fixture
async def purged(engine: Engine) -> str:
    """A job whose results and events were purged."""
    job = await an_ended_job(engine, idempotency_key="nightly")
    await advance(engine, LONGER)
    async with engine.begin() as tx:
        assert await purging.results(tx, keep=KEEP) == 1
        assert await purging.events(tx, keep=KEEP) == 1
    return ids.encode(ids.JOB, job)


async def gone(api: Api, path: str, **headers: str) -> dict[str, Any]:
    response = await api.client.get(path, headers=headers)
    assert response.status_code == 410, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    return problem


@pytest.mark.parametrize("path", WHERE)
async def test_every_view_of_a_purged_result_is_gone_and_says_since_when(api: Api, purged: str, path: str) -> None:
    problem = await gone(api, f"/v1/jobs/{purged}/{path}")
    assert problem["type"] == "/problems/purged"
    assert "LONGWATCH_RETAIN_RESULTS" in problem["detail"]
    assert "Z. Post it as a new job." in problem["detail"]


async def test_the_job_itself_is_still_there(api: Api, purged: str) -> None:
    job = await api.read(f"/v1/jobs/{purged}")
    assert (job["status"], job["idempotency_key"]) == ("completed", "nightly")
    assert [item["id"] for item in (await api.read("/v1/jobs"))["items"]] == [purged]


async def test_it_cannot_be_retried_without_its_request(api: Api, purged: str) -> None:
    response = await api.client.post(f"/v1/jobs/{purged}/retry")
    assert (response.status_code, response.json()["type"]) == (410, "/problems/gone")


async def test_another_project_is_told_nothing(api: Api, purged: str) -> None:
    other = await another_key(api.context.engine, project="other", key="other-key")
    for path in (*WHERE, "events"):
        assert (await api.client.get(f"/v1/jobs/{purged}/{path}", headers=other)).status_code == 404


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_events_after_a_purged_sequence_are_gone(api: Api, purged: str, accept: str) -> None:
    for path in ("events", "events?after=1"):
        problem = await gone(api, f"/v1/jobs/{purged}/{path}", Accept=accept)
        assert problem["type"] == "/problems/purged"
    assert (await gone(api, f"/v1/jobs/{purged}/events", **{"Last-Event-ID": "1"}))["status"] == 410


async def test_events_after_the_last_one_are_none_and_the_stream_ends(api: Api, purged: str) -> None:
    last = (await api.read(f"/v1/jobs/{purged}"))["last_sequence"]
    page = await api.client.get(f"/v1/jobs/{purged}/events?after={last}", headers={"Accept": "application/json"})
    assert page.json() == {"items": [], "next_cursor": None}
    stream = await api.client.get(f"/v1/jobs/{purged}/events?after={last}")
    assert "event: end" in stream.text


async def test_a_reader_whose_events_are_purged_under_way_is_let_go_without_an_end(engine: Engine, purged: str) -> None:
    hub = Hub(engine)
    with hub.subscribe(ids.decode(ids.JOB, purged), after=1) as news:
        await hub._look()  # noqa: SLF001
        assert await news.take(within=1) == []
        assert (news.purged, news.ended, news.place) == (True, False, None)


async def test_events_that_are_kept_are_no_gap(api: Api, engine: Engine) -> None:
    job = await api.post()
    await tell(engine, job, 3)
    place = Place(ids.decode(ids.JOB, job["id"]), 1)
    async with engine.begin() as tx:
        [news] = await history.news(tx, [place], limit=10)
        await history.require(tx, place.job_id, after=1)
    assert ([event.sequence for event in news.events], news.purged) == ([2, 3, 4], False)


@pytest.fixture
async def name(engine: Engine, purged: str) -> str:
    """The purged job's interaction, as the Interactions door names it."""
    row = await job_row(engine, ids.decode(ids.JOB, purged))
    return ids.encode(ids.INTERACTION, row["interaction_id"])


@pytest.mark.parametrize("query", ["", "?stream=true", "?stream=true&last_event_id=lw_3_0", "?include_input=true"])
async def test_the_interactions_door_says_410_in_its_own_shape(api: Api, name: str, query: str) -> None:
    response = await api.client.get(f"/v1beta/interactions/{name}{query}", headers=DOOR)
    assert response.status_code == 410
    error = response.json()["error"]
    assert error["code"] == "not_found"
    assert "LONGWATCH_RETAIN_RESULTS" in error["message"]


async def test_a_purged_interaction_can_still_be_deleted(api: Api, purged: str, name: str) -> None:
    assert (await api.client.delete(f"/v1beta/interactions/{name}", headers=DOOR)).json() == {}
    response = await api.client.get(f"/v1/jobs/{purged}")
    assert (response.status_code, response.json()["type"]) == (410, "/problems/gone")


async def test_a_repeated_create_of_a_purged_job_makes_no_second_one_within_a_day(api: Api, engine: Engine) -> None:
    body = {"agent": "deep-research-preview-04-2026", "input": "The tides", "background": True}
    headers = {**DOOR, "Idempotency-Key": "tides"}
    created = await api.client.post("/v1beta/interactions", json=body, headers=headers)
    [job] = (await api.read("/v1/jobs"))["items"]
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    await advance(engine, LONGER)
    async with engine.begin() as tx:
        assert await purging.results(tx, keep=KEEP) == 1
    repeated = await api.client.post("/v1beta/interactions", json=body, headers=headers)
    assert (created.status_code, repeated.status_code) == (200, 410)
    await advance(engine, timedelta(hours=25))
    async with engine.begin() as tx:
        assert await purging.keys(tx) == 1
    assert (await api.client.post("/v1beta/interactions", json=body, headers=headers)).status_code == 200
    assert len((await api.read("/v1/jobs"))["items"]) == 2
