"""Do two who act on one job at the same moment leave it in a state that either of them alone could have left?"""

import asyncio
from typing import Any

import httpx
import pytest

from longwatch.store import creates
from longwatch.store.endings import Derivation
from longwatch.store.engine import Engine
from tests.support.api import Api, an_ended_job, job_uuid
from tests.support.store import admit_job, claim_job, event_types, job_row, read

pytestmark = pytest.mark.anyio


async def together(*asked: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*asked))


async def test_cancels_at_the_same_moment_end_the_job_once(api: Api, engine: Engine) -> None:
    job = await api.post(webhook_url="https://example.com/")
    answers = await together(*(api.client.post(f"/v1/jobs/{job['id']}/cancel") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert (await event_types(engine, job_uuid(job))).count("job.cancelled") == 1
    assert len(await read(engine, "SELECT FROM delivery")) == 1


async def test_a_delete_beside_a_retry_leaves_a_whole_retry_or_none(api: Api, engine: Engine) -> None:
    for _ in range(10):
        job = await an_ended_job(engine, derivation=Derivation(text="done"))
        path = f"/v1/jobs/{job}"
        deleted, retried = await together(api.client.delete(path), api.client.post(f"{path}/retry"))
        assert deleted.status_code == 202
        assert retried.status_code in {202, 410}
    whole = "SELECT FROM job LEFT JOIN job_request ON job_id = id WHERE retry_of IS NOT NULL AND job_id IS NULL"
    assert await read(engine, whole) == []


async def test_an_edit_beside_a_start_is_either_made_before_it_or_refused(api: Api, engine: Engine) -> None:
    for _ in range(10):
        job = await api.post()
        await admit_job(engine, job_uuid(job))
        due = await claim_job(engine, job_uuid(job))

        async def start() -> None:
            async with engine.begin() as tx:
                assert await creates.intend(tx, due)  # noqa: B023

        edited, _ = await asyncio.gather(api.client.patch(f"/v1/jobs/{job['id']}", json={"priority": 9}), start())
        row = await job_row(engine, job_uuid(job))
        assert row["status"] == "submitting"
        assert (edited.status_code, row["priority"]) in {(200, 9), (409, 5)}


async def test_a_cancel_beside_a_start_is_never_lost(api: Api, engine: Engine) -> None:
    for _ in range(10):
        job = await api.post()
        await admit_job(engine, job_uuid(job))
        due = await claim_job(engine, job_uuid(job))

        async def start() -> bool:
            async with engine.begin() as tx:
                return await creates.intend(tx, due) is not None  # noqa: B023

        answer, started = await asyncio.gather(api.client.post(f"/v1/jobs/{job['id']}/cancel"), start())
        row = await job_row(engine, job_uuid(job))
        assert answer.status_code == 202
        assert row["cancel_requested_at"] is not None
        assert (row["status"], started) in {("cancelled", False), ("submitting", True)}
