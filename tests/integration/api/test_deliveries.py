"""Can a person see what became of each webhook, attempt by attempt?"""

from datetime import timedelta

import pytest

from longwatch.domain import ids
from longwatch.store import claims, deliveries
from longwatch.store.deliveries import Attempt
from longwatch.store.engine import Engine
from tests.support.api import Api
from tests.support.store import LEASE, delivery_rows, execute

pytestmark = pytest.mark.anyio

URL = "https://receiver.example/hook"


async def attempt(engine: Engine, *, http_status: int, status: str, retry_in: timedelta | None) -> None:
    """Make one attempt of the delivery that is due, as a worker would."""
    await execute(engine, "UPDATE delivery SET due_at = lw_now()")
    async with engine.begin() as tx:
        [due] = await claims.claim_deliveries(tx, limit=10, lease=LEASE)
        made = Attempt(duration=timedelta(milliseconds=42), http_status=http_status, error=None, response_head="抱歉")
        assert await deliveries.record(tx, due, made, status=status, retry_in=retry_in)


async def test_a_job_without_webhooks_has_no_deliveries(api: Api) -> None:
    job = await api.post()
    assert await api.read(f"/v1/jobs/{job['id']}/deliveries") == {"items": [], "next_cursor": None}


async def test_each_delivery_shows_its_event_and_every_attempt(api: Api, engine: Engine) -> None:
    job = await api.post(webhook_url=URL)
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    await attempt(engine, http_status=500, status="pending", retry_in=timedelta(minutes=5))
    [waiting] = (await api.read(f"/v1/jobs/{job['id']}/deliveries"))["items"]
    assert (waiting["status"], waiting["type"], waiting["url"]) == ("pending", "job.cancelled", URL)
    assert waiting["next_attempt_at"] > waiting["created_at"]
    await attempt(engine, http_status=204, status="delivered", retry_in=None)
    [arrived] = (await api.read(f"/v1/jobs/{job['id']}/deliveries"))["items"]
    assert (arrived["status"], arrived["next_attempt_at"]) == ("delivered", None)
    assert [(made["number"], made["http_status"], made["duration_ms"]) for made in arrived["attempts"]] == [
        (1, 500, 42),
        (2, 204, 42),
    ]
    assert arrived["attempts"][0]["response_head"] == "抱歉"


async def test_a_delivery_is_named_as_its_receiver_knows_it(api: Api, engine: Engine) -> None:
    job = await api.post(webhook_url=URL)
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    [shown] = (await api.read(f"/v1/jobs/{job['id']}/deliveries"))["items"]
    [row] = await delivery_rows(engine, ids.decode(ids.JOB, job["id"]))
    assert shown["id"] == ids.encode(ids.MESSAGE, row["id"])
