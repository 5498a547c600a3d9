"""Is bad luck told as such: 503, when to try again, and nothing half-written?"""

import asyncio

import pytest

from longwatch.embedded.valkey import free_port
from longwatch.store.engine import Engine
from longwatch.store.statements import text
from tests.support.api import KEY, REQUEST, Api, api_over
from tests.support.store import read
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

CUT_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


async def test_without_a_database_every_door_says_when_to_come_back() -> None:
    async with api_over(f"postgresql://longwatch@127.0.0.1:{free_port()}/longwatch") as api:
        for method, path in [("POST", "/v1/jobs"), ("GET", "/v1/jobs"), ("GET", "/readyz"), ("GET", "/metrics")]:
            response = await api.client.request(method, path, json={"request": REQUEST})
            assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
            assert int(response.headers["Retry-After"]) > 0
            assert "same Idempotency-Key" in response.json()["detail"]
            assert "127.0.0.1" not in response.text
        assert (await api.client.get("/livez")).status_code == 200


async def test_a_connection_that_breaks_amid_a_post_leaves_nothing_behind(api: Api, engine: Engine) -> None:
    await api.client.get("/v1/jobs")
    headers = {"Idempotency-Key": "once"}
    async with engine.begin() as blocking:
        await blocking.execute(text("LOCK TABLE event IN EXCLUSIVE MODE"))
        posting = asyncio.create_task(api.client.post("/v1/jobs", json={"request": REQUEST}, headers=headers))
        await eventually_async(lambda: break_waiting(engine))
        response = await posting
    assert response.status_code == 503
    assert await read(engine, "SELECT FROM job") == []
    assert (await api.client.post("/v1/jobs", json={"request": REQUEST}, headers=headers)).status_code == 202
    assert len(await read(engine, "SELECT FROM job")) == 1


async def break_waiting(engine: Engine) -> bool:
    """Cut the connection that waits for a lock."""
    waiting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return bool(await read(engine, waiting))


async def test_after_the_database_was_restarted_requests_succeed(api: Api, engine: Engine) -> None:
    await api.post()
    async with engine.begin() as tx:
        await tx.execute(text(CUT_OTHERS))
    assert (await api.client.get("/v1/jobs")).status_code == 200


async def test_a_fault_of_ours_is_told_without_its_inside_and_found_in_the_log(
    api: Api, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("ALTER TABLE job ADD COLUMN must_have integer NOT NULL"))
    response = await api.client.post("/v1/jobs", json={"request": REQUEST, "metadata": {"name": "confidential"}})
    assert (response.status_code, response.json()["type"]) == (500, "/problems/internal")
    assert response.headers["content-type"] == "application/problem+json"
    assert "must_have" not in response.text
    log = capsys.readouterr().out
    assert response.json()["detail"].split("logged as ")[1].split(".")[0] in log
    assert "must_have" in log
    for secret in (REQUEST["input"], KEY, "confidential"):
        assert secret not in log
