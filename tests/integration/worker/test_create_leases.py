import asyncio

import pytest

from longwatch.domain import ids
from longwatch.store import answers, claims
from longwatch.store.answers import AT_ONCE
from longwatch.store.creates import Intent
from tests.support.databases import TestServer
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator
from tests.support.store import LEASE, admit_job, claim_job
from tests.support.waiting import eventually_async
from worker.creating import advance

pytestmark = pytest.mark.anyio

SLOW = {"kind": "slow", "seconds": 1}


async def _post_open(home: House) -> bool:
    return bool(await asyncio.to_thread(home.upstream.entries, "create"))


async def test_a_worker_whose_lease_is_over_sends_nothing_and_says_so(home: House) -> None:
    job = await home.job()
    await admit_job(home.runtime.engine, job)
    lane = (await home.row(job))["lane_id"]
    async with home.runtime.engine.begin() as tx:
        [due] = await claims.claim_jobs(tx, lane=lane, limit=1, lease=LEASE)
    await advance(home.runtime, due, expires=home.runtime.clock.monotonic() - 1)
    row = await home.row(job)
    assert (row["status"], row["creates"]) == ("queued", 0)
    assert row["queue_detail"].startswith("lease_spent:")
    assert not home.upstream.entries("create")
    assert (await home.running(job))["creates"] == 1


async def test_a_job_that_is_deleted_under_its_claim_is_not_sent_though_its_request_came_along(home: House) -> None:
    job = await home.job()
    await admit_job(home.runtime.engine, job)
    due = await claim_job(home.runtime.engine, job)
    assert due.request is not None
    await home.delete(job)
    await advance(home.runtime, due, expires=home.runtime.clock.monotonic() + 30)
    assert (await home.row(job))["status"] == "cancelled"
    assert not home.upstream.entries("create")


async def test_a_request_too_long_for_its_claim_is_sent_whole(home: House) -> None:
    prompt = "tides " * 20_000
    job = await home.job(prompt)
    await home.running(job)
    upstream_id = (await home.interaction(job))["upstream_id"]
    assert home.upstream.read(upstream_id, "?include_input=true")["input"] == prompt


async def test_an_answer_that_comes_after_its_lease_is_taken(home: House, database_url: str) -> None:
    home.upstream.script({"op": "create", "fault": SLOW})
    job = await home.job()
    pumping = asyncio.create_task(home.pump())
    await eventually_async(lambda: _post_open(home))
    await home.pass_time(31)
    async with house(database_url, home.upstream) as other:
        await other.pump()
        assert (await home.row(job))["attention_code"] == "submit_unknown"
    await pumping
    row = await home.running(job)
    assert (row["creates"], row["attention_code"]) == (1, None)
    assert set(home.labels_accepted().values()) == {1}


@pytest.mark.parametrize("way", ["failed", "cancelled"])
async def test_an_answer_that_comes_after_the_job_was_given_up_makes_an_orphan_that_is_cancelled(
    home: House, way: str
) -> None:
    home.upstream.script({"op": "create", "fault": SLOW}, {"life": {"run_seconds": 100_000}})
    job = await home.job()
    pumping = asyncio.create_task(home.pump())
    await eventually_async(lambda: _post_open(home))
    [interaction] = await home.rows("SELECT id, lane_id FROM interaction")
    intent = Intent(job_id=job, interaction_id=interaction["id"], lane_id=interaction["lane_id"])
    async with home.runtime.engine.begin() as tx:
        await answers.unknown(tx, intent, reason="a test", hold=LEASE)
    await (home.resolve(job, "fail") if way == "failed" else home.cancel(job))
    await pumping
    await home.later(10)
    assert (await home.row(job))["status"] == way
    [orphan] = await home.rows("SELECT role, upstream_status, ended_at FROM interaction")
    assert (orphan["role"], orphan["upstream_status"]) == ("orphan", "cancelled")
    assert home.upstream.ledger()["interactions"][0]["status"] == "cancelled"


async def test_an_answer_after_a_second_create_is_an_orphan_and_never_a_second_result(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "accept_then_drop"}, "times": 1})
    job = await home.job()
    await home.pump()
    [lost] = await home.rows("SELECT id, lane_id FROM interaction")
    await home.resolve(job, "resubmit")
    await home.running(job)
    first = home.upstream.ledger()["interactions"][0]["id"]
    intent = Intent(job_id=job, interaction_id=lost["id"], lane_id=lost["lane_id"])
    async with home.runtime.engine.begin() as tx:
        await answers.accepted(tx, intent, upstream_id=first, upstream_status="in_progress", delay=AT_ONCE)
    row = await home.ended(job)
    assert (row["status"], row["creates"]) == ("completed", 2)
    roles = await home.rows("SELECT role, upstream_status FROM interaction ORDER BY id")
    assert (roles[0]["role"], roles[0]["upstream_status"]) == ("orphan", "cancelled")
    assert (await home.events(job)).count("job.completed") == 1


async def test_a_paid_id_outlives_a_database_that_is_away_when_it_comes(
    pg_server: TestServer, database_url: str, upstream: LiveSimulator
) -> None:
    upstream.script({"op": "create", "fault": SLOW})
    async with house(database_url, upstream) as home:
        job = await home.job()
        pumping = asyncio.create_task(home.pump())
        await eventually_async(lambda: _post_open(home))
        with pg_server.away(database_url):
            await eventually_async(lambda: _answered(upstream))
        await pumping
        row = await home.ended(job)
        assert (row["status"], row["creates"]) == ("completed", 1)
        assert len(upstream.entries("create")) == 1


async def _answered(upstream: LiveSimulator) -> bool:
    return all(entry["answered"] for entry in await asyncio.to_thread(upstream.entries, "create"))


async def test_a_shutdown_waits_for_an_open_create_and_writes_its_answer(
    database_url: str, upstream: LiveSimulator
) -> None:
    upstream.script({"op": "create", "fault": SLOW})
    async with house(database_url, upstream) as home:
        job = await home.job()
        pumping = asyncio.create_task(home.pump())
        await eventually_async(lambda: _post_open(home))
        await home.runtime.close()
        await pumping
        row = await home.row(job)
        assert (row["status"], row["creates"]) == ("in_progress", 1)
        [created] = upstream.entries("create")
        assert created["answered"]
        assert (await home.interaction(job))["upstream_id"] == created["id"]


async def test_a_worker_that_is_closing_starts_no_create(home: House) -> None:
    job = await home.job()
    home.runtime.closing = True
    await home.pump()
    assert (await home.row(job))["status"] == "queued"
    assert not home.upstream.entries("create")


async def test_labels_name_the_job_the_attempt_and_the_interaction(home: House) -> None:
    job = await home.job(request={"labels": {"team": "tides"}})
    await home.running(job)
    [created] = home.upstream.entries("create")
    assert created["labels"] == {
        "team": "tides",
        "longwatch_job": ids.encode(ids.JOB, job),
        "longwatch_attempt": "1",
        "longwatch_interaction": ids.encode(ids.INTERACTION, (await home.interaction(job))["id"]),
    }
