"""Does each thing that a person does to a job happen once, and only where it makes sense?"""

import asyncio
from typing import Any

import httpx
import pytest

from longwatch.domain import ids
from longwatch.store.endings import Derivation
from longwatch.store.engine import Engine
from longwatch.store.statements import text
from tests.support.api import REQUEST, Api, an_ended_job, another_key, job_uuid
from tests.support.store import Submitted, an_intent, event_types, interaction_rows, job_row, lose, read

pytestmark = pytest.mark.anyio


async def post(api: Api, path: str, body: Any = None) -> httpx.Response:
    return await api.client.post(path, json=body)


async def a_lost_create(engine: Engine, **columns: Any) -> Submitted:
    submitted = await an_intent(engine, **columns)
    await lose(engine, submitted.intent)
    return submitted


def outward(submitted: Submitted) -> str:
    return ids.encode(ids.JOB, submitted.job_id)


async def test_a_queued_job_is_cancelled_at_once_and_asking_twice_is_the_same(api: Api, engine: Engine) -> None:
    job = await api.post()
    answers = [await post(api, f"/v1/jobs/{job['id']}/cancel") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.json()["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert (await event_types(engine, job_uuid(job)))[-1] == "job.cancelled"


async def test_a_job_that_ended_otherwise_is_not_cancelled(api: Api, engine: Engine) -> None:
    job = await an_ended_job(engine, derivation=Derivation(text="done"))
    response = await post(api, f"/v1/jobs/{job}/cancel")
    assert (response.status_code, response.json()["type"]) == (409, "/problems/conflict")


async def test_a_retry_is_a_new_job_with_the_same_request(api: Api, engine: Engine) -> None:
    job = await api.post(tags=["a"], metadata={"x": 1}, priority=8, start_deadline_seconds=600)
    await post(api, f"/v1/jobs/{job['id']}/cancel")
    response = await post(api, f"/v1/jobs/{job['id']}/retry")
    retry = response.json()
    assert (response.status_code, response.headers["Location"]) == (202, f"/v1/jobs/{retry['id']}")
    assert (retry["status"], retry["retry_of"], retry["attempt"]) == ("queued", job["id"], 1)
    assert {name: retry[name] for name in ("tags", "metadata", "priority")} == {
        name: job[name] for name in ("tags", "metadata", "priority")
    }
    bodies = await read(engine, "SELECT DISTINCT body, secrets FROM job_request")
    assert len(bodies) == 1
    assert await event_types(engine, job_uuid(retry)) == ["job.created"]


async def test_retrying_again_returns_the_same_job_unless_another_is_asked_for(api: Api) -> None:
    job = await api.post()
    await post(api, f"/v1/jobs/{job['id']}/cancel")
    path = f"/v1/jobs/{job['id']}/retry"
    answers = await asyncio.gather(*(post(api, path) for _ in range(10)))
    [retry] = {answer.json()["id"] for answer in answers}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert (await post(api, path, {"again": False})).json()["id"] == retry
    another = (await post(api, path, {"again": True})).json()["id"]
    assert another != retry
    assert (await post(api, path)).json()["id"] == another


async def test_a_job_that_has_not_ended_is_not_retried(api: Api) -> None:
    job = await api.post()
    response = await post(api, f"/v1/jobs/{job['id']}/retry")
    assert (response.status_code, response.json()["type"]) == (409, "/problems/conflict")


async def test_a_job_whose_request_was_erased_cannot_be_retried(api: Api, engine: Engine) -> None:
    job = await api.post()
    await post(api, f"/v1/jobs/{job['id']}/cancel")
    async with engine.begin() as tx:
        await tx.execute(text("DELETE FROM job_request"))
    assert (await post(api, f"/v1/jobs/{job['id']}/retry")).status_code == 410


async def test_a_lost_create_can_be_sent_again_given_up_or_attached(api: Api, engine: Engine) -> None:
    resubmitted, failed, attached = [await a_lost_create(engine) for _ in range(3)]
    first = await post(api, f"/v1/jobs/{outward(resubmitted)}/resolve", {"as": "resubmit"})
    assert (first.json()["status"], first.json()["attempt"], first.json()["attention"]) == ("queued", 2, None)
    second = await post(api, f"/v1/jobs/{outward(failed)}/resolve", {"as": "fail"})
    assert (second.json()["status"], second.json()["error"]["code"]) == ("failed", "submit_unknown")
    body = {"as": "attach", "interaction_id": "v1_found"}
    third = await post(api, f"/v1/jobs/{outward(attached)}/resolve", body)
    assert (third.json()["status"], third.json()["upstream_interaction_id"]) == ("in_progress", "v1_found")
    assert [row["upstream_id"] for row in await interaction_rows(engine, attached.job_id)] == ["v1_found"]


async def test_a_decision_is_told_with_who_took_it(api: Api, engine: Engine) -> None:
    lost = await a_lost_create(engine)
    await post(api, f"/v1/jobs/{outward(lost)}/resolve", {"as": "fail"})
    [row] = await read(engine, "SELECT data FROM event WHERE type = 'job.resolved'")
    assert (row["data"]["as"], row["data"]["by"]) == ("fail", "person")


async def test_only_a_lost_create_is_resolved(api: Api) -> None:
    job = await api.post()
    assert (await post(api, f"/v1/jobs/{job['id']}/resolve", {"as": "fail"})).status_code == 409


async def test_a_decision_that_makes_no_sense_is_refused(api: Api, engine: Engine) -> None:
    path = f"/v1/jobs/{outward(await a_lost_create(engine))}/resolve"
    for body, field in [
        ({}, "as"),
        ({"as": "guess"}, "as"),
        ({"as": "attach"}, "body"),
        ({"as": "fail", "interaction_id": "v1_x"}, "body"),
        ({"as": "fail", "why": "x"}, "why"),
    ]:
        response = await post(api, path, body)
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, field)


async def test_many_lost_creates_are_decided_at_once_by_filter(api: Api, engine: Engine) -> None:
    tagged = [await a_lost_create(engine, tags=["tpu"]) for _ in range(2)]
    other = await a_lost_create(engine, tags=["gpu"])
    await api.post()
    response = await post(api, "/v1/jobs/resolve", {"as": "resubmit", "filter": {"tags": ["tpu"]}})
    assert response.status_code == 200
    assert {item["id"] for item in response.json()["items"]} == {outward(lost) for lost in tagged}
    assert {item["status"] for item in response.json()["items"]} == {"queued"}
    assert (await job_row(engine, other.job_id))["status"] == "submitting"
    rest = await post(api, "/v1/jobs/resolve", {"as": "fail", "filter": {}})
    assert [item["id"] for item in rest.json()["items"]] == [outward(other)]
    assert rest.json()["more"] is False


async def test_two_people_who_decide_at_once_decide_each_job_once(api: Api, engine: Engine) -> None:
    lost = [await a_lost_create(engine) for _ in range(10)]
    body = {"as": "resubmit", "filter": {}}
    answers = await asyncio.gather(*(post(api, "/v1/jobs/resolve", body) for _ in range(3)))
    decided = [item["id"] for answer in answers for item in answer.json()["items"]]
    assert sorted(decided) == sorted(outward(submitted) for submitted in lost)
    assert {(await job_row(engine, submitted.job_id))["attempt"] for submitted in lost} == {2}


async def test_deciding_many_needs_a_filter_and_never_attaches(api: Api) -> None:
    for body, field in [({"as": "fail"}, "filter"), ({"as": "attach", "filter": {}}, "as")]:
        response = await post(api, "/v1/jobs/resolve", body)
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, field)


async def test_a_deleted_job_is_cancelled_erased_and_gone(api: Api, engine: Engine) -> None:
    job = await api.post(tags=["a"], metadata={"x": 1})
    response = await api.client.delete(f"/v1/jobs/{job['id']}")
    assert (response.status_code, response.json()) == (202, {"id": job["id"], "deleted": True})
    row = await job_row(engine, job_uuid(job))
    assert (row["status"], row["tags"], row["job_metadata"]) == ("cancelled", [], {})
    assert await read(engine, "SELECT FROM job_request") == []
    again = await api.client.delete(f"/v1/jobs/{job['id']}")
    assert (again.status_code, again.json()["type"]) == (410, "/problems/gone")
    for path in ("cancel", "retry"):
        assert (await post(api, f"/v1/jobs/{job['id']}/{path}")).status_code == 410


async def test_pausing_and_resuming_say_what_stands_still(api: Api, engine: Engine) -> None:
    agent = {"agent": REQUEST["agent"]}
    first = (await post(api, "/v1/pause", agent)).json()
    stop = {"agent": REQUEST["agent"], "upstream_key": None, "installation": False}
    assert first == {"changed": True, "paused": [stop]}
    assert (await post(api, "/v1/pause", agent)).json()["changed"] is False
    assert len((await post(api, "/v1/pause", {})).json()["paused"]) == 2
    other = await another_key(engine, project="other", key="of-another-project")
    assert (await api.client.post("/v1/resume", json={}, headers=other)).json() == {"changed": False, "paused": []}
    assert (await post(api, "/v1/resume", agent)).json()["changed"] is True
    assert (await post(api, "/v1/resume", {})).json()["paused"] == []


async def test_an_admins_key_pauses_and_resumes_the_whole_installation(api: Api, engine: Engine) -> None:
    other = await another_key(engine, project="other", key="of-another-project")
    body = {"installation": True}
    for path in ("/v1/pause", "/v1/resume"):
        refused = await api.client.post(path, json=body, headers=other)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    stop = {"agent": None, "upstream_key": None, "installation": True}
    assert (await post(api, "/v1/pause", body)).json() == {"changed": True, "paused": [stop]}
    narrow = (await api.client.post("/v1/pause", json={}, headers=other)).json()["paused"]
    assert narrow == [stop, {**stop, "installation": False}]
    assert (await post(api, "/v1/resume", body)).json() == {"changed": True, "paused": []}
    left = await api.client.post("/v1/pause", json={}, headers=other)
    assert left.json() == {"changed": False, "paused": [{**stop, "installation": False}]}
