"""What does the demo ask of the API? The same that any producer would, with nothing but HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from longwatch.demo.failure import DemoError
from longwatch.demo.sse import END, Event, EventReader

# Longer than the 15 s after which a quiet stream says that it is still there.
_SILENCE_SECONDS = 30.0
_RECONNECT_SECONDS = 0.5


class Calls:
    """A producer's calls; each raises DemoError when the API does not do its part."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def create(self, request: dict[str, Any], *, webhook_url: str) -> str:
        """Enqueue *request* and return the job's id."""
        body = {"request": request, "webhook_url": webhook_url, "metadata": {"from": "demo"}}
        return str((await self._answer("POST", "/v1/jobs", json=body)).json()["id"])

    async def follow(self, job_id: str, *, seen: Callable[[Event], None]) -> None:
        """Call *seen* with every event of the job, in order, until there are no more; reconnect as often as needed."""
        reached = 0

        def note(event: Event) -> None:
            nonlocal reached
            reached = event.sequence
            seen(event)

        while True:
            if await self._stream(job_id, reached, note):
                return
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def job(self, job_id: str) -> dict[str, Any]:
        """Return the job."""
        found: dict[str, Any] = (await self._answer("GET", f"/v1/jobs/{job_id}")).json()
        return found

    async def result(self, job_id: str) -> dict[str, Any]:
        """Return what the job brought."""
        found: dict[str, Any] = (await self._answer("GET", f"/v1/jobs/{job_id}/result")).json()
        return found

    async def raw(self, job_id: str) -> bytes:
        """Return the upstream's own bytes."""
        return (await self._answer("GET", f"/v1/jobs/{job_id}/result/raw")).content

    async def _answer(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise DemoError(f"{method} {path} got no answer: {error!r}", part="api") from error
        if answer.is_error:
            raise DemoError(f"{method} {path} answered {answer.status_code}: {answer.text[:2000]}", part="api")
        return answer

    async def _stream(self, job_id: str, after: int, seen: Callable[[Event], None]) -> bool:
        """Read events until the stream breaks; return whether it came to its end."""
        reader, path = EventReader(), f"/v1/jobs/{job_id}/events"
        timeout = httpx.Timeout(10, read=_SILENCE_SECONDS)
        try:
            async with self._client.stream("GET", path, params={"after": after}, timeout=timeout) as answer:
                if answer.is_error:
                    raise DemoError(f"GET {path} answered {answer.status_code}", part="api")
                return await _read(answer, reader, seen)
        except httpx.TransportError:
            return False


async def _read(answer: httpx.Response, reader: EventReader, seen: Callable[[Event], None]) -> bool:
    async for chunk in answer.aiter_raw():
        for event in reader.feed(chunk):
            if event.type == END:
                return True
            seen(event)
    return False


@asynccontextmanager
async def calling(url: str, *, key: str) -> AsyncIterator[Calls]:
    """Call the API at *url* for the block."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
        yield Calls(client)
