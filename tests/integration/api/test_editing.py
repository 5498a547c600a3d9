"""Can a job still be changed while it waits, and not a moment longer?"""

from typing import Any

import httpx
import pytest

from longwatch.store.engine import Engine
from tests.support.api import Api, job_uuid
from tests.support.store import a_running_interaction, admit_job, claim_job, job_row

pytestmark = pytest.mark.anyio


async def patch(api: Api, job: dict[str, Any], **changes: Any) -> httpx.Response:
    return await api.client.patch(f"/v1/jobs/{job['id']}", json=changes)


async def test_everything_about_how_a_queued_job_is_run_can_be_changed(api: Api) -> None:
    job = await api.post(tags=["a"], metadata={"x": 1})
    changes = {
        "priority": 9,
        "tags": ["b", "研究"],
        "metadata": {"y": [2, None]},
        "webhook_url": "https://example.com/hook",
        "webhook_events": ["job.completed"],
        "deadline_seconds": 60,
        "on_unknown_submit": "resubmit",
        "run_at": "2099-01-01T00:00:00Z",
    }
    answered = (await patch(api, job, **changes)).json()
    assert {name: answered[name] for name in changes} == changes
    assert answered["queue_reason"] == "scheduled"
    assert await api.read(f"/v1/jobs/{job['id']}") == answered


async def test_what_is_left_out_stays(api: Api) -> None:
    job = await api.post(tags=["a"], metadata={"x": 1}, webhook_url="https://example.com/hook", priority=7)
    assert (await patch(api, job)).json() == job
    answered = (await patch(api, job, priority=8)).json()
    assert answered == job | {"priority": 8}


async def test_null_takes_an_optional_setting_away(api: Api) -> None:
    job = await api.post(
        webhook_url="https://example.com/hook", run_at="2099-01-01T00:00:00Z", start_deadline_seconds=60
    )
    answered = (await patch(api, job, webhook_url=None, run_at=None, start_deadline_seconds=None)).json()
    assert (answered["webhook_url"], answered["run_at"], answered["start_deadline_at"]) == (None, None, None)
    assert answered["queue_reason"] == "starting"


async def test_a_start_deadline_counts_from_the_jobs_creation(api: Api, engine: Engine) -> None:
    job = await api.post(start_deadline_seconds=600)
    assert (await patch(api, job, start_deadline_seconds=600)).json()["start_deadline_at"] == job["start_deadline_at"]
    row = await job_row(engine, job_uuid(job))
    assert (row["start_deadline_at"] - row["created_at"]).total_seconds() == 600


async def test_an_admitted_job_that_is_put_off_waits_for_admission_again(api: Api, engine: Engine) -> None:
    job = await api.post()
    await admit_job(engine, job_uuid(job))
    await patch(api, job, run_at="2099-01-01T00:00:00Z")
    row = await job_row(engine, job_uuid(job))
    assert row["admitted_at"] is None
    assert row["due_at"] == row["run_at"]


async def test_a_job_that_is_being_started_cannot_be_put_off(api: Api, engine: Engine) -> None:
    job = await api.post()
    await admit_job(engine, job_uuid(job))
    await claim_job(engine, job_uuid(job))
    assert (await patch(api, job, run_at="2099-01-01T00:00:00Z")).status_code == 409
    assert (await patch(api, job, priority=1)).status_code == 200


async def test_a_job_that_has_left_the_queue_is_not_changed(api: Api, engine: Engine) -> None:
    job = await api.post()
    await a_running_interaction(engine, job_id=job_uuid(job))
    response = await patch(api, job, priority=1)
    assert (response.status_code, response.json()["type"]) == (409, "/problems/conflict")
    assert (await api.read(f"/v1/jobs/{job['id']}"))["priority"] == 5


async def test_what_cannot_be_accepted_is_refused_as_in_a_post(api: Api) -> None:
    job = await api.post()
    refused: list[tuple[dict[str, Any], str]] = [
        ({"priority": None}, "priority"),
        ({"request": {}}, "request"),
        ({"webhook_url": "http://127.0.0.1.nip.io:99999/"}, "webhook_url"),
        ({"webhook_url": "http://10.1.1.1/"}, "webhook_url"),
        ({"tags": ["\u0000"]}, "tags[0]"),
    ]
    for changes, field in refused:
        response = await patch(api, job, **changes)
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, field)
