"""docker-compose.yml without Docker: each service's own command, environment and health check, as processes here."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from tests.support.compose import Service, made_secrets, optional_variables, read_compose
from tests.support.live_simulator import PROMPT, RESEARCHER
from tests.support.production import Production, Running, nothing_started, production
from tests.support.receiver import Receiver
from tests.support.redis_programs import RedisPrograms, find_redis
from tests.support.waiting import eventually

ROLLED = ("scheduler", "worker", "follow", "api", "flower")
OWN_PORT = ("api", "flower")
READY = {"scheduler": "scheduler ready", "worker": " ready.", "follow": "follower ready"}
ROUNDS = 2
CHECKED = ("simulator", "api", "scheduler", "worker", "follow", "flower")


@pytest.fixture
def programs(tmp_path: Path) -> RedisPrograms:
    (tmp_path / "programs").mkdir()
    return find_redis(tmp_path / "programs")


@pytest.fixture
def services() -> dict[str, Service]:
    quick = {
        "LONGWATCH_SIMULATOR_SPEED": "600",
        "LONGWATCH_POLL_FIRST": "0.5",
        "LONGWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
    }
    dev = {name: optional_variables()[name] for name in ("COMPOSE_PROFILES", "GEMINI_API_KEY")}
    upstream = {"LONGWATCH_UPSTREAM_URL": "http://simulator:8090"}
    return read_compose({**made_secrets(), **dev, **upstream, **quick})


@pytest.fixture
def empty(services: dict[str, Service], tmp_path: Path, programs: RedisPrograms) -> Iterator[Production]:
    """PostgreSQL and Redis as the file has them, and nothing of ours."""
    folder = tmp_path / "services"
    folder.mkdir()
    with production(services, folder, programs) as house:
        yield house


def started(house: Production) -> dict[str, Running]:
    migrated = house.start("migrate")
    assert migrated.ended(within=60) == 0, migrated.said()
    return {name: house.start_healthy(name) for name in CHECKED}


def api_of(house: Production) -> httpx.Client:
    key = house.services["api"].environment["LONGWATCH_API_KEY"]
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=house.placement.url(8080), headers=headers, trust_env=False, timeout=90)


def finished_job(api: httpx.Client, receiver: Receiver) -> Any:
    request = {"agent": RESEARCHER, "input": PROMPT}
    posted = api.post("/v1/jobs", json={"request": request, "webhook_url": receiver.url})
    assert posted.status_code == 202, posted.text
    return api.get(f"/v1/jobs/{posted.json()['id']}", params={"wait": 60}).json()


def asked_to_stop(running: Running) -> int:
    running.process.terminate()
    return running.ended(within=running.service.grace)


@pytest.mark.slow
def test_a_job_goes_through_the_services_own_commands(empty: Production) -> None:
    ours = started(empty)
    secret = empty.services["worker"].environment["LONGWATCH_WEBHOOK_SECRET"]
    with api_of(empty) as api, Receiver(secret=secret) as receiver:
        job = finished_job(api, receiver)
        assert job["status"] == "completed", job
        assert "TPU" in api.get(f"/v1/jobs/{job['id']}/report.md").text
        [told] = receiver.wait_for(1)
        assert (told.verified, told.event["type"]) == (True, "job.completed")
    assert {name: empty.check(name) for name in CHECKED} == dict.fromkeys(CHECKED, 0)
    assert httpx.get(f"{empty.placement.url(5555)}/api/workers", trust_env=False).status_code == 401
    assert {name: asked_to_stop(ours[name]) for name in ("scheduler", "worker")} == {"scheduler": 0, "worker": 0}


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_rolling_restart_of_every_process_under_load_drops_nothing(empty: Production) -> None:
    ours = started(empty)
    slow = {"rules": [{"op": "create", "fault": {"kind": "slow", "seconds": 1.5}}]}
    secret = empty.services["worker"].environment["LONGWATCH_WEBHOOK_SECRET"]
    with Receiver(secret=secret) as receiver, api_of(empty) as api, ThreadPoolExecutor(1) as producer:
        upstream = httpx.Client(base_url=empty.placement.url(8090), trust_env=False)
        assert upstream.post("/__sim/script", json=slow).is_success
        enough = Event()
        posting = producer.submit(posted_until, enough, api, receiver)
        try:
            for name in ROLLED * ROUNDS:
                ours[name] = rolled(empty, ours[name])
        finally:
            enough.set()
        jobs = posting.result(timeout=60)
        ended = [api.get(f"/v1/jobs/{job}", params={"wait": 60}).json() for job in jobs]
        receiver.wait_for(len(jobs), within=60)
        ledger = upstream.get("/__sim/ledger").json()["entries"]
        upstream.close()
    assert len(jobs) > ROUNDS * len(ROLLED)
    assert Counter((job["status"], job["creates"], job["attention"]) for job in ended) == {
        ("completed", 1, None): len(jobs)
    }
    creates = Counter(entry["labels"]["longwatch_interaction"] for entry in ledger if entry["op"] == "create")
    assert set(creates.values()) == {1}
    assert len(creates) == len(jobs)


def posted_until(enough: Event, api: httpx.Client, receiver: Receiver) -> list[str]:
    """Post a job now and again, as a producer does that keeps its key until it has an answer."""
    jobs: list[str] = []
    while not enough.wait(0.5):
        body = {"request": {"agent": RESEARCHER, "input": f"{PROMPT} {len(jobs)}"}, "webhook_url": receiver.url}
        try:
            answer = api.post("/v1/jobs", json=body, headers={"Idempotency-Key": f"key-{len(jobs)}"})
        except httpx.TransportError:
            continue
        assert answer.status_code == 202, answer.text
        jobs.append(answer.json()["id"])
    return jobs


def rolled(house: Production, old: Running) -> Running:
    """Replace a process: the new one is there before the old one ends, where a port does not forbid it."""
    name = old.service.name
    if old.service.name in OWN_PORT:
        old.process.terminate()
        old.ended(within=old.service.grace)
        return house.start_healthy(name)
    ready_before = old.said().count(READY[name])
    new = house.start(name)
    eventually(lambda: new.said().count(READY[name]) > ready_before, within=60)
    assert asked_to_stop(old) == 0, old.said()
    return new


def test_the_servers_are_as_the_file_has_them(empty: Production, programs: RedisPrograms) -> None:
    with empty.redis_client() as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert empty.check("postgres") == 0
    if programs.has_client:
        assert empty.check("redis") == 0


def test_the_queue_is_a_real_redis(programs: RedisPrograms) -> None:
    if not programs.real:
        pytest.skip("there is no redis-server here, Valkey stands in; scripts/redis fetches one")
    assert programs.has_client


def test_no_check_passes_while_nothing_runs(
    services: dict[str, Service], tmp_path: Path, programs: RedisPrograms
) -> None:
    with nothing_started(services, tmp_path, programs) as house:
        passed = {name for name in (*CHECKED, "postgres", "redis") if house.check(name) == 0}
    assert passed == set()
