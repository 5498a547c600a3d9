import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from longwatch.upstream.http import Timeouts
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

IMPATIENT = Timeouts(get=timedelta(seconds=1))
TROUBLES: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "502 in HTML": {"kind": "status", "status": 502, "body": "html"},
    "503 in an array": {"kind": "status", "status": 503, "body": "array"},
    "504 without a word": {"kind": "status", "status": 504, "body": "empty"},
    "429": {"kind": "rate_limited"},
    "a reset": {"kind": "reset"},
    "half a body": {"kind": "half_answer"},
    "a dropped answer": {"kind": "accept_then_drop"},
    "a body that drips": {"kind": "slow", "dribble_seconds": 3},
    "a strange refusal": {"kind": "status", "status": 418},
}


@pytest.fixture
async def impatient(database_url: str, upstream: LiveSimulator) -> AsyncIterator[House]:
    """A house that waits a second for a read."""
    async with house(database_url, upstream, timeouts=IMPATIENT) as home:
        yield home


async def _wait(home: House) -> float:
    [row] = await home.rows("SELECT extract(epoch FROM due_at - lw_now()) AS wait FROM interaction")
    return float(row["wait"])


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_read_that_fails_changes_nothing_and_the_run_is_found_again(impatient: House, name: str) -> None:
    home = impatient
    job = await home.job()
    before = await home.running(job)
    home.upstream.script({"op": "get", "fault": TROUBLES[name]})
    for failures in range(1, 4):
        await home.later(await _wait(home) + 0.1)
        assert (await home.interaction(job))["failures"] == failures
    row = await home.row(job)
    assert (row["status"], row["attention_code"], row["error"]) == ("in_progress", None, None)
    assert row["last_sequence"] == before["last_sequence"]
    home.upstream.script()
    row = await home.ended(job)
    assert (row["status"], row["creates"]) == ("completed", 1)
    assert len(home.upstream.entries("create")) == 1


async def test_reads_that_fail_are_repeated_ever_more_rarely(home: House) -> None:
    home.upstream.script({"op": "get", "fault": {"kind": "status", "status": 500}})
    job = await home.job()
    await home.running(job)
    waits = []
    for _ in range(9):
        await home.later(await _wait(home) + 0.1)
        waits.append(await _wait(home))
    assert waits[0] == pytest.approx(2, rel=0.3)
    assert waits[3] == pytest.approx(16, rel=0.3)
    assert waits[8] == pytest.approx(120, rel=0.3)


async def test_a_read_after_trouble_goes_back_to_the_usual_rhythm(home: House) -> None:
    home.upstream.script(
        {"op": "get", "fault": {"kind": "status", "status": 500}, "times": 3}, {"life": {"run_seconds": 9000}}
    )
    job = await home.job()
    await home.running(job)
    for _ in range(4):
        await home.later(await _wait(home) + 0.1)
    assert (await home.interaction(job))["failures"] == 0
    assert await _wait(home) == pytest.approx(7.5, abs=0.5)


async def test_retry_after_on_a_read_is_kept_to(home: House) -> None:
    home.upstream.script({"op": "get", "fault": {"kind": "rate_limited", "retry_after": 300}, "times": 1})
    job = await home.job()
    await home.running(job)
    await home.later(6)
    assert await _wait(home) == pytest.approx(300, abs=2)


async def test_an_upstream_that_is_away_for_an_hour_costs_nothing_but_time(home: House) -> None:
    home.upstream.script({"op": "get", "fault": {"kind": "reset"}})
    jobs = [await home.job(f"topic {number}") for number in range(5)]
    for _ in range(30):
        await home.pump()
        await home.pass_time(120)
    home.upstream.script()
    for job in jobs:
        row = await home.ended(job)
        assert (row["status"], row["creates"]) == ("completed", 1)


async def test_one_run_that_answers_slowly_delays_no_other(home: House) -> None:
    slow = {"op": "get", "match": {"prompt": "slow one"}, "fault": {"kind": "slow", "seconds": 20}}
    home.upstream.script(slow, {"life": {"run_seconds": 30}})
    straggler = await home.job("the slow one")
    quick = [await home.job(f"topic {number}") for number in range(10)]
    for job in [straggler, *quick]:
        await home.running(job)
    await home.pass_time(25)
    began = home.runtime.clock.monotonic()
    for job in quick:
        assert (await home.ended(job, step=5))["status"] == "completed"
    assert home.runtime.clock.monotonic() - began < 10
    assert (await home.row(straggler))["status"] == "in_progress"


async def test_reads_that_wait_for_their_turn_are_not_failures(database_url: str, upstream: LiveSimulator) -> None:
    upstream.script({"op": "get", "fault": {"kind": "slow", "seconds": 0.3}}, {"life": {"run_seconds": 9000}})
    async with house(database_url, upstream, timeouts=Timeouts(connect=timedelta(seconds=0.2))) as home:
        home.runtime.open_requests = asyncio.Semaphore(2)
        jobs = [await home.job(f"topic {number}") for number in range(10)]
        for job in jobs:
            await home.running(job)
        await home.later(10)

        async def all_read() -> bool:
            return all([(await home.interaction(job))["polls"] == 1 for job in jobs])

        await eventually_async(all_read)
        assert {(await home.interaction(job))["failures"] for job in jobs} == {0}
