"""What if the database's clock jumps? Work is early or late by the jump; nothing is lost, repeated or paid twice."""

import uuid
from datetime import timedelta

import pytest

from longwatch.store.claims import claim_interactions, release
from tests.support.house import House
from tests.support.store import advance

pytestmark = pytest.mark.anyio

LEASE = timedelta(seconds=30)
JUMPS = [timedelta(minutes=80), timedelta(hours=-10), timedelta(seconds=31), timedelta(seconds=-31)]
ENDLESS = {"life": {"run_seconds": 1_000_000}}


async def jump(home: House, by: timedelta) -> None:
    """Move the database's clock, and nothing else."""
    await advance(home.runtime.engine, by)


async def gaps(home: House, job: uuid.UUID) -> list[int]:
    rows = await home.rows("SELECT sequence FROM event WHERE job_id = :id ORDER BY sequence", id=job)
    return [row["sequence"] - number for number, row in enumerate(rows, start=1)]


@pytest.mark.parametrize("by", JUMPS, ids=str)
async def test_a_jump_while_a_job_waits_or_runs_changes_neither_its_result_nor_its_price(
    home: House, by: timedelta
) -> None:
    home.upstream.life(run_seconds=120)
    waiting, running = await home.job("the waiting one"), await home.job("the running one")
    await home.running(running)
    await jump(home, by)
    for job in (waiting, running):
        row = await home.ended(job)
        assert (row["status"], row["creates"], row["attempt"]) == ("completed", 1, 1)
        assert not any(await gaps(home, job))
    assert set(home.labels_accepted().values()) == {1}


async def test_a_jump_forward_past_every_deadline_still_finds_the_end_that_was_there(home: House) -> None:
    home.upstream.life(run_seconds=30)
    job = await home.job()
    await home.running(job)
    home.upstream.advance(60)
    await jump(home, timedelta(days=3))
    assert (await home.ended(job))["status"] == "completed"


async def test_a_jump_forward_past_the_deadline_of_a_run_at_work_cancels_it_upstream_and_expires(home: House) -> None:
    home.upstream.script(ENDLESS)
    job = await home.job()
    await home.running(job)
    await jump(home, timedelta(days=3))
    assert (await home.ended(job))["status"] == "expired"
    assert [run["status"] for run in home.upstream.ledger()["interactions"]] == ["cancelled"]


async def test_a_jump_over_a_lease_lets_another_worker_take_the_row_and_the_first_one_decide_nothing(
    home: House,
) -> None:
    home.upstream.script(ENDLESS)
    job = await home.job()
    await home.running(job)
    await jump(home, timedelta(seconds=10))
    engine, lane = home.runtime.engine, (await home.row(job))["lane_id"]
    async with engine.begin() as tx:
        [first] = await claim_interactions(tx, lane=lane, limit=1, lease=LEASE)
    await jump(home, timedelta(seconds=31))
    async with engine.begin() as tx:
        [second] = await claim_interactions(tx, lane=lane, limit=1, lease=LEASE)
    async with engine.begin() as tx:
        assert not await release(tx, first.held, delay=None)
        assert await release(tx, second.held, delay=timedelta(0))


async def test_a_jump_back_keeps_a_claimed_row_with_its_worker(home: House) -> None:
    home.upstream.script(ENDLESS)
    job = await home.job()
    await home.running(job)
    await jump(home, timedelta(seconds=10))
    engine, lane = home.runtime.engine, (await home.row(job))["lane_id"]
    async with engine.begin() as tx:
        [held] = await claim_interactions(tx, lane=lane, limit=1, lease=LEASE)
    await jump(home, timedelta(hours=-1))
    async with engine.begin() as tx:
        assert await claim_interactions(tx, lane=lane, limit=1, lease=LEASE) == []
        assert await release(tx, held.held, delay=timedelta(0))
