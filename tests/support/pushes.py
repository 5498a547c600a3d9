"""Webhooks as the upstream sends them, signed by the simulator's own hand: a second reading of the format."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from longwatch.domain.clock import Clock
from longwatch.store import sightings
from simulator.config import SimulatorConfig
from simulator.webhooks.signing import KeyRing, static_signature
from tests.support.house import House, house
from tests.support.live_api import live_api
from tests.support.live_simulator import LiveSimulator

TOKEN = "a-token-for-tests-0123456789"
SECRET = "whsec_c2VjcmV0LW9mLXRoZS11cHN0cmVhbS0wMTIzNDU2Nzg5"
PATH = f"/hooks/gemini/{TOKEN}"
OURS = KeyRing(SimulatorConfig().seed)
NOBODYS = KeyRing(-1)


def a_push(upstream_id: str, *, kind: str = "interaction.completed", **data: Any) -> bytes:
    """Return a thin event about a run."""
    event = {"type": kind, "version": "v1", "timestamp": "2026-11-22T00:00:00Z", "data": {"id": upstream_id, **data}}
    return json.dumps(event).encode()


def real_now() -> int:
    """Return the wall's time, which timestamps are compared with."""
    return int(Clock().now().timestamp())


@dataclass(frozen=True, slots=True)
class Signed:
    """A webhook with its headers."""

    body: bytes
    id: str = "msg_1"
    sent_at: int = field(default_factory=real_now)
    signature: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {
            "webhook-id": self.id,
            "webhook-timestamp": str(self.sent_at),
            "webhook-signature": self.signature,
        }


def by_secret(body: bytes, *secrets: str, webhook_id: str = "msg_1", sent_at: int | None = None) -> Signed:
    """Return *body* as a static endpoint gets it."""
    at = real_now() if sent_at is None else sent_at
    signature = static_signature(list(secrets or [SECRET]), message_id=webhook_id, timestamp=at, body=body)
    return Signed(body, webhook_id, at, signature)


def by_key(body: bytes, ring: KeyRing = OURS, *, webhook_id: str = "msg_1", sent_at: int | None = None) -> Signed:
    """Return *body* as the address in a create gets it."""
    at = real_now() if sent_at is None else sent_at
    return Signed(body, webhook_id, at, ring.signature(message_id=webhook_id, timestamp=at, body=body))


async def send(client: httpx.AsyncClient, push: Signed, *, path: str = PATH) -> httpx.Response:
    """Send a webhook, without anybody's key."""
    return await client.post(path, content=push.body, headers={**push.headers, "authorization": ""})


@asynccontextmanager
async def house_with_push(
    database_url: str, upstream: LiveSimulator, *, mode: str = "dynamic", secret: str = SECRET, **changed: Any
) -> AsyncIterator[tuple[House, httpx.AsyncClient]]:
    """Yield a house whose upstream reaches an api on loopback, and a client of that api."""
    pushed = {"push": mode, "push_token": TOKEN, "push_secrets": secret}
    async with live_api(database_url, upstream_url=upstream.url, public_url="http://127.0.0.1:1", **pushed) as api:
        address = str(api.client.base_url).rstrip("/")
        async with house(database_url, upstream, public_url=address, **pushed, **changed) as home:
            yield home, api.client


async def earn_trust(home: House) -> None:
    """Let push have told one end in time."""
    statement = (
        "INSERT INTO sighting (interaction_id, seen_by, lag_seconds, expected, pushed_at, push_idle) "
        "VALUES (gen_random_uuid(), 'push', 0, true, lw_now(), false) RETURNING interaction_id"
    )
    await home.rows(statement)
    async with home.runtime.engine.begin() as tx:
        assert (await sightings.judged(tx)).trusted
