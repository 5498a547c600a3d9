"""What do reads and lag come to through the whole path: worker, database, api and a simulated upstream's webhooks?"""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from statistics import quantiles
from typing import Any

import pytest

from longwatch.store.statements import text
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.pushes import earn_trust, house_with_push
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.anyio, pytest.mark.soak, pytest.mark.timeout(600)]

LIVES = [150, 185, 210, 240, 270, 305, 345, 390, 440, 500, 580, 700]
"""Seconds that each run takes, about lognormal around five and a half minutes."""
LOSSY = {"op": "webhook", "fault": {"kind": "lose"}, "probability": 0.5, "seed": 5}


@pytest.fixture
def upstream() -> Iterator[LiveSimulator]:
    """A simulator of its own, whose clock agrees with the database's."""
    with simulator_running() as live:
        yield live


async def lived(home: House, *, step: float, told: bool = False) -> int:
    """Take all runs to their end in steps of simulated seconds, and return how often they were read."""
    for number in range(len(LIVES)):
        await home.job(f"research number {number:02}")
    await home.pump()
    while await home.rows("SELECT FROM job WHERE finished_at IS NULL"):
        await home.pass_time(step)
        if told:
            await eventually_async(lambda: _all_told(home))
        await home.pump()
    [row] = await home.rows("SELECT sum(polls) AS reads FROM interaction")
    return int(row["reads"])


async def _all_told(home: House) -> bool:
    """Return whether every run that has ended upstream has been told, or its end been seen."""
    ended = [run["id"] for run in home.upstream.ledger()["interactions"] if run["ended_at"] is not None]
    query = "SELECT FROM interaction WHERE upstream_id = ANY(:ids) AND pushed_at IS NULL AND ended_at IS NULL"
    return not await home.rows(query, ids=ended)


def script(upstream: LiveSimulator, *faults: dict[str, Any]) -> None:
    lives = [
        {"match": {"prompt": f"research number {number:02}"}, "life": {"run_seconds": seconds}}
        for number, seconds in enumerate(LIVES)
    ]
    upstream.script(*lives, *faults)


def plain_house(database_url: str, upstream: LiveSimulator) -> AbstractAsyncContextManager[House]:
    return house(database_url, upstream, poll_policy="exponential")


async def test_with_push_ends_are_seen_within_three_seconds_at_a_fifth_of_the_reads_and_lossy_costs_no_more(
    database_url: str, upstream: LiveSimulator
) -> None:
    script(upstream)
    async with plain_house(database_url, upstream) as home:
        without = await lived(home, step=5)
        await _forget(home)
    script(upstream, LOSSY)
    async with house_with_push(database_url, upstream, poll_policy="exponential") as (home, _):
        await earn_trust(home)
        lossy = await lived(home, step=5)
        await _forget(home)
    script(upstream)
    async with house_with_push(database_url, upstream, poll_policy="exponential") as (home, _):
        await earn_trust(home)
        pushed = await lived(home, step=1, told=True)
        seen = await home.rows("SELECT seen_by, lag_seconds FROM sighting WHERE lag_seconds > 0")
    assert {row["seen_by"] for row in seen} == {"push"}
    assert quantiles([row["lag_seconds"] for row in seen], n=20)[-1] <= 3
    assert pushed <= without / 5, (pushed, without)
    assert lossy <= without, (lossy, without)


async def _forget(home: House) -> None:
    """Let the next house begin with no run, and nothing known of push."""
    async with home.runtime.engine.begin() as tx:
        await tx.execute(text("TRUNCATE job, sighting CASCADE"))
