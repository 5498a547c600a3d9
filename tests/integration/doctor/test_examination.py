"""Does the doctor find each thing that can be wrong, say what to do, spend nothing and tell no secret?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import redis

from longwatch.broker.canaries import own_queue
from longwatch.doctor.clocks import compared
from longwatch.doctor.examination import HIDDEN, examine
from longwatch.doctor.finding import Verdict
from longwatch.doctor.place import Place
from longwatch.domain.clock import Clock
from longwatch.store import canaries, lanes, pausing, processes
from longwatch.store.engine import Engine
from longwatch.store.pausing import Scope
from longwatch.store.processes import Process, a_process
from tests.support.examined import KEY, a_place, but, found, is_wrong
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.raw_server import RawServer, answer
from tests.support.store import a_job, admit_job, advance, an_intent, execute, lose

pytestmark = pytest.mark.anyio

NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
def upstream() -> Any:
    with simulator_running() as live:
        yield live


@pytest.fixture
async def api() -> AsyncIterator[RawServer]:
    """An api process that says that it is ready."""
    async with RawServer([answer({"status": "ready"})]) as server:
        yield server


@pytest.fixture
def place(database_url: str, valkey_url: str, upstream: LiveSimulator, api: RawServer) -> Place:
    """An installation with servers of its own in which nothing is wrong but that no process has been seen."""
    return a_place(database_url=database_url, broker_url=valkey_url, upstream_url=upstream.url, api_url=api.url)


async def both_live(engine: Engine) -> Process:
    worker = a_process("worker")
    async with engine.begin() as tx:
        for process in (worker, a_process("scheduler")):
            await processes.seen(tx, process)
    return worker


async def test_nothing_is_wrong_with_a_sound_installation(place: Place, engine: Engine) -> None:
    await both_live(engine)
    findings = await examine(place)
    assert {finding.verdict for finding in findings} == {Verdict.OK}
    assert {"database", "schema", "broker", "eviction policy", "clock of the upstream", "workers", "api"} <= {
        finding.check for finding in findings
    }


async def test_it_spends_nothing(place: Place, upstream: LiveSimulator) -> None:
    upstream.reset()
    await examine(place)
    assert upstream.ledger()["entries"] == []


async def test_it_changes_nothing_and_creates_no_database(tmp_path: Any) -> None:
    settings = {"data_dir": tmp_path / "none", "gemini_api_key": None}
    nowhere = {"database_url": None, "broker_url": None, "api_url": f"http://{NOWHERE}", "upstream_url": "http://x"}
    findings = await examine(a_place(embedded=True, settings=settings, **nowhere))
    assert all(finding.verdict is not Verdict.WRONG for finding in findings)
    assert not (tmp_path / "none").exists()


async def test_a_database_out_of_reach_is_wrong_and_its_password_is_not_told(place: Place) -> None:
    away = but(place, database_url=f"postgresql+psycopg://longwatch:a-password@{NOWHERE}/a-password")
    words = await is_wrong(away, "database", remedy="LONGWATCH_DATABASE_URL")
    assert "cannot be reached" in words
    assert "a-password" not in words


async def test_an_old_schema_and_none_are_wrong_and_a_newer_one_is_strange(
    place: Place, engine: Engine, empty_database_url: str
) -> None:
    assert "nothing" in await is_wrong(but(place, database_url=empty_database_url), "schema", remedy="migrate")
    await execute(engine, "UPDATE alembic_version SET version_num = '0001'")
    assert "0001" in await is_wrong(place, "schema", remedy="migrate")
    await execute(engine, "UPDATE alembic_version SET version_num = '9999'")
    assert (await found(place, "schema")).verdict is Verdict.WARNING


async def test_a_moved_time_of_the_jobs_is_wrong(place: Place, engine: Engine) -> None:
    await advance(engine, timedelta(hours=1))
    assert "1:00:00" in await is_wrong(place, "time of the jobs", remedy="Only tests")


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(1, Verdict.OK), (-1, Verdict.OK), (6, Verdict.WARNING), (-6, Verdict.WARNING), (61, Verdict.WRONG)],
)
def test_clocks_bear_seconds_and_no_minute(seconds: int, verdict: Verdict) -> None:
    ours = datetime(2026, 11, 22, tzinfo=UTC)
    finding = compared("a clock", theirs=ours + timedelta(seconds=seconds), ours=ours)
    assert finding.verdict is verdict


async def test_an_upstream_in_another_time_is_wrong(place: Place) -> None:
    date = format_datetime(Clock().now() + timedelta(minutes=10), usegmt=True)
    missing = answer({"error": {"code": 404, "message": "No such run."}}, status=404, Date=date)
    async with RawServer([missing]) as server:
        there = but(place, upstream_url=server.url)
        assert "ahead of this process" in await is_wrong(there, "clock of the upstream", remedy="NTP")


async def test_a_refused_key_is_wrong_and_is_not_told(place: Place) -> None:
    refused = answer({"error": {"code": 400, "message": f"API key not valid: {KEY}", "status": "X"}}, status=400)
    async with RawServer([refused]) as server:
        words = await is_wrong(but(place, upstream_url=server.url), "upstream with key default", remedy="billing")
    assert (KEY in words, HIDDEN in words) == (False, True)


async def test_an_upstream_out_of_reach_or_in_trouble_is_wrong(place: Place) -> None:
    away = but(place, upstream_url=f"http://{NOWHERE}")
    await is_wrong(away, "upstream with key default", remedy="LONGWATCH_UPSTREAM_URL")
    async with RawServer([answer(b"<html>busy</html>", status=502, content_type="text/html")]) as server:
        assert "502" in await is_wrong(but(place, upstream_url=server.url), "upstream with key default", remedy="URL")


async def test_a_broker_out_of_reach_is_wrong(place: Place) -> None:
    away = but(place, broker_url=f"redis://:a-password@{NOWHERE}/0")
    assert "a-password" not in await is_wrong(away, "broker", remedy="LONGWATCH_BROKER_URL")


async def test_a_broker_that_may_drop_what_it_accepted_is_wrong(place: Place, valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as broker:
        broker.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert await is_wrong(place, "eviction policy", remedy="noeviction") == "allkeys-lru"
        finally:
            broker.config_set("maxmemory-policy", "noeviction")


async def test_a_broker_whose_memory_is_full_is_wrong(place: Place, valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as broker:
        broker.config_set("maxmemory", "100")
        try:
            await is_wrong(place, "memory of the broker", remedy="Give it more")
        finally:
            broker.config_set("maxmemory", "0")


@pytest.mark.parametrize(
    ("check", "settings", "remedy"),
    [
        ("encryption keys", {"encryption_keys": ""}, "LONGWATCH_ENCRYPTION_KEYS"),
        ("encryption keys", {"encryption_keys": "not-a-fernet-key"}, "generate_key"),
        ("webhook secret", {"webhook_secret": "whsec_c2hvcnQ="}, "LONGWATCH_WEBHOOK_SECRET"),
        ("upstream keys", {"gemini_api_key": None}, "GEMINI_API_KEY"),
    ],
)
async def test_settings_that_cannot_work_are_wrong(
    place: Place, check: str, settings: dict[str, Any], remedy: str
) -> None:
    assert "not-a-fernet-key" not in await is_wrong(but(place, settings=settings), check, remedy=remedy)


async def test_no_worker_and_no_scheduler_is_wrong_and_a_process_long_gone_counts_as_none(
    place: Place, engine: Engine
) -> None:
    await is_wrong(place, "workers", remedy="celery -A worker.app worker")
    await is_wrong(place, "schedulers", remedy="python -m scheduler")
    await both_live(engine)
    await advance(engine, timedelta(seconds=61))
    await is_wrong(place, "workers", remedy="celery -A worker.app worker")


async def test_a_worker_that_was_deaf_is_strange(place: Place, engine: Engine) -> None:
    worker = await both_live(engine)
    async with engine.begin() as tx:
        await processes.deaf(tx, worker.id)
    finding = await found(place, "workers")
    assert (finding.verdict, worker.name in finding.found) == (Verdict.WARNING, True)


async def test_another_release_at_work_is_strange(place: Place, engine: Engine) -> None:
    await both_live(engine)
    await execute(engine, "UPDATE process SET version = '0.0.9' WHERE kind = 'worker'")
    assert "0.0.9" in (await found(place, "releases")).found


async def test_work_that_nobody_takes_is_wrong(place: Place, engine: Engine) -> None:
    await admit_job(engine, await a_job(engine))
    await advance(engine, timedelta(minutes=3))
    assert "create deep-research-preview 18" in await is_wrong(place, "work", remedy="workers")


async def test_a_queue_that_carries_nothing_is_wrong(place: Place, engine: Engine) -> None:
    async with engine.begin() as tx:
        await canaries.open_queue(tx, "longwatch.poll")
        for turn in await canaries.turns(tx, every=timedelta(0)):
            await canaries.sent(tx, turn)
    await advance(engine, timedelta(minutes=3))
    assert "longwatch.poll" in await is_wrong(place, "queues", remedy="same broker and database")


async def test_unknown_creates_stopped_lanes_and_pauses_of_all_are_told(place: Place, engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    async with engine.begin() as tx:
        await lanes.trip(tx, submitted.job.lane_id, code="key_rejected", detail="no", pause=timedelta(minutes=5))
        await pausing.pause(tx, Scope(project=None))
    assert "1 held" in (await found(place, "unknown creates")).found
    assert "1 stopped" in (await found(place, "lanes")).found
    assert "whole installation" in (await found(place, "creating")).found


async def test_an_api_that_cannot_serve_is_wrong_and_one_elsewhere_is_asked_for(place: Place) -> None:
    sick = answer({"detail": "The database's schema is at 0001."}, status=503)
    async with RawServer([sick]) as server:
        assert "schema is at 0001" in await is_wrong(but(place, api_url=server.url), "api", remedy="logs")
    finding = await found(but(place, api_url=f"http://{NOWHERE}"), "api")
    assert (finding.verdict, "--api" in (finding.remedy or "")) == (Verdict.WARNING, True)
    assert (await found(but(place, api_url=f"http://{NOWHERE}", up=True), "api")).verdict is Verdict.WRONG


def test_each_worker_has_a_queue_of_its_own() -> None:
    assert own_queue(a_process("worker").id).name != own_queue(a_process("worker").id).name
