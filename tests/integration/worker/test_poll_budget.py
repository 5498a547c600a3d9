"""Do all workers together read no more often than an upstream key may, whatever becomes of Redis?"""

import asyncio

import pytest
import redis

from longwatch.domain.clock import Clock
from longwatch.embedded.valkey import free_port
from tests.support.house import house
from tests.support.live_simulator import simulator_running
from tests.support.waiting import eventually_async
from worker.budget import SHARE_ALONE, PollBudget, poll_budget

pytestmark = pytest.mark.anyio

AT_ONCE = 100_000


def a_budget(url: str | None, **rates: float) -> PollBudget:
    return poll_budget(rates, url, Clock())


async def filled(budget: PollBudget, key: str) -> bool:
    """Say whether there is something in the bucket, and leave it there."""
    taken = await budget.take(key, 1)
    await budget.take(key, -taken)
    return taken > 0


async def test_a_missing_bucket_starts_empty_and_fills_with_time(valkey_url: str) -> None:
    budget = a_budget(valkey_url, default=500.0)
    assert await budget.take("default", AT_ONCE) == 0
    await eventually_async(lambda: filled(budget, "default"))
    assert 0 < await budget.take("default", AT_ONCE) <= 500
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
    assert await budget.take("default", AT_ONCE) == 0
    await budget.aclose()


async def test_workers_share_one_bucket_and_never_take_more_than_it_has(valkey_url: str) -> None:
    budgets = [a_budget(valkey_url, default=50.0) for _ in range(4)]
    clock = Clock()
    begun, taken = clock.monotonic(), 0
    while clock.monotonic() - begun < 1:
        taken += sum(await asyncio.gather(*(budget.take("default", 20) for budget in budgets)))
    assert 20 < taken <= 50 * (clock.monotonic() - begun) + 1
    for budget in budgets:
        await budget.aclose()


async def test_what_was_not_used_is_given_back(valkey_url: str) -> None:
    budget = a_budget(valkey_url, default=1.0)
    await budget.take("default", 1)
    await eventually_async(lambda: filled(budget, "default"))
    assert await budget.take("default", 1) == 1
    assert await budget.take("default", -1) == -1
    assert await budget.take("default", 1) == 1
    await budget.aclose()


async def test_each_key_has_a_budget_of_its_own_and_one_without_reads_as_it_likes(valkey_url: str) -> None:
    budget = a_budget(valkey_url, default=100.0)
    assert await budget.take("another", AT_ONCE) == AT_ONCE
    assert a_budget(None, **{"*": 3.0, "default": 9.0}).rate("another") == 3.0
    await budget.aclose()


async def test_while_redis_is_away_a_worker_takes_a_fixed_share(capsys: pytest.CaptureFixture[str]) -> None:
    budget = a_budget(f"redis://127.0.0.1:{free_port()}/0", default=80.0)
    clock = Clock()
    begun, taken = clock.monotonic(), 0
    while clock.monotonic() - begun < 1:
        taken += await budget.take("default", AT_ONCE)
    assert 0 < taken <= 80 * SHARE_ALONE * (clock.monotonic() - begun) + 1
    assert capsys.readouterr().out.count("the poll budget is not shared") == 1
    await budget.aclose()


async def a_full_bucket(budget: PollBudget, client: "redis.Redis[bytes]") -> int:
    """Return how much is in the bucket when it is full: what one second brings."""
    client.hset("longwatch:polls:default", mapping={"tokens": 0, "at": client.time()[0] - 10})
    return await budget.take("default", AT_ONCE)


async def test_a_429_of_a_read_halves_the_rate_once_for_a_burst(
    valkey_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    budget, another = a_budget(valkey_url, default=400.0), a_budget(valkey_url, default=400.0)
    for one in (budget, another, budget):
        await one.slow_down("default")
    with redis.Redis.from_url(valkey_url) as client:
        assert await a_full_bucket(another, client) == 200
    assert capsys.readouterr().out.count("reads are slowed down") == 1
    await budget.aclose()
    await another.aclose()


async def test_the_rate_doubles_again_for_each_minute_without_a_429(valkey_url: str) -> None:
    budget = a_budget(valkey_url, default=400.0)
    with redis.Redis.from_url(valkey_url) as client:
        now = client.time()[0]
        client.hset("longwatch:polls:default", mapping={"halvings": 3, "halved_at": now - 130})
        assert await a_full_bucket(budget, client) == 200
        client.hset("longwatch:polls:default", mapping={"halvings": 3, "halved_at": now - 190})
        assert await a_full_bucket(budget, client) == 400
        await budget.slow_down("default")
        assert client.hget("longwatch:polls:default", "halvings") == b"1"
    await budget.aclose()


async def test_a_key_without_a_rate_is_not_slowed_nor_is_any_while_redis_is_away(valkey_url: str) -> None:
    for budget in (a_budget(valkey_url, another=1.0), a_budget(f"redis://127.0.0.1:{free_port()}/0", default=1.0)):
        await budget.slow_down("default")
        await budget.aclose()
    with redis.Redis.from_url(valkey_url) as client:
        assert not client.keys()


async def test_the_upstreams_429_reaches_the_budget(database_url: str, valkey_url: str) -> None:
    settings = {"polls_per_second": {"default": 50.0}, "broker_url": valkey_url}
    with simulator_running() as upstream:
        async with house(database_url, upstream, **settings) as home:
            job = await home.job()
            await home.running(job)
            upstream.fault("get", "rate_limited", retry_after=1)
            await eventually_async(lambda: filled(home.runtime.budget, "default"))
            await home.later(60)
            with redis.Redis.from_url(valkey_url) as client:
                assert client.hget("longwatch:polls:default", "halvings") == b"1"
            assert (await home.row(job))["status"] == "in_progress"


async def test_runs_that_are_due_wait_while_the_budget_is_spent(database_url: str, valkey_url: str) -> None:
    settings = {"polls_per_second": {"default": 2.0}, "broker_url": valkey_url}
    with simulator_running() as upstream:
        async with house(database_url, upstream, **settings) as home:
            jobs = [await home.job() for _ in range(6)]
            for job in jobs:
                await home.running(job)
            await home.rows("UPDATE interaction SET due_at = lw_now() RETURNING id")
            await home.runtime.budget.take("default", 2)
            before = await home.rows("SELECT sum(polls) AS polls FROM interaction")
            await home.pump()
            after = await home.rows("SELECT sum(polls) AS polls FROM interaction")
            assert after[0]["polls"] - before[0]["polls"] <= 3
            assert len(await home.rows("SELECT FROM interaction WHERE due_at <= lw_now()")) >= 3
