"""How does a background create become a job? Stored once, whoever repeats it, and answered from what is stored."""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from api.context import Context
from api.door.asking import Asked
from api.door.errors import DoorError
from api.door.reading import Standing, standing
from api.preparing import Desk, prepare
from longwatch.domain import ids
from longwatch.settings import Settings
from longwatch.store import inserting, interactions, lasting, predecessors, repeats, turns
from longwatch.store.engine import Tx
from longwatch.store.inserting import Conflicting, Created, NewJob
from longwatch.store.interactions import FoundInteraction
from longwatch.store.turns import Turn
from longwatch.upstream.requests import plans

_RETRIED_WITHIN: Final = timedelta(hours=24)
_SALT: Final = b"interactions door\0"


@dataclass(frozen=True, slots=True)
class Answered:
    """The interaction that a create is answered with, and whether an equal create had made it before."""

    standing: Standing
    deduplicated: bool


async def create(here: Context, project: str, asked: Asked) -> Answered:
    """Store the job that *asked* makes, or meet the one that an equal create made; nothing is stored if this raises."""
    job = await asyncio.to_thread(_prepared, here, project, asked)
    async with here.engine.begin() as tx:
        if (turned := await _turn(tx, job, asked)) is not None:
            return Answered(await standing(tx, here.vault, turned, project=project), deduplicated=False)
        placed = await _place(tx, job, within=_window(asked, job, here.settings))
        if isinstance(placed, Conflicting):
            message = "This Idempotency-Key was used before with another body. Send that body, or use a new key."
            raise DoorError(400, "failed_precondition", message)
        found = await interactions.first_of(tx, project, placed.job_id)
        # Read before the commit: after it, nothing may go wrong that an SDK would answer with a second POST.
        return Answered(await standing(tx, here.vault, found, project=project), not isinstance(placed, Created))


def _prepared(here: Context, project: str, asked: Asked) -> NewJob:
    desk = Desk(project, here.settings, here.vault)
    job = prepare(asked.submission(), desk, idempotency_key=asked.idempotency_key)
    return replace(job, request_hash=hashlib.sha256(_SALT + job.request_hash).digest())


async def _turn(tx: Tx, job: NewJob, asked: Asked) -> FoundInteraction | None:
    """Return the next run of the job whose last one asked for this; None if the create is a job of its own."""
    if job.previous is None:
        return None
    before = await interactions.predecessor(tx, job.project, job.previous)
    if before is None:
        if ids.looks_like(ids.INTERACTION, job.previous):
            await interactions.find(tx, job.project, job.previous)
        return None
    if before.planned and before.runs != (job.agent or job.model):
        return None
    planning = plans(asked.body, None) if before.planned else None
    turn = Turn(after=before.id, input=asked.body.get("input"), digest=job.request_hash, planning=planning)
    taken = await turns.take(tx, before.job_id, turn)
    return None if taken is None else await interactions.find(tx, job.project, ids.encode(ids.INTERACTION, taken))


async def _place(tx: Tx, job: NewJob, *, within: timedelta) -> inserting.Placed:
    if within and job.idempotency_key is None:
        earlier = await repeats.earlier(tx, job.project, job.request_hash, within=within)
        if earlier is not None:
            return inserting.Replayed(earlier)
    await lasting.require(tx, job)
    [placed] = await inserting.insert(tx, [await predecessors.linked(tx, job)])
    return placed


def _window(asked: Asked, job: NewJob, settings: Settings) -> timedelta:
    """Return how long an equal create counts as this one: SDKs repeat a POST; only agents are never asked twice."""
    if settings.dedupe_seconds and asked.retried:
        return _RETRIED_WITHIN
    return timedelta(seconds=settings.dedupe_seconds) if job.agent else timedelta()
