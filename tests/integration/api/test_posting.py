"""Is a job that was accepted kept, whole and once?"""

import json

import pytest

from longwatch.store.engine import Engine
from longwatch.store.vault import Vault
from tests.support.api import AGENT, FERNET, PROMPT, REQUEST, Api, job_uuid
from tests.support.store import event_types, job_row, read

pytestmark = pytest.mark.anyio


async def test_a_posted_job_is_queued_and_can_be_read_at_its_location(api: Api) -> None:
    response = await api.client.post("/v1/jobs", json={"request": REQUEST})
    assert response.status_code == 202
    job = response.json()
    assert response.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert (job["status"], job["agent"], job["attempt"], job["creates"]) == ("queued", AGENT, 1, 0)
    assert job["queue_reason"] == "starting"
    assert await api.read(f"/v1/jobs/{job['id']}") == job


async def test_the_stored_request_runs_in_the_background_and_keeps_every_character(api: Api, engine: Engine) -> None:
    prompt = f"{PROMPT} 谷歌张量处理器的历史 🎓"
    job = await api.post({"agent": AGENT, "input": prompt}, metadata={"题目": "张量"}, tags=["研究"])
    [row] = await read(engine, "SELECT body FROM job_request WHERE job_id = :id", id=job_uuid(job))
    assert json.loads(row["body"]) == {"agent": AGENT, "input": prompt, "background": True, "store": True}
    shown = await api.read(f"/v1/jobs/{job['id']}")
    assert (shown["metadata"], shown["tags"]) == ({"题目": "张量"}, ["研究"])


async def test_job_request_and_first_event_are_written_together(api: Api, engine: Engine) -> None:
    job = await api.post()
    assert await event_types(engine, job_uuid(job)) == ["job.created"]
    assert (await job_row(engine, job_uuid(job)))["last_sequence"] == 1


async def test_secrets_of_a_request_are_stored_sealed_and_apart(api: Api, engine: Engine) -> None:
    tool = {"type": "mcp_server", "name": "wiki", "url": "https://mcp.example", "headers": {"X-Token": "s3cret"}}
    job = await api.post({**REQUEST, "tools": [tool]})
    [row] = await read(engine, "SELECT body, secrets FROM job_request WHERE job_id = :id", id=job_uuid(job))
    assert b"s3cret" not in row["body"]
    assert Vault([FERNET]).open(row["secrets"]) == {"/tools/0/headers/X-Token": "s3cret"}


async def test_a_dry_run_checks_everything_and_stores_nothing(api: Api, engine: Engine) -> None:
    response = await api.client.post("/v1/jobs", params={"dry_run": True}, json={"request": REQUEST, "priority": 7})
    assert response.status_code == 200
    assert response.json()["priority"] == 7
    assert response.json()["deadline_seconds"] == 5400
    assert "id" not in response.json()
    assert await read(engine, "SELECT FROM job") == []
    refused = await api.client.post("/v1/jobs", params={"dry_run": True}, json={"request": {}})
    assert refused.status_code == 422
