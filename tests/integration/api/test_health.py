"""Do the probes tell apart: alive, able to serve, and moving?"""

from datetime import timedelta

import pytest

from benchmarks.policy.simulation import taught
from benchmarks.policy.worlds import lognormal
from longwatch.store import canaries, hazards, lanes, processes
from longwatch.store.engine import Engine
from longwatch.store.migrate import head
from tests.support.api import Api, api_over, job_uuid
from tests.support.store import (
    a_job,
    a_running_interaction,
    admit_job,
    advance,
    an_intent,
    claim_job,
    execute,
    job_row,
    lose,
)

pytestmark = pytest.mark.anyio

LONG = timedelta(minutes=5)


async def test_probes_need_no_key(api: Api) -> None:
    del api.client.headers["Authorization"]
    assert (await api.read("/livez")) == {"status": "alive"}
    assert (await api.read("/readyz")) == {"status": "ready", "revision": head()}
    assert (await api.read("/healthz"))["status"] == "moving"
    assert (await api.client.get("/metrics")).status_code == 200


async def test_a_process_over_an_old_schema_is_not_ready(api: Api, engine: Engine) -> None:
    await execute(engine, "UPDATE alembic_version SET version_num = '0000'")
    response = await api.client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["detail"].endswith("run `longwatch migrate`.")
    assert response.headers["Retry-After"]


async def test_a_process_over_the_schema_of_a_newer_release_goes_on_until_it_is_replaced(
    api: Api, engine: Engine
) -> None:
    await execute(engine, "UPDATE alembic_version SET version_num = '9999'")
    assert (await api.read("/readyz")) == {"status": "ready", "revision": "9999"}
    assert (await api.post())["status"] == "queued"


async def test_a_process_over_an_empty_database_is_not_ready(empty_database_url: str) -> None:
    async with api_over(empty_database_url) as api:
        assert (await api.client.get("/readyz")).status_code == 503
        assert (await api.client.get("/livez")).status_code == 200


async def late(api: Api) -> tuple[int, dict[str, float]]:
    response = await api.client.get("/healthz")
    return response.status_code, {row["queue"]: row["seconds"] for row in response.json()["overdue"]}


async def test_work_that_nobody_takes_makes_the_installation_late(api: Api, engine: Engine) -> None:
    await admit_job(engine, await a_job(engine))
    await a_running_interaction(engine)
    job = await a_job(engine, webhook_url="https://example.com/")
    await api.client.post(f"/v1/jobs/{(await api.read('/v1/jobs'))['items'][0]['id']}/cancel")
    assert (await late(api))[0] == 200
    await advance(engine, LONG)
    status, overdue = await late(api)
    assert status == 503
    assert overdue.keys() == {"create", "poll", "deliver"}
    assert all(200 <= seconds < 400 for seconds in overdue.values())
    assert (await job_row(engine, job))["status"] == "cancelled"


async def test_a_wait_for_admission_or_for_later_is_not_lateness(api: Api, engine: Engine) -> None:
    await a_job(engine)
    await api.post(run_at="2099-01-01T00:00:00Z")
    await advance(engine, LONG)
    assert await late(api) == (200, {})


async def test_work_under_a_lease_is_not_late_until_the_lease_is_over(api: Api, engine: Engine) -> None:
    job = await a_job(engine)
    await admit_job(engine, job)
    await advance(engine, LONG)
    await claim_job(engine, job)
    assert await late(api) == (200, {})
    await advance(engine, LONG)
    assert (await late(api))[0] == 503


async def test_paused_lanes_do_not_count(api: Api, engine: Engine) -> None:
    job = await api.post()
    await admit_job(engine, job_uuid(job))
    await claim_job(engine, job_uuid(job))
    await api.client.post("/v1/pause", json={"agent": job["agent"]})
    await advance(engine, LONG)
    assert (await late(api))[0] == 200
    await api.client.post("/v1/resume", json={"agent": job["agent"]})
    assert (await late(api))[0] == 503
    async with engine.begin() as tx:
        lane = (await job_row(engine, job_uuid(job)))["lane_id"]
        await lanes.trip(tx, lane, code="quota", detail="limit: 0", pause=LONG)
    assert (await late(api))[0] == 200


async def test_metrics_tell_who_is_there_and_whether_the_queue_carries(api: Api, engine: Engine) -> None:
    async with engine.begin() as tx:
        for kind in ("worker", "worker", "scheduler"):
            await processes.seen(tx, processes.a_process(kind))
        deaf = processes.a_process("worker")
        await processes.seen(tx, deaf)
        await processes.deaf(tx, deaf.id)
        for queue in ("longwatch.poll", "longwatch.create"):
            await canaries.open_queue(tx, queue)
        for turn in await canaries.turns(tx, every=LONG):
            await canaries.sent(tx, turn)
            if turn.queue == "longwatch.poll":
                await canaries.heard(tx, turn)
    lines = set((await api.client.get("/metrics")).text.splitlines())
    assert lines >= {
        'longwatch_processes{kind="worker"} 2.0',
        'longwatch_processes{kind="scheduler"} 1.0',
        "longwatch_workers_deaf 1.0",
        'longwatch_canary_unheard_seconds{queue="poll"} 0.0',
    }
    [late] = [line for line in lines if line.startswith('longwatch_canary_unheard_seconds{queue="create"} ')]
    assert float(late.rpartition(" ")[2]) > 0


async def test_metrics_count_jobs_runs_and_what_stands_still(api: Api, engine: Engine) -> None:
    await api.post()
    await a_running_interaction(engine)
    lost = await an_intent(engine)
    await lose(engine, lost.intent)
    await advance(engine, LONG)
    lines = set((await api.client.get("/metrics")).text.splitlines())
    assert lines >= {
        'longwatch_jobs{status="queued"} 1.0',
        'longwatch_jobs{status="submitting"} 1.0',
        'longwatch_jobs{status="in_progress"} 1.0',
        'longwatch_jobs{status="completed"} 0.0',
        "longwatch_running 2.0",
        "longwatch_running_limit 20.0",
        "longwatch_unknown_creates 1.0",
        "longwatch_lanes_stopped 0.0",
        'longwatch_pauses{reach="installation"} 0.0',
        'longwatch_attention{code="submit_unknown"} 1.0',
        'longwatch_attention{code="stuck"} 0.0',
        'longwatch_deliveries{status="pending"} 0.0',
        'longwatch_deliveries{status="exhausted"} 0.0',
    }
    assert any(line.startswith('longwatch_overdue_seconds{agent="deep-research-preview"') for line in lines)


async def test_metrics_tell_which_agents_reads_are_planned_by_their_past(api: Api, engine: Engine) -> None:
    async with engine.begin() as tx:
        await hazards.keep(tx, "known", taught(lognormal, past=200, seed=1), ends=200)
        await hazards.keep(tx, "young", taught(lognormal, past=20, seed=1), ends=20)
    await advance(engine, LONG)
    lines = (await api.client.get("/metrics")).text.splitlines()
    assert 'longwatch_polls_learned{agent="known"} 1.0' in lines
    assert 'longwatch_polls_learned{agent="young"} 0.0' in lines
    assert 'longwatch_polls_learned_ends{agent="known"} 200.0' in lines
    [age] = [line for line in lines if line.startswith('longwatch_polls_learned_age_seconds{agent="known"}')]
    assert 300 <= float(age.rpartition(" ")[2]) < 400
