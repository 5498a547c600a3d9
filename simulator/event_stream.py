"""How does a stream of events reach the wire, or break?"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from fastapi import Response
from starlette.types import Receive, Scope, Send

from simulator.answers import error_answer, to_json
from simulator.clock import Clock
from simulator.config import Revision
from simulator.delivery import close_connection, disconnected, gone
from simulator.events import DONE, Event, events
from simulator.faults import Fault
from simulator.interaction import Interaction
from simulator.stream_faults import Cut, ErrorEvent, Hang, NoDone, NoUsage

_LONGEST_TICK, _SHORTEST_TICK = 0.25, 0.02
_FOREGROUND_GAP = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The events of one interaction from *position* on, in one revision."""

    interaction: Interaction
    revision: Revision
    clock: Clock
    position: int = 0

    def take(self) -> tuple[list[Event], bool]:
        """Return what there is now, and whether nothing will follow."""
        now = self.clock.now()
        ended = self.interaction.state(now).ended_age is not None
        return events(self.interaction, self.revision, now=now)[self.position :], ended

    @property
    def gap(self) -> float:
        """Return the real seconds between two events that are there already."""
        return 0.0 if self.interaction.request.get("background") else _FOREGROUND_GAP

    @property
    def tick(self) -> float:
        """Return the real seconds after which it is worth looking again."""
        life = self.interaction.life
        rhythm = (life.run_seconds or 0) / ((life.thoughts or 0) + 1) / self.clock.speed / 4
        return min(_LONGEST_TICK, max(_SHORTEST_TICK, rhythm))


class EventStream(Response):
    """Sends a feed as it grows, until its end, a fault's or the caller's leaving; *on_started* when it begins."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, *, fault: Fault | None, on_started: Callable[[], None]) -> None:
        super().__init__()
        self._feed = feed
        self._fault = fault
        self._on_started = on_started

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; hang up when the server stops first."""
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self._on_started()
        try:
            await self._send_events(scope, receive, send)
        except asyncio.CancelledError:
            close_connection(scope, hard=False)
            await disconnected(receive)

    async def _send_events(self, scope: Scope, receive: Receive, send: Send) -> None:
        async for chunk in self._chunks(receive):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if isinstance(self._fault, Cut) and self._fault.ending == "abort":
            close_connection(scope, hard=False)
            await disconnected(receive)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _chunks(self, receive: Receive) -> AsyncIterator[bytes]:
        sent, ended = 0, False
        cut_at = self._cut_at()
        while not ended:
            there, ended = replace(self._feed, position=self._feed.position + sent).take()
            for event in there:
                if self._stops(sent):
                    break
                yield self._wire(event)
                sent += 1
                if self._feed.gap and await gone(receive, within=self._feed.gap):
                    return
            if self._stops(sent) or self._feed.clock.now() >= cut_at:
                async for chunk in self._broken(receive):
                    yield chunk
                return
            if not ended and await gone(receive, within=self._feed.tick):
                return
        if not isinstance(self._fault, NoDone):
            yield DONE

    def _cut_at(self) -> float:
        fault = self._fault
        timed = isinstance(fault, Cut) and fault.after_events is None
        return self._feed.clock.now() + fault.after_seconds if timed and isinstance(fault, Cut) else float("inf")

    def _stops(self, sent: int) -> bool:
        limit = getattr(self._fault, "after_events", None)
        return limit is not None and sent >= limit

    def _wire(self, event: Event) -> bytes:
        shown = event.fields.get("interaction")
        if isinstance(self._fault, NoUsage) and shown and "usage" in shown:
            shown = {name: value for name, value in shown.items() if name != "usage"}
            event = replace(event, fields=event.fields | {"interaction": shown})
        return event.wire()

    async def _broken(self, receive: Receive) -> AsyncIterator[bytes]:
        match self._fault:
            case Hang():
                await disconnected(receive)
            case ErrorEvent(code=code, message=message):
                error = {"event_type": "error", "error": {"code": code, "message": message}}
                yield b"event: error\ndata: " + to_json(error) + b"\n\n"
            case Cut(ending="array"):
                yield error_answer(503, message="The service is currently unavailable.", shape="array").body
            case Cut(ending="abort"):
                yield b"event: step.del"
