"""What does a nudge do? Claims what is due, starts it on the loop, and returns soon: stragglers go on by themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from longwatch.store import lanes
from longwatch.store.claims import Held, Table, claim_deliveries, claim_interactions, claim_jobs
from longwatch.store.engine import Tx
from longwatch.webhooks.client import MOST_CONNECTIONS
from worker.creating import advance
from worker.delivering import deliver
from worker.runtime import Runtime
from worker.watching import look

STRAGGLER_SECONDS = 2.0
BATCH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Kind:
    """How many rows of a table are claimed at once, and how many one process holds: one kind takes none's room."""

    table: Table
    batch: int
    most_held: int


_INTERACTIONS = _Kind("interaction", batch=200, most_held=800)
_DELIVERIES = _Kind("delivery", batch=20, most_held=MOST_CONNECTIONS)
_JOBS = _Kind("job", batch=5, most_held=50)


class _Due(Protocol):
    @property
    def held(self) -> Held: ...


D = TypeVar("D", bound=_Due)
Claim = Callable[[Tx, int], Awaitable[Sequence[D]]]
Allow = Callable[[int], Awaitable[int]]
"""Says how many of so many rows may be claimed; a negative number gives back what was not used."""
Work = Callable[[Runtime, D, float], Awaitable[None]]


async def poll(runtime: Runtime, lane: int) -> None:
    """Look at the interactions of *lane* that are due."""

    async def claim(tx: Tx, limit: int) -> Sequence[Any]:
        return await claim_interactions(tx, lane=lane, limit=limit, lease=runtime.settings.lease)

    await runtime.pacing.refresh()
    allow = await _budget(runtime, lane)
    await _batches(runtime, _INTERACTIONS, claim, lambda rt, row, expires: look(rt, row, expires=expires), allow=allow)


async def create(runtime: Runtime, lane: int) -> None:
    """Take the jobs of *lane* that are to be created, or whose create is unknown, one step on."""

    async def claim(tx: Tx, limit: int) -> Sequence[Any]:
        return await claim_jobs(tx, lane=lane, limit=limit, lease=runtime.settings.lease)

    await _batches(runtime, _JOBS, claim, lambda rt, row, expires: advance(rt, row, expires=expires))


async def deliver_due(runtime: Runtime) -> None:
    """Attempt the deliveries that are due."""

    async def claim(tx: Tx, limit: int) -> Sequence[Any]:
        crowded = runtime.attempts.crowded()
        return await claim_deliveries(tx, limit=limit, lease=runtime.settings.lease, crowded=crowded)

    await _batches(runtime, _DELIVERIES, claim, lambda rt, row, expires: deliver(rt, row, expires=expires))


async def _budget(runtime: Runtime, lane: int) -> Allow:
    """Return how reads of *lane* are taken from its upstream key's budget."""
    if not runtime.budget.rates:
        return _all
    async with runtime.engine.begin() as tx:
        key = await lanes.upstream_key_of(tx, lane)
    return partial(runtime.budget.take, key)


async def _all(number: int) -> int:
    return number


async def _batches(runtime: Runtime, kind: _Kind, claim: Claim[D], work: Work[D], *, allow: Allow = _all) -> None:
    """Claim batch after batch while they come full, within a bound of time and of rows held."""
    until = runtime.clock.monotonic() + BATCH_SECONDS
    full = True
    while full and runtime.clock.monotonic() < until and not runtime.closing:
        room = min(kind.batch, kind.most_held - runtime.leases.count(kind.table))
        allowed = await allow(room) if room > 0 else 0
        if allowed <= 0:
            return
        claimed = await _batch(runtime, claim, work, limit=allowed)
        full = claimed == allowed
        if not full:
            await allow(claimed - allowed)


async def _batch(runtime: Runtime, claim: Claim[D], work: Work[D], *, limit: int) -> int:
    expires = runtime.leases.expiry()
    async with runtime.engine.each_by_itself() as tx:
        rows = await claim(tx, limit)
    tasks = [runtime.spawn(work(runtime, row, expires), name=row.held.table) for row in rows]
    await _most_of(tasks)
    return len(rows)


async def _most_of(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait until nine in ten of *tasks* are done: a slow answer goes on under its own lease and delays no other job."""
    left, enough = len(tasks) - len(tasks) // 10, asyncio.Event()

    def done(_: asyncio.Task[None]) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            enough.set()

    for task in tasks:
        task.add_done_callback(done)
    if left:
        with suppress(TimeoutError):
            async with asyncio.timeout(STRAGGLER_SECONDS):
                await enough.wait()
