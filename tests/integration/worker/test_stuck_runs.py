"""Is a run that has gone silent shown, once, and for as long as it is silent?"""

import asyncio
import uuid
from typing import Any

import pytest

from scheduler.pacing import NowAndThen
from scheduler.stuck import EVERY, StuckRuns
from tests.support.house import House
from tests.support.raw_server import answer
from tests.support.scripted_upstream import house_told

pytestmark = pytest.mark.anyio

SILENT = {"life": {"ending": "stuck", "thoughts": 0}}
RUNNING = {"id": "run-1", "status": "in_progress", "steps": []}
# A long past of runs that took six minutes.
_HISTORY = """
INSERT INTO interaction
    (id, job_id, lane_id, attempt, role, running, upstream_id, upstream_status, answered_at, ended_at)
SELECT gen_random_uuid(), job.id, job.lane_id, 1, 'collect', false, 'past-' || number, 'completed',
    lw_now() - interval '1 day' - interval '6 min', lw_now() - interval '1 day'
FROM job, generate_series(1, 50) AS number WHERE job.id = :id RETURNING id
"""


def saying(words: str) -> dict[str, Any]:
    return {**RUNNING, "steps": [{"type": "thought", "summary": [{"type": "text", "text": words}]}]}


async def after(home: House, *, minutes: int) -> None:
    """Let *minutes* pass with a read each, and look for stuck runs."""
    for _ in range(minutes):
        await home.later(61)
    await StuckRuns(home.runtime.engine).run_once()


async def mark_of(home: House, job: uuid.UUID) -> str | None:
    code: str | None = (await home.row(job))["attention_code"]
    return code


async def test_a_silent_run_is_stuck_after_twice_its_agents_usual_time(home: House) -> None:
    home.upstream.script(SILENT)
    job = await home.job()
    await home.running(job)
    await home.rows(_HISTORY, id=job)
    await after(home, minutes=11)
    assert await mark_of(home, job) is None
    await after(home, minutes=2)
    row = await home.row(job)
    assert (row["attention_code"], row["status"]) == ("stuck", "in_progress")
    assert "of the last 50 runs of this agent took no longer than 6 min" in row["attention_detail"]
    assert (await home.events(job))[-1] == "job.attention"


async def test_without_a_history_the_documented_hour_counts(home: House) -> None:
    home.upstream.script(SILENT)
    job = await home.job()
    await home.running(job)
    await after(home, minutes=58)
    assert await mark_of(home, job) is None
    await after(home, minutes=3)
    assert await mark_of(home, job) == "stuck"


async def test_it_is_told_once_however_many_schedulers_look(home: House) -> None:
    home.upstream.script(SILENT)
    job = await home.job()
    await home.running(job)
    await after(home, minutes=61)
    await asyncio.gather(*(StuckRuns(home.runtime.engine).run_once() for _ in range(4)))
    assert (await home.events(job)).count("job.attention") == 1


async def test_a_run_that_moves_again_loses_the_mark_and_may_get_it_again(database_url: str) -> None:
    async with house_told(database_url, RUNNING) as (home, server):
        job = await home.job()
        await home.running(job)
        await after(home, minutes=61)
        assert await mark_of(home, job) == "stuck"
        server.behaviours[:] = [answer(saying("Reading on"))]
        await after(home, minutes=1)
        assert await mark_of(home, job) is None
        await after(home, minutes=17)
        assert await mark_of(home, job) == "stuck"


async def test_an_old_run_that_still_speaks_is_not_stuck(database_url: str) -> None:
    async with house_told(database_url, RUNNING) as (home, server):
        job = await home.job()
        await home.running(job)
        for hour in range(5):
            server.behaviours[:] = [answer(saying(f"Source {hour}"))]
            await after(home, minutes=14)
            assert await mark_of(home, job) is None


async def test_a_stuck_run_that_ends_ends_its_job_without_a_mark(database_url: str) -> None:
    report = {"type": "model_output", "content": [{"type": "text", "text": "The tides turn."}]}
    done = {**RUNNING, "status": "completed", "steps": [report]}
    async with house_told(database_url, RUNNING) as (home, server):
        job = await home.job()
        await home.running(job)
        await after(home, minutes=61)
        server.behaviours[:] = [answer(done)]
        row = await home.ended(job)
        assert (row["status"], row["attention_code"]) == ("completed", None)


async def test_a_stuck_run_that_asks_for_something_has_lost_its_mark(database_url: str) -> None:
    async with house_told(database_url, RUNNING) as (home, server):
        job = await home.job()
        await home.running(job)
        await after(home, minutes=61)
        server.behaviours[:] = [answer({**RUNNING, "status": "requires_action"})]
        row = await home.when(job, lambda row: row["status"] == "requires_action", step=60)
        assert row["attention_code"] is None


async def test_a_failed_read_takes_no_mark_for_silence_away(home: House) -> None:
    home.upstream.script(SILENT)
    job = await home.job()
    await home.running(job)
    await after(home, minutes=61)
    home.upstream.script({"op": "get", "fault": {"kind": "status", "status": 500}, "times": 1}, SILENT)
    await after(home, minutes=4)
    assert await mark_of(home, job) == "stuck"
    assert (await home.events(job)).count("job.attention") == 1


async def test_what_the_upstream_queues_or_nobody_wants_any_more_is_not_stuck(home: House) -> None:
    home.upstream.script({"life": {"queued_seconds": 36_000, "ending": "stuck"}})
    queued, unwanted = await home.job("the queued one"), await home.job("the unwanted one")
    for job in (queued, unwanted):
        await home.running(job)
    await home.rows(
        "UPDATE interaction SET upstream_status = 'in_progress' WHERE job_id = :id RETURNING id", id=unwanted
    )
    await home.rows(
        "UPDATE interaction SET cancel_requested_at = lw_now() WHERE job_id = :id RETURNING id", id=unwanted
    )
    await home.pass_time(3700)
    await StuckRuns(home.runtime.engine).run_once()
    assert [await mark_of(home, job) for job in (queued, unwanted)] == [None, None]


async def test_it_looks_once_a_minute_and_at_nothing_between(home: House) -> None:
    home.upstream.script(SILENT)
    job = await home.job()
    await home.running(job)
    duty = NowAndThen(StuckRuns(home.runtime.engine), every=EVERY)
    assert await duty.run_once() == 0
    await home.pass_time(3700)
    assert await duty.run_once() == 0
    assert await mark_of(home, job) is None
