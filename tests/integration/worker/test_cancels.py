import asyncio

import pytest

from longwatch.domain.states import Status
from longwatch.store.rows import RowMapping
from tests.support.house import House, Upstream, house
from tests.support.live_simulator import LiveSimulator
from tests.support.raw_server import RawServer, answer, reset
from tests.support.scripted_upstream import Gate
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

ENDLESS = {"life": {"run_seconds": 1_000_000}}


def _upstream_status(home: House) -> str:
    [interaction] = home.upstream.ledger()["interactions"]
    return str(interaction["status"])


async def test_a_queued_job_is_cancelled_at_once_and_never_created(home: House) -> None:
    job = await home.job()
    assert await home.cancel(job) is Status.CANCELLED
    await home.later(60)
    assert not home.upstream.entries("create")
    assert (await home.events(job))[-2:] == ["job.cancel_requested", "job.cancelled"]


async def test_a_running_job_is_cancelled_upstream_and_then_here(home: House) -> None:
    home.upstream.script(ENDLESS)
    job = await home.job()
    await home.running(job)
    assert await home.cancel(job) is Status.IN_PROGRESS
    await home.pump()
    assert (await home.row(job))["status"] == "cancelled"
    assert _upstream_status(home) == "cancelled"
    assert (await home.events(job))[-2:] == ["job.cancel_requested", "job.cancelled"]


async def test_a_cancel_that_lags_upstream_is_waited_for_and_asked_for_once_a_minute(home: House) -> None:
    home.upstream.life(run_seconds=1_000_000, cancel_lag_seconds=200)
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    await home.pump()
    assert (await home.row(job))["status"] == "in_progress"
    assert (await home.ended(job, step=10))["status"] == "cancelled"
    assert 2 <= len(home.upstream.entries("cancel")) <= 5


async def test_a_completion_beats_the_cancel(home: House) -> None:
    home.upstream.life(run_seconds=30, cancel_lag_seconds=60, cancel_wins=False)
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    row = await home.ended(job, step=10)
    assert row["status"] == "completed"
    [result] = await home.rows("SELECT text FROM result")
    assert result["text"]


async def test_a_run_that_does_not_end_within_ten_minutes_is_cancelled_here_and_collected_later(home: House) -> None:
    home.upstream.life(run_seconds=7200, cancel_wins=False)
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    row = await home.ended(job, step=20)
    assert row["status"] == "cancelled"
    assert 600 <= (row["finished_at"] - row["cancel_requested_at"]).total_seconds() <= 700
    for _ in range(12):
        await home.later(900)
    row = await home.row(job)
    assert (row["status"], row["late_result"]) == ("cancelled", True)
    assert (await home.events(job))[-1] == "job.late_result"


async def test_an_upstream_that_knows_no_cancel_leaves_the_job_cancelled_here(home: House) -> None:
    home.upstream.life(run_seconds=600, cancel_unsupported=True)
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    await home.pump()
    assert (await home.row(job))["status"] == "cancelled"
    for _ in range(10):
        await home.later(200)
    assert (await home.row(job))["late_result"] is True


async def test_a_cancel_that_the_upstream_fails_is_asked_for_again(home: House) -> None:
    home.upstream.script({"op": "cancel", "fault": {"kind": "status", "status": 503}, "times": 2}, ENDLESS)
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    row = await home.ended(job, step=5)
    assert row["status"] == "cancelled"
    assert _upstream_status(home) == "cancelled"


async def test_a_cancel_asked_while_no_worker_is_there_is_the_first_thing_that_one_does(home: House) -> None:
    home.upstream.script(ENDLESS)
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    await home.pass_time(3600)
    await home.pump()
    row = await home.row(job)
    assert row["status"] == "cancelled"
    assert _upstream_status(home) == "cancelled"


async def test_a_cancel_while_the_create_is_open_cancels_the_run_that_comes_of_it(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "slow", "seconds": 0.7}}, ENDLESS)
    job = await home.job()
    pumping = asyncio.create_task(home.pump())
    await eventually_async(lambda: asyncio.to_thread(home.upstream.entries, "create"))
    assert await home.cancel(job) is Status.SUBMITTING
    await pumping
    await home.ended(job, step=2)
    row = await home.row(job)
    assert (row["status"], row["creates"]) == ("cancelled", 1)
    assert _upstream_status(home) == "cancelled"


async def test_a_refused_create_is_not_repeated_after_a_cancel(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "rate_limited"}})
    job = await home.job()
    await home.pump()
    assert await home.cancel(job) is Status.CANCELLED
    home.upstream.script()
    await home.later(600)
    assert len(home.upstream.entries("create")) == 1


async def test_a_cancel_of_an_unknown_create_ends_the_job_keeps_the_mark_and_never_creates_again(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "accept_then_drop"}})
    job = await home.job(on_unknown_submit="resubmit")
    await home.pump()
    assert await home.cancel(job) is Status.CANCELLED
    row = await home.row(job)
    assert (row["status"], row["attention_code"]) == ("cancelled", "submit_unknown")
    await home.later(600)
    assert len(home.upstream.entries("create")) == 1


async def _cancelled_at(gate: Gate, home: House) -> RowMapping:
    """Cancel a new job while its create stands at *gate*, let the answer through, and return the job's row."""
    job = await home.job(on_unknown_submit="resubmit")
    pumping = asyncio.create_task(home.pump())
    await gate.heard.wait()
    assert await home.cancel(job) is Status.SUBMITTING
    gate.open.set()
    await pumping
    await home.later(600)
    return await home.row(job)


@pytest.mark.parametrize("status", [429, 400, 401])
async def test_a_cancel_while_the_create_is_open_and_is_refused_ends_the_job_without_another(
    database_url: str, status: int
) -> None:
    gate = Gate(answer({"error": {"code": "no", "message": "No."}}, status=status))
    async with RawServer([gate]) as server, house(database_url, Upstream(server.url)) as home:
        row = await _cancelled_at(gate, home)
        assert (row["status"], row["attention_code"], row["creates"]) == ("cancelled", None, 1)
        assert server.count("POST") == 1


async def test_a_cancel_while_the_create_is_open_and_is_lost_ends_the_job_with_the_mark(database_url: str) -> None:
    gate = Gate(reset)
    async with RawServer([gate]) as server, house(database_url, Upstream(server.url)) as home:
        row = await _cancelled_at(gate, home)
        assert (row["status"], row["attention_code"], row["creates"]) == ("cancelled", "submit_unknown", 1)
        assert server.count("POST") == 1


async def test_a_run_whose_key_is_no_longer_configured_is_cancelled_here_after_ten_minutes(
    database_url: str, upstream: LiveSimulator
) -> None:
    upstream.script(ENDLESS)
    async with house(database_url, upstream, upstream_keys={"other": "a-key"}) as home:
        job = await home.job(upstream_key="other")
        await home.running(job)
    async with house(database_url, upstream) as home:
        await home.cancel(job)
        row = await home.when(job, lambda row: row["attention_code"] is not None)
        assert row["attention_code"] == "key_rejected"
        row = await home.ended(job)
        assert row["status"] == "cancelled"
        assert 600 <= (row["finished_at"] - row["cancel_requested_at"]).total_seconds() <= 900
    assert not upstream.entries("cancel")
