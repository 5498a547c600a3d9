"""The door on a socket, with a worker and a follower behind it and the simulator at the end of it all."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.api import KEY
from tests.support.house import House, house
from tests.support.live_api import LiveApi, live_api
from tests.support.live_simulator import RESEARCHER, LiveSimulator
from worker.follow import following

_QUICK = {"poll_first": 0.3, "poll_cap": 0.5, "poll_factor": 1.0}
_BEAT_SECONDS = 0.05
LEGACY = {"Api-Revision": "2026-05-07"}


@dataclass(frozen=True, slots=True)
class Doorway:
    """A door, a client that comes as an SDK does, and the house behind."""

    api: LiveApi
    client: httpx.AsyncClient
    home: House

    async def create(self, prompt: str = "The history of tea", **fields: Any) -> dict[str, Any]:
        """Create a research in the background and return it."""
        response = await self.asked(prompt, **fields)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def asked(
        self, prompt: str = "The history of tea", headers: dict[str, str] | None = None, **fields: Any
    ) -> httpx.Response:
        """Ask for a research in the background."""
        body = {"agent": RESEARCHER, "input": prompt, "background": True, **fields}
        return await self.client.post("/v1beta/interactions", json=body, headers=headers)

    async def read(self, interaction_id: str, query: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
        """Read an interaction that is there."""
        response = await self.client.get(f"/v1beta/interactions/{interaction_id}{query}", headers=headers)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def stream(
        self, interaction_id: str, after: str | None = None, headers: dict[str, str] | None = None, most: int = 10**6
    ) -> list[dict[str, Any]]:
        """Stream an interaction, up to its end or to *most* events."""
        query = {"stream": "true", **({"last_event_id": after} if after else {})}
        url = f"/v1beta/interactions/{interaction_id}"
        async with self.client.stream("GET", url, params=query, headers=headers) as response:
            return await taken(response, most=most)


async def taken(response: httpx.Response, *, most: int = 10**6) -> list[dict[str, Any]]:
    """Return the events of a stream; the end is `{"event_type": "done"}`."""
    found: list[dict[str, Any]] = []
    async for line in response.aiter_lines():
        if line.startswith("data: "):
            data = line.removeprefix("data: ")
            found.append({"event_type": "done"} if data == "[DONE]" else json.loads(data))
        if len(found) >= most:
            break
    return found


def types(events: Iterable[dict[str, Any]]) -> list[str]:
    """Return the events' types, each run of equal ones once."""
    found: list[str] = []
    for event in events:
        if not found or found[-1] != event["event_type"]:
            found.append(event["event_type"])
    return found


@asynccontextmanager
async def doorway(database_url: str, upstream: LiveSimulator, **changed: Any) -> AsyncIterator[Doorway]:
    """Yield a door on *database_url*; nothing is worked on before `working`."""
    there = {"upstream_url": upstream.url, "gemini_api_key": "a-key"}
    async with (
        live_api(database_url, **{**there, **changed}) as api,
        house(database_url, upstream, **_QUICK) as home,
        httpx.AsyncClient(base_url=api.client.base_url, headers={"x-goog-api-key": KEY}, timeout=60) as client,
    ):
        yield Doorway(api, client, home)


@asynccontextmanager
async def working(door: Doorway) -> AsyncIterator[None]:
    """Let scheduler and worker do their work until the block ends."""
    stopped = asyncio.Event()
    pumping = asyncio.create_task(_pump(door.home, stopped))
    try:
        yield
    finally:
        stopped.set()
        await pumping


async def _pump(home: House, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        await home.pump()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _BEAT_SECONDS)


@asynccontextmanager
async def followed(door: Doorway, database_url: str) -> AsyncIterator[None]:
    """Let a follower read streams until the block ends."""
    async with following(door.home.runtime.settings, database_url=database_url) as follower:
        running = asyncio.create_task(follower.run())
        try:
            yield
        finally:
            follower.stop()
            await running
