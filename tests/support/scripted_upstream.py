"""An upstream whose reads are written out in the test: whatever a body may hold, in order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.house import House, Upstream, house
from tests.support.raw_server import Behaviour, RawServer, Turn, answer


def told(*reads: Any) -> Behaviour:
    """Return a behaviour that creates `run-1`, `run-2` … and tells *reads* in turn, the last one for ever."""
    left = list(reads)
    made = 0

    async def behave(turn: Turn) -> None:
        nonlocal made
        if turn.request.method == "GET":
            said = left.pop(0) if len(left) > 1 else left[0]
        else:
            made += turn.request.target.endswith("/interactions")
            said = {"id": f"run-{made}", "status": "in_progress"}
        await (said if callable(said) else answer(said))(turn)

    return behave


@dataclass(frozen=True, slots=True)
class Gate:
    """A behaviour that tells when a request was `heard`, and answers it by `then` once it is `open`."""

    then: Behaviour
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, turn: Turn) -> None:
        self.heard.set()
        await self.open.wait()
        await self.then(turn)


@asynccontextmanager
async def house_told(database_url: str, *reads: Any) -> AsyncIterator[tuple[House, RawServer]]:
    """Yield a house on an upstream whose reads are *reads* (JSON values, or behaviours), and that upstream."""
    async with RawServer([told(*reads)]) as server, house(database_url, Upstream(server.url)) as home:
        yield home, server


def posted(server: RawServer) -> list[Any]:
    """Return the bodies of all creates, as JSON."""
    creates = [request for request in server.requests if request.target.endswith("/interactions")]
    return [json.loads(request.body) for request in creates]
