"""Does push slow the reads of real runs while it keeps its word, and is each end's first sight noted?"""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from longwatch.store import sightings
from tests.support import pushes
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.pushes import TOKEN, a_push, earn_trust, house_with_push, send
from tests.support.store import execute
from tests.support.waiting import eventually_async
from worker import reputation

pytestmark = pytest.mark.anyio

LASTING = {"life": {"run_seconds": 3000}}
Pushed = tuple[House, httpx.AsyncClient]


@pytest.fixture
def upstream() -> Iterator[LiveSimulator]:
    """A simulator of its own: only a clock that nobody has moved agrees with the database's on when a run ended."""
    with simulator_running() as live:
        yield live


@pytest.fixture
async def pushed(database_url: str, upstream: LiveSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pushed]:
    monkeypatch.setattr(reputation, "FRESH_SECONDS", 0.0)
    async with house_with_push(database_url, upstream) as found:
        yield found


async def wait_of(home: House, job: object) -> float:
    """Return the seconds until the job's run is read next."""
    [row] = await home.rows(
        "SELECT extract(epoch FROM due_at - lw_now()) AS wait FROM interaction WHERE job_id = :id", id=job
    )
    return float(row["wait"])


async def test_until_push_has_spoken_a_run_is_read_as_without_it(pushed: Pushed) -> None:
    home, _ = pushed
    home.upstream.script(LASTING)
    job = await home.job()
    await home.running(job)
    assert 4 < await wait_of(home, job) <= 5
    await home.later(5)
    assert 7 < await wait_of(home, job) <= 7.5


async def test_while_push_keeps_its_word_every_read_is_five_minutes_away(pushed: Pushed) -> None:
    home, _ = pushed
    await earn_trust(home)
    home.upstream.script(LASTING)
    job = await home.job()
    await home.running(job)
    assert 299 < await wait_of(home, job) <= 300
    await home.later(300)
    assert 299 < await wait_of(home, job) <= 300
    assert (await home.interaction(job))["polls"] == 1


async def test_a_deadline_is_not_slept_through(pushed: Pushed) -> None:
    home, _ = pushed
    await earn_trust(home)
    home.upstream.script(LASTING)
    job = await home.job(deadline_seconds=60)
    await home.running(job)
    await home.later(61)
    assert (await home.row(job))["status"] == "expired"


async def test_runs_that_push_will_not_tell_of_are_read_as_without_it(
    database_url: str, upstream: LiveSimulator
) -> None:
    async with house(database_url, upstream) as home:
        await earn_trust(home)
        upstream.script(LASTING)
        job = await home.job()
        await home.running(job)
        assert await wait_of(home, job) <= 5


async def test_a_word_that_came_too_soon_is_followed_by_quick_reads_and_noted(pushed: Pushed) -> None:
    home, client = pushed
    await earn_trust(home)
    home.upstream.script({"life": {"run_seconds": 300}}, {"op": "webhook", "fault": {"kind": "lose"}})
    job = await home.job()
    await home.running(job)
    await home.pass_time(290)
    await send(client, pushes.by_key(a_push((await home.interaction(job))["upstream_id"])))
    await home.pump()
    assert await wait_of(home, job) <= 2
    await home.ended(job, step=1)
    [seen] = await home.rows("SELECT * FROM sighting WHERE push_idle")
    assert seen["seen_by"] == "push"
    assert seen["lag_seconds"] < 15


async def test_an_end_that_push_tells_is_seen_by_it_at_once(pushed: Pushed) -> None:
    home, _ = pushed
    await earn_trust(home)
    home.upstream.script({"life": {"run_seconds": 300}})
    job = await home.job()
    await home.running(job)
    await home.pass_time(301)
    await eventually_async(lambda: home.rows("SELECT FROM interaction WHERE pushed_at IS NOT NULL"))
    await home.pump()
    assert (await home.row(job))["status"] == "completed"
    [seen] = await home.rows("SELECT * FROM sighting WHERE interaction_id IN (SELECT id FROM interaction)")
    assert (seen["seen_by"], seen["expected"], seen["push_idle"]) == ("push", True, False)
    assert 0 <= seen["lag_seconds"] < 10
    assert (await home.interaction(job))["polls"] == 1


async def test_an_end_that_no_webhook_tells_of_is_seen_by_a_poll_and_is_nobodys_miss(pushed: Pushed) -> None:
    home, _ = pushed
    await earn_trust(home)
    home.upstream.script({"life": {"run_seconds": 250, "ending": "incomplete"}})
    job = await home.job()
    row = await home.ended(job)
    assert row["status"] == "incomplete"
    [seen] = await home.rows("SELECT * FROM sighting WHERE interaction_id IN (SELECT id FROM interaction)")
    assert (seen["seen_by"], seen["expected"]) == ("poll", False)
    assert 30 < seen["lag_seconds"] < 200
    async with home.runtime.engine.begin() as tx:
        assert (await sightings.judged(tx)).missed == 0


async def test_push_that_misses_more_than_a_few_is_relied_on_no_more_until_it_tells_again(pushed: Pushed) -> None:
    home, _ = pushed
    await earn_trust(home)
    home.upstream.script({"op": "webhook", "fault": {"kind": "lose"}}, {"life": {"run_seconds": 100}})
    for _ in range(4):
        await home.ended(await home.job())
    home.upstream.script(LASTING)
    job = await home.job()
    await home.running(job)
    assert await wait_of(home, job) <= 5
    told = (
        "INSERT INTO sighting (interaction_id, seen_by, lag_seconds, expected, pushed_at, push_idle) "
        "SELECT gen_random_uuid(), 'push', 0, true, lw_now(), false FROM generate_series(1, 18)"
    )
    await execute(home.runtime.engine, told)
    await home.later(5)
    assert await wait_of(home, job) > 299


async def test_a_database_that_is_away_decides_for_reading_often() -> None:
    home_settings = {"public_url": "https://jobs.example", "push_token": TOKEN}
    async with house(
        "postgresql://nobody@127.0.0.1:1/nothing", LiveSimulator("http://127.0.0.1:1"), **home_settings
    ) as home:
        assert not await home.runtime.reputation.trusted()
