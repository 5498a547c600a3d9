"""When are webhooks sent, again and again until they are taken?"""

import asyncio
import heapq
import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from simulator.interaction import Interaction
from simulator.script import Subject
from simulator.webhook_faults import Delay, Duplicate, Forge, Lose, Reorder
from simulator.webhooks.parcels import Parcel, event_body, event_data, event_type
from simulator.webhooks.signing import KeyRing, new_secret, static_signature
from simulator.world import World

_LONGEST_TICK = 0.2
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 10.0, 3600.0
_GIVE_UP_SECONDS = 24 * 3600.0
_AT_ONCE = 20
_SECONDS = 10.0
_NOBODY = -1


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    what: "Interaction | Parcel" = field(compare=False)


class PostOffice:
    """Looks at each background run when it ends and sends what it owes; one task for all of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys = KeyRing(world.config.seed)
        self._queue: list[_Due] = []
        self._numbers = itertools.count()
        self._held: list[Parcel] = []
        self._woken = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    def key_set(self) -> dict[str, Any]:
        """Return the public keys of the service."""
        return self._keys.key_set()

    def watch(self, interaction: Interaction) -> None:
        """Send what is owed once *interaction* ends; to be called again if its end has moved."""
        if interaction.request.get("background") and interaction.ends_at != float("inf"):
            self._put(interaction.ends_at, interaction)

    def ping(self, uri: str, endpoint_id: str) -> None:
        """Send an event that tells nothing."""
        now = self._world.clock.now()
        self._put(now, Parcel(uri=uri, endpoint_id=endpoint_id, first_at=now, body=event_body("ping", {}, at=now)))

    def clear(self) -> None:
        """Forget what is due."""
        self._queue.clear()
        self._held.clear()

    async def run(self) -> None:
        """Work until cancelled."""
        for interaction in self._world.shelf.all():
            if interaction.id not in self._world.told:
                self.watch(interaction)
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as http:
            while True:
                await self._due_or_woken()
                self._take_due(http)

    async def _due_or_woken(self) -> None:
        now = self._world.clock.now()
        wait = (
            min(_LONGEST_TICK, max(0.0, (self._queue[0].at - now) / self._world.clock.speed)) if self._queue else None
        )
        try:
            async with asyncio.timeout(wait):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    def _take_due(self, http: httpx.AsyncClient) -> None:
        while self._queue and self._queue[0].at <= self._world.clock.now():
            due = heapq.heappop(self._queue).what
            if isinstance(due, Interaction):
                self._look_at(due)
            else:
                task = asyncio.create_task(self._send(http, due))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)

    def _put(self, at: float, what: Interaction | Parcel) -> None:
        heapq.heappush(self._queue, _Due(at, next(self._numbers), what))
        self._woken.set()

    def _look_at(self, interaction: Interaction) -> None:
        now = self._world.clock.now()
        if interaction.id in self._world.told or interaction.state(now).ended_age is None:
            return
        self._world.tell(interaction)
        kind = event_type(interaction, now=now)
        if kind is None:
            return
        body = event_body(kind, event_data(interaction, kind), at=interaction.ends_at)
        for uri, endpoint_id in self._addresses(interaction, kind):
            self._dispatch(interaction, Parcel(uri=uri, endpoint_id=endpoint_id, body=body, first_at=now))

    def _addresses(self, interaction: Interaction, kind: str) -> list[tuple[str, str | None]]:
        own = (interaction.request.get("webhook_config") or {}).get("uris")
        if own:
            return [(uri, None) for uri in own]
        endpoints = [one for one in self._world.endpoints.all() if one.state == "enabled"]
        return [(one.uri, one.id) for one in endpoints if kind in one.subscribed_events]

    def _dispatch(self, interaction: Interaction, parcel: Parcel) -> None:
        now = self._world.clock.now()
        subject = Subject(op="webhook", labels=interaction.labels, prompt=interaction.prompt)
        match self._world.script.fault_for(subject):
            case Lose():
                return
            case Reorder():
                self._held.append(parcel)
                return
            case Duplicate(copies=copies):
                for _ in range(copies):
                    self._put(now, parcel)
            case Delay(seconds=seconds):
                self._put(now + seconds, parcel)
            case Forge():
                self._put(now, replace(parcel, forged=True))
            case _:
                self._put(now, parcel)

    async def _send(self, http: httpx.AsyncClient, parcel: Parcel) -> None:
        if parcel.endpoint_id is not None and not self._world.endpoints.has(parcel.endpoint_id):
            return
        async with self._slots:
            taken = await self._taken(http, parcel)
        now = self._world.clock.now()
        for held in self._held:
            self._put(now, held)
        self._held.clear()
        if taken:
            return
        if now - parcel.first_at >= _GIVE_UP_SECONDS:
            self._world.endpoints.give_up(parcel.endpoint_id or "")
            return
        wait = min(_LONGEST_RETRY_SECONDS, _FIRST_RETRY_SECONDS * 2**parcel.attempt)
        self._put(now + wait, replace(parcel, attempt=parcel.attempt + 1))

    async def _taken(self, http: httpx.AsyncClient, parcel: Parcel) -> bool:
        timestamp = int(self._world.clock.anchor().real)
        headers = {
            "content-type": "application/json",
            "webhook-id": parcel.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": self._signature(parcel, timestamp),
        }
        try:
            answer = await http.post(parcel.uri, content=parcel.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.is_success

    def _signature(self, parcel: Parcel, timestamp: int) -> str:
        if parcel.endpoint_id is None:
            ring = KeyRing(_NOBODY) if parcel.forged else self._keys
            return ring.signature(message_id=parcel.id, timestamp=timestamp, body=parcel.body)
        held = [one.value for one in self._world.endpoints.find(parcel.endpoint_id).secrets_at(self._world.clock.now())]
        secrets_held = [new_secret()] if parcel.forged else held
        return static_signature(secrets_held, message_id=parcel.id, timestamp=timestamp, body=parcel.body)
