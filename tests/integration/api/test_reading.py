"""Does a job show all that was promised: where it stands, why it waits, what a person should do?"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain import ids
from longwatch.store import lanes
from longwatch.store.engine import Engine
from tests.support.api import REQUEST, Api, another_key, api_over, job_uuid
from tests.support.store import a_running_interaction, admit_job, an_intent, execute, job_row, lose
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

JSON = {"Accept": "application/json"}
PROMISED = {
    "id", "status", "upstream_status", "attention", "interaction_id", "upstream_interaction_id", "creates", "attempt",
    "queue_reason", "created_at", "started_at", "finished_at", "deadline_at", "cancel_requested_at", "retry_of",
    "error", "usage", "late_result", "metadata", "tags",
}  # fmt: skip


async def test_a_job_shows_every_promised_field(api: Api) -> None:
    assert (await api.post()).keys() >= PROMISED


async def test_a_running_job_shows_both_ids_and_its_deadline(api: Api, engine: Engine) -> None:
    running = await a_running_interaction(engine, upstream_id="v1_up")
    job = await api.read(f"/v1/jobs/{ids.encode(ids.JOB, running.job_id)}")
    assert (job["status"], job["upstream_status"], job["creates"]) == ("in_progress", "in_progress", 1)
    assert job["interaction_id"] == ids.encode(ids.INTERACTION, running.interaction_id)
    assert job["upstream_interaction_id"] == "v1_up"
    assert job["deadline_at"].endswith("Z")
    assert job["queue_reason"] is None


async def test_a_job_shows_its_interactions_id_from_the_start_and_is_read_by_it(api: Api, engine: Engine) -> None:
    posted = await api.post()
    assert (posted["status"], posted["upstream_interaction_id"]) == ("queued", None)
    submitted = await an_intent(engine, job_id=job_uuid(posted))
    assert ids.encode(ids.INTERACTION, submitted.interaction_id) == posted["interaction_id"]
    read = await api.read(f"/v1/jobs/{posted['interaction_id']}")
    assert (read["id"], read["interaction_id"]) == (posted["id"], posted["interaction_id"])
    assert (await api.client.get(f"/v1/jobs/{posted['interaction_id']}/events", headers=JSON)).status_code == 200


async def test_an_interaction_that_nobody_has_is_not_there(api: Api, engine: Engine) -> None:
    other = await another_key(engine, project="other", key="of-another-project")
    posted = await api.post()
    for name, headers in [(posted["interaction_id"], other), ("int_" + "0" * 26, None), ("int_short", None)]:
        assert (await api.client.get(f"/v1/jobs/{name}", headers=headers)).status_code == 404, name


async def test_a_job_of_another_project_is_not_there(api: Api, engine: Engine) -> None:
    job = await api.post()
    other = await another_key(engine, project="other", key="of-another-project")
    for method, path in [
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/result"), ("GET", "/result/raw"), ("GET", "/report.md"),
        ("POST", "/cancel"), ("POST", "/retry"), ("GET", "/events"), ("GET", "/deliveries"),
    ]:  # fmt: skip
        body: dict[str, str] | None = {} if method == "PATCH" else None
        response = await api.client.request(method, f"/v1/jobs/{job['id']}{path}", headers=other, json=body)
        assert response.status_code == 404, path
    assert (await api.client.get("/v1/jobs", headers=other)).json()["items"] == []


async def test_a_lost_create_is_shown_with_what_a_person_can_do(api: Api, engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    outward = ids.encode(ids.JOB, submitted.job_id)
    attention = (await api.read(f"/v1/jobs/{outward}"))["attention"]
    assert attention["code"] == "submit_unknown"
    assert attention["since"]
    assert any(f"/v1/jobs/{outward}/resolve" in remedy for remedy in attention["remedies"])


async def reason(api: Api, job: dict[str, Any]) -> tuple[str, str]:
    shown = await api.read(f"/v1/jobs/{job['id']}")
    return shown["queue_reason"], shown["queue_detail"]


async def test_a_job_for_later_is_scheduled(api: Api) -> None:
    job = await api.post(run_at="2099-01-01T00:00:00Z")
    assert await reason(api, job) == ("scheduled", "It is to be run at 2099-01-01T00:00:00Z.")


async def test_a_job_waits_while_a_person_has_paused_its_agent(api: Api) -> None:
    job = await api.post()
    await api.client.post("/v1/pause", json={"agent": "another-agent"})
    assert (await reason(api, job))[0] == "starting"
    await api.client.post("/v1/pause", json={"agent": REQUEST["agent"]})
    code, detail = await reason(api, job)
    assert code == "paused"
    assert "POST /v1/resume" in detail
    await api.client.post("/v1/pause", json={"installation": True})
    code, detail = await reason(api, job)
    assert code == "paused"
    assert "whole installation" in detail


async def test_a_job_waits_while_its_upstream_key_is_refused(api: Api, engine: Engine) -> None:
    job = await api.post()
    lane = (await job_row(engine, job_uuid(job)))["lane_id"]
    async with engine.begin() as tx:
        await lanes.trip(tx, lane, code="key_rejected", detail="API key expired", pause=timedelta(minutes=1))
    code, detail = await reason(api, job)
    assert code == "upstream_key"
    assert "key_rejected: API key expired" in detail


async def test_a_job_that_was_refused_backs_off(api: Api, engine: Engine) -> None:
    job = await api.post()
    await execute(engine, "UPDATE job SET due_at = lw_now() + interval '60 s', queue_detail = '429 rate_limited'")
    code, detail = await reason(api, job)
    assert code == "backing_off"
    assert "429 rate_limited" in detail


async def test_a_job_waits_while_as_many_run_as_may(database_url: str, engine: Engine) -> None:
    async with api_over(database_url, max_running=1) as narrow:
        waiting, admitted = await narrow.post(), await narrow.post()
        assert (await reason(narrow, waiting))[0] == "starting"
        await admit_job(engine, job_uuid(admitted))
        assert (await reason(narrow, waiting))[0] == "max_running"
        assert (await reason(narrow, admitted))[0] == "starting"


@pytest.mark.parametrize("limit", ["max_running_per_key", "max_running_per_agent", "max_running_per_project"])
async def test_a_job_waits_while_as_many_of_its_kind_run_as_may(database_url: str, engine: Engine, limit: str) -> None:
    async with api_over(database_url, **{limit: {"*": 1, "another": 5}}) as narrow:
        waiting, admitted = await narrow.post(), await narrow.post()
        assert (await reason(narrow, waiting))[0] == "starting"
        await admit_job(engine, job_uuid(admitted))
        code, detail = await reason(narrow, waiting)
        assert code == "limit"
        assert "upstream key, agent or project" in detail


async def test_waiting_ends_as_soon_as_the_job_does(api: Api) -> None:
    job = await api.post()
    waiting = asyncio.create_task(api.read(f"/v1/jobs/{job['id']}", wait=30))
    await eventually_async(lambda: watched(api, 1))
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    assert (await waiting)["status"] == "cancelled"
    assert api.context.hub.watched == 0


async def watched(api: Api, number: int) -> bool:
    return api.context.hub.watched == number


async def test_waiting_gives_up_in_time_and_shows_the_job_as_it_is(api: Api) -> None:
    job = await api.post()
    assert (await api.read(f"/v1/jobs/{job['id']}", wait=0.2))["status"] == "queued"


async def test_waiting_for_an_ended_job_takes_no_time(api: Api) -> None:
    job = await api.post()
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    async with asyncio.timeout(5):
        assert (await api.read(f"/v1/jobs/{job['id']}", wait=60))["status"] == "cancelled"


async def test_nobody_waits_longer_than_a_minute(api: Api) -> None:
    job = await api.post()
    for wait in ("61", "-1", "inf", "nan", "soon"):
        response = await api.client.get(f"/v1/jobs/{job['id']}", params={"wait": wait})
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, "query.wait")
