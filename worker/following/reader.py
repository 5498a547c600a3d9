"""How is one stream read? From where it was left, in small batches; a break is planned again and means nothing."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import psycopg
import structlog

from longwatch.domain import ids
from longwatch.store import polls, streams
from longwatch.store.streams import DueStream, StreamEvent, Tail
from longwatch.store.vault import VaultError
from longwatch.upstream.reader import one_line
from longwatch.upstream.streaming import BrokenStreamError, Said
from worker.following.desk import Desk
from worker.following.inbox import Inbox

_TRIES_AFTER_END: Final = 3
_FIRST_AGAIN: Final = timedelta(seconds=1)
_LONGEST_AGAIN: Final = timedelta(seconds=60)

log = structlog.get_logger()


class LostStreamError(Exception):
    """The stream is sealed, deleted or another follower's."""


async def read(desk: Desk, row: DueStream) -> None:
    """Read the stream of *row* until its end, or until it breaks."""
    try:
        await _read(desk, row)
    except LostStreamError:
        return
    except (BrokenStreamError, psycopg.Error, OSError, VaultError) as error:
        await _plan(desk, row, error)


async def _read(desk: Desk, row: DueStream) -> None:
    key = desk.settings.key(row.upstream_key)
    if key is None:
        raise BrokenStreamError("there is no such upstream key")
    async with desk.engine.begin() as tx:
        tail = await streams.tail(tx, row.id)
    inbox = Inbox()
    reading = asyncio.create_task(inbox.fill(desk.streams.read(row.upstream_id, key=key, after=tail.event_id)))
    try:
        await _keep(desk, row, tail, inbox)
        await reading
    finally:
        reading.cancel()
    async with desk.engine.begin() as tx:
        await streams.finish(tx, row)


async def _keep(desk: Desk, row: DueStream, tail: Tail, inbox: Inbox) -> None:
    """Write what comes, some at a time; what is kept already is passed over."""
    position, known = tail.position, tail.beyond
    async for said in inbox.batches():
        fresh, known = said[known:], max(0, known - len(said))
        if fresh:
            await _write(desk, row, fresh, position=position)
            position += len(fresh)


async def _write(desk: Desk, row: DueStream, said: list[Said], *, position: int) -> None:
    mask = await desk.masks.of(row.job_id)
    kept = [StreamEvent(event.event_id, mask.raw(event.raw)) for event in said]
    async with desk.engine.begin() as tx:
        if not await streams.append(tx, row, position=position, events=kept):
            raise LostStreamError
    if line := _progress(said):
        async with desk.engine.begin() as tx:
            await polls.progress(tx, row.job_id, said=mask.text(line))


def _progress(said: list[Said]) -> str | None:
    """Return the newest thought that is told in words."""
    for event in reversed(said):
        delta = event.document.get("delta")
        if isinstance(delta, dict) and delta.get("type") == "thought_summary":
            return _line(delta.get("content"))
    return None


def _line(content: Any) -> str | None:
    text = content.get("text") if isinstance(content, dict) else None
    return one_line(text) or None if isinstance(text, str) else None


async def _plan(desk: Desk, row: DueStream, error: Exception) -> None:
    """Try again later, less and less often; a run that has ended without its stream is left to the door."""
    log.info(
        "stream broke", interaction=ids.encode(ids.INTERACTION, row.id), trouble=str(error) or type(error).__name__
    )
    async with desk.engine.begin() as tx:
        if row.ended and row.failures >= _TRIES_AFTER_END:
            await streams.finish(tx, row)
        else:
            await streams.again(tx, row, delay=_again_in(desk, row.failures), failures=min(row.failures + 1, 1000))


def _again_in(desk: Desk, failures: int) -> timedelta:
    seconds = min(_FIRST_AGAIN * 2 ** min(failures, 10), _LONGEST_AGAIN).total_seconds()
    return timedelta(seconds=seconds * desk.rng.uniform(0.8, 1.2))


@dataclass(frozen=True, slots=True)
class Open:
    """One stream that is being read."""

    row: DueStream
    task: asyncio.Task[None]
