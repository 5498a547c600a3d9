"""How is a foreground stream passed through? Event by event with our ids; kept before its last one is given on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from fastapi import Response
from starlette.responses import StreamingResponse

from api.context import Context
from api.door.passed import Answer, Passed, keep
from api.door.rewriting import in_our_ids
from api.door.streaming import START, Writer
from longwatch.domain import ids
from longwatch.upstream.document import parse, text_of
from longwatch.upstream.http import TRANSPORT_ERRORS
from longwatch.upstream.requests import compose
from longwatch.upstream.revisions.interactions import Revision
from longwatch.upstream.revisions.streams import DONE
from longwatch.upstream.streaming import BrokenStreamError, Said, events

_HEADERS: Final = {"content-type": "application/json", "accept": "text/event-stream"}
_OUTWARD: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# A replay begins with two events of ours, and its steps stand behind them.
_OFFSET: Final = 2
_OPENING: Final = {"interaction.created": 0, "interaction.status_update": 1}


@dataclass(slots=True)
class PassedStream:
    """One stream on its way through: what has come of it, and the upstream's id once that is known."""

    here: Context
    passed: Passed
    writer: Writer
    upstream_id: str | None = None
    _events: list[bytes] = field(default_factory=list)
    _kept: bool = False

    async def chunks(self, response: httpx.Response, stack: AsyncExitStack) -> AsyncIterator[bytes]:
        """Yield the stream in our ids; whatever ends it, the run is kept."""
        async with stack:
            try:
                async for said in events(response.aiter_bytes()):
                    yield await self._told(said)
                yield DONE
            except (BrokenStreamError, *TRANSPORT_ERRORS):
                return
            finally:
                await asyncio.shield(asyncio.ensure_future(self._keep()))

    async def _told(self, said: Said) -> bytes:
        if not said.ends:
            self._events.append(said.raw)
        document = dict(said.document)
        self._learn(document)
        if said.ends:
            await self._keep()
        return self.writer.write(self._position(document), self._outward(document))

    def _learn(self, document: dict[str, Any]) -> None:
        interaction = document.get("interaction")
        if self.upstream_id is None and isinstance(interaction, dict):
            self.upstream_id = text_of(interaction.get("id"))

    def _position(self, document: dict[str, Any]) -> int:
        first = len(self._events) <= _OFFSET
        opening = _OPENING.get(str(document.get("event_type"))) if first else None
        return len(self._events) - 1 + _OFFSET if opening is None else opening

    def _outward(self, document: dict[str, Any]) -> dict[str, Any]:
        interaction = document.get("interaction")
        if isinstance(interaction, dict):
            return {**document, "interaction": in_our_ids(interaction, self.passed)}
        if "interaction_id" in document and self.passed.stored:
            return {**document, "interaction_id": ids.encode(ids.INTERACTION, self.passed.id)}
        return document

    async def _keep(self) -> None:
        """Read the run once more and keep it: its stream told everything but the whole."""
        if self._kept or self.upstream_id is None or not self.passed.stored:
            return
        self._kept = True
        url = f"/{self.here.settings.upstream_version}/interactions/{self.upstream_id}"
        response = await self.here.passage.call("GET", url)
        if response.status_code == 200 and parse(response.content) is not None:
            kind = response.headers.get("content-type", "application/json")
            said = Answer(upstream_id=self.upstream_id, raw=response.content, content_type=kind, events=self._events)
            await keep(self.here, self.passed, said)


async def streamed_through(here: Context, passed: Passed, revision: Revision) -> Response:
    """Return the upstream's stream, or its refusal."""
    stack = AsyncExitStack()
    url = f"/{here.settings.upstream_version}/interactions"
    body = compose({**passed.body, "stream": True, **_previous(passed)}, labels={})
    response = await stack.enter_async_context(here.passage.open("POST", url, content=body, headers=_HEADERS))
    kind = response.headers.get("content-type", "application/json")
    if response.status_code != 200 or not kind.startswith("text/event-stream"):
        async with stack:
            content = await response.aread()
        return Response(content, status_code=response.status_code, media_type=kind)
    stream = PassedStream(here, passed, Writer(revision, START))
    return StreamingResponse(stream.chunks(response, stack), media_type="text/event-stream", headers=_OUTWARD)


def _previous(passed: Passed) -> dict[str, Any]:
    return {} if passed.before is None else {"previous_interaction_id": passed.before.upstream_id}
