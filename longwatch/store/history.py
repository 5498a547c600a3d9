"""What happened to a job, in order? One job's events by page, and what is new for all that are watched."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from longwatch.domain.errors import PurgedError
from longwatch.domain.states import TERMINAL
from longwatch.store.engine import Tx
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text

END_ONLY = 2**31 - 1
"""Watched after this sequence, a job makes news only by having ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastEvent:
    """One event of a job."""

    job_id: uuid.UUID
    sequence: int
    type: str
    at: datetime
    interaction_id: uuid.UUID | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A job, and the sequence after which it is watched."""

    job_id: uuid.UUID
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new at a place; `ended` once the job has ended and nothing follows these events.

    `purged` says that what follows the place is no longer kept.
    """

    place: Place
    events: Sequence[PastEvent]
    ended: bool
    purged: bool


_PAGE = """
SELECT job_id, sequence, type, at, interaction_id, data FROM event
WHERE job_id = :job_id AND sequence > :after ORDER BY sequence LIMIT :limit
"""
_NEWS = """
SELECT place.job_id, place.after, job.last_sequence, job.status = ANY(:terminal) AS over,
       event.sequence, event.type, event.at, event.interaction_id, event.data
FROM unnest(CAST(:jobs AS uuid[]), CAST(:afters AS integer[])) AS place (job_id, after)
JOIN job ON job.id = place.job_id AND (job.last_sequence > place.after OR job.status = ANY(:terminal))
LEFT JOIN LATERAL (
    SELECT sequence, type, at, interaction_id, data FROM event
    WHERE event.job_id = place.job_id AND event.sequence > place.after ORDER BY sequence LIMIT :limit
) AS event ON true
ORDER BY place.job_id, place.after, event.sequence
"""


_PURGED = """
SELECT last_sequence > :after AND NOT EXISTS (
    SELECT FROM event WHERE job_id = job.id AND sequence = CAST(:after AS bigint) + 1)
FROM job WHERE id = :job_id
"""


async def require(tx: Tx, job_id: uuid.UUID, *, after: int) -> None:
    """Raise PurgedError if the event that follows the sequence *after* is no longer kept."""
    if (await tx.execute(text(_PURGED), {"job_id": job_id, "after": after})).scalar_one():
        detail = f"The events after {after} were kept for LONGWATCH_RETAIN_EVENTS, and purged. GET the job instead."
        raise PurgedError(detail)


def follows(events: Sequence[PastEvent], after: int) -> bool:
    """Say whether *events* go on right behind the sequence *after*; nothing does not."""
    return bool(events) and events[0].sequence == after + 1


async def page(tx: Tx, job_id: uuid.UUID, *, after: int, limit: int) -> list[PastEvent]:
    """Return up to *limit* events of *job_id* that follow the sequence *after*."""
    rows = await tx.execute(text(_PAGE), {"job_id": job_id, "after": after, "limit": limit})
    return [PastEvent(**row) for row in rows.mappings()]


async def news(tx: Tx, places: Iterable[Place], *, limit: int) -> list[News]:
    """Return what is new at each of *places*, up to *limit* events each, in one query; nothing for the quiet ones."""
    watched = list(places)
    values = {
        "jobs": [place.job_id for place in watched],
        "afters": [place.after for place in watched],
        "terminal": [status.value for status in TERMINAL],
        "limit": limit,
    }
    by_place: dict[Place, list[RowMapping]] = {}
    for row in (await tx.execute(text(_NEWS), values)).mappings():
        by_place.setdefault(Place(row["job_id"], row["after"]), []).append(row)
    return [_news(place, rows) for place, rows in by_place.items()]


def _news(place: Place, rows: Sequence[RowMapping]) -> News:
    events = [_event(row) for row in rows if row["sequence"] is not None]
    reached, last = events[-1].sequence if events else place.after, rows[0]["last_sequence"]
    purged = last > place.after and not follows(events, place.after)
    return News(place=place, events=events, ended=rows[0]["over"] and reached >= last, purged=purged)


def _event(row: RowMapping) -> PastEvent:
    return PastEvent(
        job_id=row["job_id"],
        sequence=row["sequence"],
        type=row["type"],
        at=row["at"],
        interaction_id=row["interaction_id"],
        data=row["data"],
    )
