"""Is what is due found by its index, however much there is that is not due?"""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from longwatch.domain import ids
from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.shares import Limits
from longwatch.domain.states import Status
from longwatch.store import admission, answers, claims, deleting, door, due, endings, polls
from longwatch.store.claims import Held
from longwatch.store.creates import Intent
from longwatch.store.door import Change
from longwatch.store.due import Due, LaneDue
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine, Tx
from longwatch.store.polls import StillRunning
from tests.support.plans import analyze, plans_of
from tests.support.store import (
    LEASE,
    a_job,
    a_running_interaction,
    admit_job,
    advance,
    claim_interaction,
    execute,
    job_row,
)

pytestmark = pytest.mark.anyio

COMPLETED = Ending(status=Status.COMPLETED, upstream_status="completed")

ROWS = 50_000
URL = "https://receiver.example/hook"
SHAPES = """
WITH shape AS (SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS run FROM generate_series(1, :rows) AS n),
jobs AS (
    INSERT INTO job (id, project, status, lane_id, priority, tags, metadata, request_hash, on_unknown_submit,
        deadline_seconds, queued_deadline_seconds, action_deadline_seconds, interaction_id, last_sequence, due_at)
    SELECT id, 'default', CASE WHEN n % 10 = 0 THEN 'queued' ELSE 'completed' END, :lane, 5, '{}', '{}', '', 'hold',
        1, 1, 1, run, 1, CASE WHEN n % 10 = 0 THEN lw_now() + interval '1 d' END
    FROM shape
), runs AS (
    INSERT INTO interaction (id, job_id, lane_id, attempt, role, running, upstream_id, due_at)
    SELECT run, id, :lane, 1, 'collect', false, 'filler-' || n,
        CASE WHEN n % 10 = 1 THEN lw_now() + n * interval '1 s' + interval '1 d' END
    FROM shape
), events AS (
    INSERT INTO event (job_id, sequence, type, data) SELECT id, 1, 'job.completed', '{}' FROM shape
)
INSERT INTO delivery (id, job_id, sequence, url, status, due_at)
SELECT gen_random_uuid(), id, 1, 'https://filler.example', 'delivered',
    CASE WHEN n % 10 = 2 THEN lw_now() + n * interval '1 s' + interval '1 d' END
FROM shape
"""


@pytest.fixture
async def filled(engine: Engine) -> Engine:
    """A database in which many rows rest or wait for another day, and one of each kind is due."""
    running = await a_running_interaction(engine, webhook_url=URL)
    await execute(engine, SHAPES, rows=ROWS, lane=running.intent.lane_id)
    await analyze(engine)
    return engine


Act = Callable[[Tx], Awaitable[object]]


async def acts(engine: Engine) -> dict[str, Act]:
    """Return every statement of the hot path, ready to run."""
    [lane] = {row["lane_id"] for row in [await job_row(engine, await a_job(engine))]}
    due_job = await a_job(engine)
    await admit_job(engine, due_job)
    running = await a_running_interaction(engine, upstream_id="up-9", webhook_url=URL)
    held = (await claim_interaction(engine, running.interaction_id)).held
    intent = Intent(job_id=due_job, interaction_id=running.interaction_id, lane_id=lane)
    still = StillRunning(held=held, delay=LEASE, upstream_status="in_progress", progress_hash=None)
    other = Held(table="interaction", id=ids.new(), claim=1, wake=0)
    return {
        "claim jobs": lambda tx: claims.claim_jobs(tx, lane=lane, limit=5, lease=LEASE),
        "claim interactions": lambda tx: claims.claim_interactions(tx, lane=lane, limit=200, lease=LEASE),
        "claim deliveries": lambda tx: claims.claim_deliveries(tx, limit=20, lease=LEASE),
        "admit": lambda tx: admission.admit(tx, Limits(total=20)),
        "expire": lambda tx: admission.expire_unstarted(tx, limit=20),
        "what is due": looked,
        "anything to admit": admission.to_do,
        "renew": lambda tx: claims.renew(tx, "interaction", [held, other], lease=LEASE),
        "reschedule": lambda tx: polls.reschedule(tx, [still, still]),
        "change": lambda tx: door.change(tx, Change(job_id=due_job, event=NewEvent(EventType.PROGRESS))),
        "accept": lambda tx: answers.accepted(tx, intent, upstream_id="x", upstream_status=None, delay=LEASE),
        "accept at once": lambda tx: answers.accepted_at_once(
            tx, intent, attempt=1, upstream_id="x", upstream_status=None, delay=LEASE
        ),
        "end at once": lambda tx: endings.end_at_once(tx, held, running.job_id, COMPLETED, Derivation()),
        "keep": lambda tx: endings.keep(tx, held, raw=b"", content_type="", readable=True),
        "delete": lambda tx: deleting.delete(tx, "default", running.job_id),
    }


async def test_no_statement_of_the_hot_path_reads_a_whole_table(filled: Engine) -> None:
    for name, act in (await acts(filled)).items():
        plans = await plans_of(filled, act)
        for table in ("job", "interaction", "delivery", "event"):
            assert f"Seq Scan on {table}\n" not in f"{plans}\n", (name, plans)
            assert f"Seq Scan on {table} " not in plans, (name, plans)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("claim jobs", "job_due"),
        ("claim jobs", "job_held"),
        ("claim interactions", "interaction_due"),
        ("claim deliveries", "delivery_due"),
        ("admit", "job_to_admit"),
        ("anything to admit", "job_to_admit"),
        ("anything to admit", "job_start_deadline"),
        ("expire", "job_start_deadline"),
    ],
)
async def test_what_is_due_is_found_by_its_own_index(filled: Engine, name: str, index: str) -> None:
    assert f" using {index} on " in await plans_of(filled, (await acts(filled))[name])


async def test_stopped_lanes_and_jobs_of_another_day_are_not_read_when_admitting(filled: Engine) -> None:
    plans = await plans_of(filled, (await acts(filled))["admit"])
    assert "Index Cond: ((lane_id = lane.id) AND (priority = level.level) AND (due_at <= " in plans
    assert "Hash Join" not in plans


async def test_a_fresh_installation_says_that_nothing_is_planned(engine: Engine) -> None:
    async with engine.begin() as tx:
        assert await looked(tx) == Due(lanes=[], deliveries=0, wait=None)


async def looked(tx: Tx, *, deliveries: int = 20) -> Due:
    return await due.look(tx, polls=200, creates=5, deliveries=deliveries)


async def lanes_due(engine: Engine) -> list[LaneDue]:
    async with engine.begin() as tx:
        return (await looked(tx)).lanes


async def admitted(engine: Engine, number: int, **columns: str) -> uuid.UUID:
    for _ in range(number):
        job_id = await a_job(engine, **columns)
        await admit_job(engine, job_id)
    return job_id


async def test_each_lane_tells_what_is_due_up_to_the_cap(engine: Engine) -> None:
    first = (await job_row(engine, await admitted(engine, 7)))["lane_id"]
    second = (await job_row(engine, await admitted(engine, 2, agent="another")))["lane_id"]
    running = await a_running_interaction(engine, agent="another")
    await a_job(engine, agent="a lane at rest")
    assert await lanes_due(engine) == [
        LaneDue(lane=first, polls=0, creates=5),
        LaneDue(lane=second, polls=1, creates=2),
    ]
    await claim_interaction(engine, running.interaction_id)
    assert [lane.polls for lane in await lanes_due(engine)] == [0, 0]


async def test_the_next_time_is_the_earliest_of_all_kinds(engine: Engine) -> None:
    running = await a_running_interaction(engine, webhook_url=URL)
    at = "UPDATE {} SET due_at = lw_now() + make_interval(secs => :seconds)"
    for table, seconds in (("interaction", 300), ("delivery", 200), ("job", 100)):
        async with engine.begin() as tx:
            if table == "delivery":
                await door.change(tx, Change(job_id=running.job_id, event=NewEvent(EventType.ATTENTION)))
        await execute(engine, at.format(table), seconds=seconds)
        async with engine.begin() as tx:
            wait = (await looked(tx)).wait
        assert wait is not None
        assert timedelta(seconds=seconds - 5) < wait <= timedelta(seconds=seconds)
    await advance(engine, timedelta(seconds=150))
    async with engine.begin() as tx:
        overdue = (await looked(tx)).wait
    assert overdue is not None
    assert overdue < timedelta()


async def test_deliveries_are_counted_up_to_what_is_asked(engine: Engine) -> None:
    running = await a_running_interaction(engine, webhook_url=URL)
    for _ in range(5):
        async with engine.begin() as tx:
            await door.change(tx, Change(job_id=running.job_id, event=NewEvent(EventType.ATTENTION)))
    async with engine.begin() as tx:
        assert [(await looked(tx, deliveries=most)).deliveries for most in (3, 20)] == [3, 5]
