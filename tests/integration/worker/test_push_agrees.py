"""Do the same runs come to the same results and the same events, whatever push does?"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.support import pushes
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.pushes import NOBODYS, Signed, a_push, earn_trust, house_with_push, send

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LIVES: dict[str, dict[str, Any]] = {
    "the tides": {"run_seconds": 200},
    "the moon": {"run_seconds": 330},
    "the sand": {"run_seconds": 90, "ending": "failed", "error_code": "safety", "error_message": "no"},
    "the wind": {"run_seconds": 260, "ending": "incomplete"},
    "the salt": {"run_seconds": 150, "empty": True},
    "the foam": {"run_seconds": 40, "queued_seconds": 60},
}
FAULTS: dict[str, list[dict[str, Any]]] = {
    "dynamic": [],
    "static": [],
    "half of them lost": [{"fault": {"kind": "lose"}, "probability": 0.5, "seed": 3}],
    "all of them lost": [{"fault": {"kind": "lose"}}],
    "each three times": [{"fault": {"kind": "duplicate", "copies": 3}}],
    "out of order": [{"fault": {"kind": "reorder"}, "probability": 0.5, "seed": 4}],
    "a minute late": [{"fault": {"kind": "delay", "seconds": 60}}],
    "an hour late": [{"fault": {"kind": "delay", "seconds": 3600}}],
    "forged": [{"fault": {"kind": "forge"}}],
}
HEARD = {"dynamic", "static", "each three times", "a minute late"}
UNHEARD = {"all of them lost", "an hour late", "forged"}
Story = dict[str, tuple[Any, ...]]


@pytest.fixture
def upstream() -> Iterator[LiveSimulator]:
    """A simulator of its own, whose clock agrees with the database's."""
    with simulator_running() as live:
        yield live


def script(upstream: LiveSimulator, faults: list[dict[str, Any]]) -> None:
    lives = [{"match": {"prompt": prompt}, "life": life} for prompt, life in LIVES.items()]
    upstream.script(*lives, *({"op": "webhook", **fault} for fault in faults))


async def stories(home: House, jobs: dict[str, UUID]) -> Story:
    """Return how each job ended: its state, its error, its text, and its events but for progress."""
    told = {}
    for prompt, job in jobs.items():
        row, events = await home.row(job), await home.events(job)
        results = await home.rows("SELECT text FROM result WHERE job_id = :id", id=job)
        steps = tuple(event for event in events if event != "job.progress")
        code = (row["error"] or {}).get("code")
        told[prompt] = (row["status"], code, row["creates"], [result["text"] for result in results], steps)
    return told


async def lived(home: House, meddle: Any = None) -> Story:
    """Take every job to its end in steps of some seconds; *meddle* acts after each."""
    jobs = {prompt: await home.job(prompt) for prompt in LIVES}
    for _ in range(120):
        await home.later(10)
        if meddle is not None:
            await meddle()
        if not await home.rows("SELECT FROM job WHERE finished_at IS NULL"):
            return await stories(home, jobs)
    raise AssertionError(await stories(home, jobs))


@asynccontextmanager
async def pushed_house(
    database_url: str, upstream: LiveSimulator, way: str
) -> AsyncIterator[tuple[House, httpx.AsyncClient]]:
    """Yield a house that the upstream tells of ends, at an address in each create or at a registered endpoint."""
    if way != "static":
        async with house_with_push(database_url, upstream) as found:
            yield found
        return
    body = {"uri": "http://127.0.0.1:1", "subscribed_events": ["interaction.completed", "interaction.failed"]}
    made = upstream.http.post("/v1beta/webhooks", json=body).raise_for_status().json()
    async with house_with_push(database_url, upstream, mode="static", secret=made["new_signing_secret"]) as found:
        address = {"uri": f"{str(found[1].base_url).rstrip('/')}{pushes.PATH}"}
        upstream.http.patch(f"/v1beta/webhooks/{made['id']}", json=address).raise_for_status()
        yield found


def forgeries(upstream_id: str, number: int) -> list[Signed]:
    """Return webhooks that are not the upstream's, about a real run."""
    body, name = a_push(upstream_id), f"msg_forged_{number}"
    old = pushes.real_now() - 400
    return [
        pushes.by_key(body, NOBODYS, webhook_id=name),
        pushes.by_secret(body, "whsec_bm90IHRoZSBzZWNyZXQgb2YgYW55Ym9keQ==", webhook_id=name),
        pushes.by_key(body, webhook_id=name, sent_at=old),
        Signed(body, name, pushes.real_now(), "v1,"),
    ]


@pytest.mark.parametrize("way", FAULTS)
async def test_whatever_push_does_the_results_and_the_events_are_the_same(
    database_url: str, upstream: LiveSimulator, way: str
) -> None:
    script(upstream, [])
    async with house(database_url, upstream) as home:
        plain = await lived(home)
    assert [story[0] for story in plain.values()] == [
        "completed",
        "completed",
        "failed",
        "incomplete",
        "failed",
        "completed",
    ]
    script(upstream, FAULTS[way])
    async with pushed_house(database_url, upstream, way) as (home, client):
        await earn_trust(home)

        async def forge() -> None:
            ids = await home.rows("SELECT upstream_id FROM interaction WHERE ended_at IS NULL")
            for number, row in enumerate(ids):
                for forgery in forgeries(row["upstream_id"], number):
                    assert (await send(client, forgery)).status_code == 401

        assert await lived(home, forge if way == "forged" else None) == plain
        heard = await home.rows("SELECT FROM interaction WHERE pushed_at IS NOT NULL")
        assert not heard or way not in UNHEARD
        assert heard or way not in HEARD
