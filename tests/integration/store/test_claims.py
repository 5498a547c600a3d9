"""Is a due row worked on by one process at a time, whatever the plan, the crash and the race?"""

import asyncio
import itertools
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from longwatch.domain.actions import plan_asked
from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.states import Status
from longwatch.store import claims, creates, door, endings, polls
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import Held, release, renew
from longwatch.store.door import Change
from longwatch.store.endings import Ending
from longwatch.store.engine import Engine, Tx
from longwatch.store.polls import StillRunning
from longwatch.store.statements import text
from tests.support.plans import plans_of
from tests.support.store import (
    LEASE,
    Running,
    a_job,
    a_running_interaction,
    accept,
    admit_job,
    advance,
    an_intent,
    blocked,
    claim_interaction,
    claim_job,
    execute,
    interaction_row,
    job_row,
    now,
    read,
    status_of,
)

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
COMPLETED = Ending(status=Status.COMPLETED, upstream_status="completed")
URL = "https://receiver.example/hook"


def still_running(held: Held, *, delay: timedelta = MINUTE) -> StillRunning:
    return StillRunning(held=held, delay=delay, upstream_status="in_progress", progress_hash=None)


async def reschedule(engine: Engine, held: Held) -> bool:
    async with engine.begin() as tx:
        return held.id in await polls.reschedule(tx, [still_running(held)])


async def many_jobs(engine: Engine, number: int) -> int:
    """Store *number* jobs that are admitted and due, and return their lane."""
    job_ids = [await a_job(engine) for _ in range(number)]
    await execute(engine, "UPDATE job SET admitted_at = lw_now()")
    return int((await job_row(engine, job_ids[0]))["lane_id"])


LOOPS_ALONE = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off"


async def claim_five(engine: Engine, table: str, lane: int) -> tuple[int, str]:
    """Claim five rows by nested loops alone; return how many were taken, and the plan of the next such claim."""

    async def claim(tx: Tx) -> Sequence[object]:
        match table:
            case "job":
                return await claims.claim_jobs(tx, lane=lane, limit=5, lease=LEASE)
            case "interaction":
                return await claims.claim_interactions(tx, lane=lane, limit=5, lease=LEASE)
            case _:
                return await claims.claim_deliveries(tx, limit=5, lease=LEASE)

    async with engine.begin() as tx:
        await tx.execute(text(LOOPS_ALONE))
        taken = len(await claim(tx))
    return taken, await plans_of(engine, claim, settings=LOOPS_ALONE)


async def test_the_limit_holds_with_hash_and_merge_joins_off(engine: Engine) -> None:
    for number in range(12):
        running = await a_running_interaction(engine, upstream_id=f"up-{number}", webhook_url=URL)
        async with engine.begin() as tx:
            await door.change(tx, Change(job_id=running.job_id, event=NewEvent(EventType.ATTENTION)))
    await execute(engine, "UPDATE job SET due_at = lw_now(), admitted_at = lw_now()")
    for table in ("job", "interaction", "delivery"):
        taken, plan = await claim_five(engine, table, running.intent.lane_id)
        assert taken == 5
        assert "Nested Loop" in plan
        assert "CTE Scan on due" in plan
    left = await read(engine, "SELECT count(*) AS due FROM interaction WHERE due_at <= lw_now()")
    assert left[0]["due"] == 2


async def test_concurrent_claimers_share_nothing_and_leave_nothing(engine: Engine) -> None:
    lane = await many_jobs(engine, 60)

    async def claim() -> list[uuid.UUID]:
        async with engine.begin() as tx:
            return [job.held.id for job in await claims.claim_jobs(tx, lane=lane, limit=7, lease=LEASE)]

    batches = await asyncio.gather(*(claim() for _ in range(12)))
    taken = list(itertools.chain(*batches))
    assert max(map(len, batches)) <= 7
    assert len(taken) == len(set(taken))
    while batch := await claim():
        taken += batch
    assert len(taken) == len(set(taken)) == 60


async def test_a_claim_does_not_wait_for_rows_that_another_is_taking(engine: Engine) -> None:
    lane = await many_jobs(engine, 4)
    async with engine.begin() as first, engine.begin() as second:
        mine = await claims.claim_jobs(first, lane=lane, limit=3, lease=LEASE)
        theirs = await claims.claim_jobs(second, lane=lane, limit=3, lease=LEASE)
    assert (len(mine), len(theirs)) == (3, 1)
    assert {job.held.id for job in mine}.isdisjoint(job.held.id for job in theirs)


async def test_a_lane_is_claimed_apart_and_its_oldest_rows_first(engine: Engine) -> None:
    ours = [await a_job(engine) for _ in range(3)]
    other = await a_job(engine, agent="another-agent")
    await execute(engine, "UPDATE job SET admitted_at = lw_now()")
    await execute(engine, "UPDATE job SET due_at = lw_now() - interval '1 h' WHERE id = :id", id=ours[2])
    lane = (await job_row(engine, ours[0]))["lane_id"]
    async with engine.begin() as tx:
        [first] = await claims.claim_jobs(tx, lane=lane, limit=1, lease=LEASE)
        rest = await claims.claim_jobs(tx, lane=lane, limit=10, lease=LEASE)
    assert first.held.id == ours[2]
    assert {job.held.id for job in rest} == set(ours[:2])
    assert (await job_row(engine, other))["claim"] == 0


async def test_a_job_that_was_not_admitted_or_is_not_due_is_not_claimed(engine: Engine) -> None:
    job_id = await a_job(engine)
    lane = (await job_row(engine, job_id))["lane_id"]
    async with engine.begin() as tx:
        assert await claims.claim_jobs(tx, lane=lane, limit=10, lease=LEASE) == []
    await execute(engine, "UPDATE job SET admitted_at = lw_now(), due_at = lw_now() + interval '1 s'")
    async with engine.begin() as tx:
        assert await claims.claim_jobs(tx, lane=lane, limit=10, lease=LEASE) == []
    await advance(engine, timedelta(seconds=1))
    assert (await claim_job(engine, job_id)).held.claim == 1


async def test_a_dead_workers_row_is_due_again_when_its_lease_lapses_and_not_before(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    dead = await claim_interaction(engine, running.interaction_id)
    async with engine.begin() as tx:
        assert await claims.claim_interactions(tx, lane=dead.lane_id, limit=10, lease=LEASE) == []
    await advance(engine, LEASE - timedelta(seconds=1))
    async with engine.begin() as tx:
        assert await claims.claim_interactions(tx, lane=dead.lane_id, limit=10, lease=LEASE) == []
    await advance(engine, timedelta(seconds=1))
    async with engine.begin() as tx:
        [heir] = await claims.claim_interactions(tx, lane=dead.lane_id, limit=10, lease=LEASE)
    assert heir.held.claim == dead.held.claim + 1


async def test_a_renewal_lengthens_and_returns_only_what_is_still_ours(engine: Engine) -> None:
    rows = [await a_running_interaction(engine, upstream_id=f"up-{number}") for number in range(4)]
    held = [(await claim_interaction(engine, row.interaction_id)).held for row in rows]
    kept, released, lapsed, foreign = held
    async with engine.begin() as tx:
        await release(tx, released, delay=MINUTE)
    await advance(engine, LEASE / 2)
    await execute(engine, "UPDATE interaction SET claim = claim + 1 WHERE id = :id", id=lapsed.id)
    wrong = Held(table="interaction", id=foreign.id, claim=foreign.claim + 5, wake=0)
    async with engine.begin() as tx:
        assert await renew(tx, "interaction", [wrong, lapsed, released, kept], lease=LEASE) == {kept.id}
    await advance(engine, LEASE * 0.75)
    assert (await interaction_row(engine, kept.id))["due_at"] > await now(engine)
    assert (await interaction_row(engine, foreign.id))["due_at"] < await now(engine)


async def test_a_renewal_of_nothing_is_nothing(engine: Engine) -> None:
    async with engine.begin() as tx:
        assert await renew(tx, "delivery", [], lease=LEASE) == set()


async def test_renewals_of_the_same_rows_in_opposite_orders_do_not_lock_each_other_out(engine: Engine) -> None:
    rows = [await a_running_interaction(engine, upstream_id=f"up-{number}") for number in range(6)]
    held = [(await claim_interaction(engine, row.interaction_id)).held for row in rows]

    async def renew_all(order: list[Held]) -> set[uuid.UUID]:
        async with engine.begin() as tx:
            return await renew(tx, "interaction", order, lease=LEASE)

    found = await asyncio.gather(*(renew_all(held[::step]) for step in (1, -1) * 20))
    assert all(len(ids) == 6 for ids in found)


async def stale(engine: Engine, running: Running) -> Held:
    """Return the claim of a worker that has lost the row to another."""
    lost = (await claim_interaction(engine, running.interaction_id)).held
    await advance(engine, LEASE)
    await claim_interaction(engine, running.interaction_id)
    return lost


async def test_a_stale_worker_decides_nothing(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    lost = await stale(engine, running)
    before = await interaction_row(engine, running.interaction_id)
    async with engine.begin() as tx:
        assert not await release(tx, lost, delay=MINUTE, assignments="failures = 9")
        assert not await endings.keep(tx, lost, raw=b"{}", content_type="application/json", readable=True)
        assert await endings.end(tx, lost, running.job_id, COMPLETED) is None
        assert await endings.abandon(tx, lost, running.job_id, COMPLETED) is None
        assert await endings.ask_action(tx, lost, running.job_id, asked=plan_asked("A plan")) is None
        assert not await endings.close(tx, lost, upstream_status="completed", look_again=None)
        assert await polls.reschedule(tx, [still_running(lost)]) == set()
    assert await interaction_row(engine, running.interaction_id) == before
    assert await status_of(engine, running.job_id) is Status.IN_PROGRESS
    assert await read(engine, "SELECT * FROM result") == []


async def test_a_worker_that_has_let_go_decides_nothing_more(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    assert await reschedule(engine, held)
    async with engine.begin() as tx:
        assert not await release(tx, held, delay=None)
        assert await endings.end(tx, held, running.job_id, COMPLETED) is None
        assert await renew(tx, "interaction", [held], lease=LEASE) == set()
    assert not await reschedule(engine, held)


async def test_a_stale_create_worker_means_nothing(engine: Engine) -> None:
    job_id = await a_job(engine)
    await admit_job(engine, job_id)
    lost = await claim_job(engine, job_id)
    await advance(engine, LEASE)
    heir = await claim_job(engine, job_id)
    async with engine.begin() as tx:
        assert await creates.intend(tx, lost) is None
    async with engine.begin() as tx:
        assert await creates.intend(tx, heir) is not None


async def test_a_release_plans_the_next_look_or_none(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    async with engine.begin() as tx:
        assert await release(tx, held, delay=MINUTE)
    row = await interaction_row(engine, running.interaction_id)
    assert row["claimed_at"] is None
    assert MINUTE - timedelta(seconds=5) < row["due_at"] - await now(engine) <= MINUTE
    held = (await claim_interaction(engine, running.interaction_id)).held
    async with engine.begin() as tx:
        assert await release(tx, held, delay=None)
    assert (await interaction_row(engine, running.interaction_id))["due_at"] is None


async def test_no_back_off_sleeps_through_a_deadline_that_is_ahead(engine: Engine) -> None:
    running = await a_running_interaction(engine, deadline_seconds=20)
    for late in (False, True):
        held = (await claim_interaction(engine, running.interaction_id)).held
        async with engine.begin() as tx:
            await release(tx, held, delay=MINUTE)
        row = await interaction_row(engine, running.interaction_id)
        assert (row["due_at"] == row["deadline_at"]) is not late
        await advance(engine, timedelta(seconds=21))


async def woken_by_cancel(engine: Engine, job_id: uuid.UUID) -> None:
    async with engine.begin() as tx:
        await request_cancel(tx, "default", job_id)


async def test_a_wish_during_a_lease_leaves_the_lease_alone_and_makes_the_row_due_at_its_release(
    engine: Engine,
) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    before = await interaction_row(engine, running.interaction_id)
    await woken_by_cancel(engine, running.job_id)
    during = await interaction_row(engine, running.interaction_id)
    assert (during["due_at"], during["claimed_at"]) == (before["due_at"], before["claimed_at"])
    async with engine.begin() as tx:
        assert await release(tx, held, delay=timedelta(hours=1))
    assert (await interaction_row(engine, running.interaction_id))["due_at"] <= await now(engine)
    assert (await claim_interaction(engine, running.interaction_id)).cancel_age is not None


async def test_a_wish_during_a_lease_is_kept_by_the_batch_write_too(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    await woken_by_cancel(engine, running.job_id)
    assert await reschedule(engine, held)
    assert (await interaction_row(engine, running.interaction_id))["due_at"] <= await now(engine)


async def test_a_wish_on_a_resting_row_makes_it_due_at_once(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    assert await reschedule(engine, held)
    await woken_by_cancel(engine, running.job_id)
    assert (await interaction_row(engine, running.interaction_id))["due_at"] <= await now(engine)


async def test_a_wish_is_answered_once_and_then_the_plan_holds_again(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await woken_by_cancel(engine, running.job_id)
    held = (await claim_interaction(engine, running.interaction_id)).held
    assert await reschedule(engine, held)
    assert (await interaction_row(engine, running.interaction_id))["due_at"] > await now(engine)


@pytest.mark.parametrize("way", ["release", "reschedule"])
async def test_a_wish_that_commits_while_the_write_back_waits_for_it_is_not_lost(engine: Engine, way: str) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held

    async def write_back() -> None:
        async with engine.begin() as tx:
            if way == "release":
                assert await release(tx, held, delay=MINUTE)
            else:
                assert await polls.reschedule(tx, [still_running(held)])

    async with engine.begin() as wish:
        await request_cancel(wish, "default", running.job_id)
        writing = asyncio.create_task(write_back())
        await blocked(engine)
    await writing
    row = await interaction_row(engine, running.interaction_id)
    assert row["claimed_at"] is None
    assert row["due_at"] <= await now(engine)


@pytest.mark.parametrize("way", ["release", "reschedule"])
async def test_a_wish_that_waits_for_the_write_back_is_not_lost(engine: Engine, way: str) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    async with engine.begin() as writing:
        if way == "release":
            assert await release(writing, held, delay=MINUTE)
        else:
            assert await polls.reschedule(writing, [still_running(held)])
        wish = asyncio.create_task(woken_by_cancel(engine, running.job_id))
        await blocked(engine)
    await wish
    assert (await interaction_row(engine, running.interaction_id))["due_at"] <= await now(engine)


async def test_a_wish_during_a_create_is_seen_by_its_answer(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await woken_by_cancel(engine, submitted.job_id)
    row = await job_row(engine, submitted.job_id)
    assert row["wake"] == submitted.job.held.wake + 1
    assert row["due_at"] > await now(engine)
    await accept(engine, submitted.intent)
    assert (await interaction_row(engine, submitted.interaction_id))["cancel_requested_at"] is not None


async def test_an_ages_clock_is_the_databases(engine: Engine) -> None:
    running = await a_running_interaction(engine, deadline_seconds=600)
    await advance(engine, timedelta(minutes=4))
    young = await claim_interaction(engine, running.interaction_id)
    assert timedelta(minutes=4) <= young.age < timedelta(minutes=5)
    assert not young.past_deadline
    await advance(engine, timedelta(minutes=8))
    old = await claim_interaction(engine, running.interaction_id)
    assert old.past_deadline
    assert old.overdue is not None
    assert timedelta(minutes=2) <= old.overdue < timedelta(minutes=3)
    assert (old.cancel_age, old.cancel_sent_age, old.missing_age, old.delete_asked) == (None, None, None, False)


async def test_a_delivery_held_by_its_writer_is_read_by_it_and_by_nobody_else(engine: Engine) -> None:
    running = await a_running_interaction(engine, webhook_url=URL, metadata={"customer": "张"})
    held = (await claim_interaction(engine, running.interaction_id)).held
    ending = Ending(status=Status.COMPLETED, upstream_status="completed", preview="TPU", hold=LEASE)
    async with engine.begin() as tx:
        changed = await endings.end(tx, held, running.job_id, ending)
    assert changed is not None
    mine = changed.held
    assert mine is not None
    assert (mine.type, mine.url, mine.metadata) == ("job.completed", URL, {"customer": "张"})
    assert mine.data["preview"] == "TPU"
    async with engine.begin() as tx:
        assert await claims.claim_deliveries(tx, limit=10, lease=LEASE) == []
    await advance(engine, LEASE)
    async with engine.begin() as tx:
        [heir] = await claims.claim_deliveries(tx, limit=10, lease=LEASE)
    assert replace(heir, held=mine.held) == mine
    assert heir.held.claim == 2
