"""Is it known, and said in time, that the upstream may forget a run before it is read?"""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from longwatch.settings import Settings
from longwatch.store.engine import Engine
from longwatch.store.unread import Unread, unread
from scheduler.pacing import NowAndThen
from scheduler.unread import EVERY, UnreadAlarm
from tests.integration.store.test_purging import an_ended_job
from tests.support.api import Api, api_over
from tests.support.hand import Hand
from tests.support.store import AGENT, a_running_interaction, advance, execute

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
RESTS = "UPDATE interaction SET due_at = lw_now() + interval '30 days'"


async def found(engine: Engine) -> list[Unread]:
    async with engine.begin() as tx:
        return list(await unread(tx, retention=DAY))


async def test_a_run_that_is_read_in_time_is_in_no_danger(engine: Engine) -> None:
    await a_running_interaction(engine)
    await execute(engine, RESTS)
    await advance(engine, 20 * HOUR)
    assert await found(engine) == []


@pytest.mark.parametrize("trouble", ["failures = 1", "due_at = lw_now() - interval '1 s'"])
async def test_a_run_that_is_overdue_or_fails_to_be_read_may_be_lost(engine: Engine, trouble: str) -> None:
    await a_running_interaction(engine)
    await a_running_interaction(engine, upstream_id="up-2")
    await execute(engine, RESTS)
    await advance(engine, 20 * HOUR)
    await execute(engine, f"UPDATE interaction SET {trouble}")  # noqa: S608
    [lane] = await found(engine)
    assert (lane.upstream_key, lane.agent, lane.runs) == ("default", AGENT, 2)
    assert timedelta(hours=3.9) < lane.left < timedelta(hours=4)


async def test_what_is_stored_or_deleted_is_in_no_danger(engine: Engine) -> None:
    await an_ended_job(engine, look_again=HOUR)
    await a_running_interaction(engine, upstream_id="up-2")
    await execute(engine, "UPDATE interaction SET delete_requested_at = lw_now() WHERE upstream_id = 'up-2'")
    await advance(engine, 20 * HOUR)
    assert await found(engine) == []


async def test_the_alarm_is_raised_once_and_again_each_hour_until_the_runs_are_read(engine: Engine) -> None:
    await a_running_interaction(engine)
    at = [0.0]
    alarm = NowAndThen(UnreadAlarm(engine, Settings(), clock=Hand(at)), every=EVERY, clock=Hand(at))

    async def heard(minutes: float) -> list[Any]:
        at[0] += minutes * 60
        with capture_logs() as logs:
            assert await alarm.run_once() == 0
        return [(line["log_level"], line["event"]) for line in logs]

    loud = [("error", "the upstream may forget runs before they are read")]
    await advance(engine, 17 * HOUR)
    assert await heard(1) == []
    await advance(engine, 2 * HOUR)
    assert [await heard(minutes) for minutes in (0.5, 0.6, 30, 30)] == [[], loud, [], loud]
    await execute(engine, RESTS)
    assert await heard(1) == [("info", "runs are read again in time")]
    assert await heard(1) == []


@pytest.fixture
async def in_danger(engine: Engine) -> None:
    """A run for which a quarter of the day is not left."""
    await a_running_interaction(engine)
    await execute(engine, "UPDATE interaction SET due_at = lw_now() + interval '30 days', failures = 7")
    await advance(engine, 19 * HOUR)


@pytest.mark.usefixtures("in_danger")
async def test_health_names_the_lane_and_the_time_that_is_left(api: Api) -> None:
    response = await api.client.get("/healthz")
    assert response.status_code == 503
    health = response.json()
    [lane] = health["unread"]
    assert (health["status"], lane["upstream_key"], lane["agent"], lane["runs"]) == ("late", "default", AGENT, 1)
    assert 4.9 * 3600 < lane["seconds_left"] <= 5 * 3600


@pytest.mark.usefixtures("in_danger")
async def test_metrics_tell_the_least_time_for_each_lane(api: Api) -> None:
    lines = (await api.client.get("/metrics")).text.splitlines()
    lane = f'{{agent="{AGENT}",project="default",upstream_key="default"}}'
    assert f"longwatch_unread_runs{lane} 1.0" in lines
    [left] = [line for line in lines if line.startswith(f"longwatch_upstream_retention_seconds{lane}")]
    assert 4.9 * 3600 < float(left.rpartition(" ")[2]) <= 5 * 3600


@pytest.mark.usefixtures("in_danger")
async def test_an_upstream_that_keeps_runs_for_longer_gives_no_alarm(database_url: str) -> None:
    async with api_over(database_url, upstream_retention="P55D") as api:
        assert (await api.client.get("/healthz")).status_code == 200
