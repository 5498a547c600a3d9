"""What is known of one interaction, by our id or the upstream's? Everything that a reader of the door is shown."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from longwatch.domain import ids
from longwatch.domain.errors import GoneError, NotFoundError
from longwatch.domain.ids import MalformedIdError
from longwatch.domain.states import Status
from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInteraction:
    """One interaction of a job, as it was asked for, and the run that stands for it now.

    A run that was created again, or continued, goes on under the id that was given out first: then *shown_id* is
    another than *id*, or None while there is no run. *streamed_id* is the run whose own stream its readers get.
    """

    id: uuid.UUID
    job_id: uuid.UUID
    status: Status
    agent: str | None
    model: str | None
    created_at: datetime
    updated_at: datetime
    error: Mapping[str, Any] | None
    usage: Mapping[str, Any] | None
    current: bool
    shown_id: uuid.UUID | None
    streamed_id: uuid.UUID | None
    upstream_status: str | None
    ended_age: timedelta | None
    followed: bool
    sealed: bool
    results_purged_at: datetime | None
    raw: bytes | None = field(repr=False)
    raw_sealed: bool
    secrets: bytes | None = field(repr=False)
    body: bytes | None = field(repr=False)
    turn: Mapping[str, Any] | None = field(repr=False)
    turn_after: uuid.UUID | None


_BY_UPSTREAM_ID = """
SELECT interaction.id FROM interaction JOIN job ON job.id = interaction.job_id
WHERE interaction.upstream_id = :upstream_id AND job.project = :project ORDER BY interaction.id LIMIT 1
"""
# The interaction that a job means: the one that is about to be created, else the last that was.
_MEANT = """
CASE WHEN job.next_interaction_id IS NOT NULL AND job.status IN ('queued', 'waiting') THEN job.next_interaction_id
     ELSE coalesce(job.interaction_id, job.next_interaction_id) END
"""
_FIND = f"""
WITH named AS (
    SELECT job_id FROM interaction WHERE id = :id UNION SELECT id FROM job WHERE next_interaction_id = :id
), chosen AS (
    SELECT job.id AS job_id, {_MEANT} AS current_id, CASE
        WHEN asked.ended_at IS NOT NULL AND own.readable AND asked.upstream_status <> 'requires_continuation'
        THEN asked.id ELSE {_MEANT} END AS chosen_id,
        CASE WHEN asked.upstream_id IS NOT NULL THEN asked.id ELSE {_MEANT} END AS streamed_id
    FROM named JOIN job ON job.id = named.job_id
    LEFT JOIN interaction AS asked ON asked.id = :id LEFT JOIN result AS own ON own.interaction_id = asked.id
)
SELECT job.id AS job_id, job.status, job.deleted_at, job.agent, job.model, job.created_at,
    coalesce(job.finished_at, job.started_at, job.created_at) AS updated_at, job.error, job.usage,
    chosen_id = current_id AS current, shown.id AS shown_id, shown.upstream_status,
    lw_now() - coalesce(shown.ended_at, job.finished_at) AS ended_age,
    streamed.id AS streamed_id, coalesce(streamed.stream_due_at IS NOT NULL, false) AS followed,
    coalesce(streamed.stream_sealed_at IS NOT NULL, false) AS sealed, job.results_purged_at,
    result.raw,
    coalesce(result.sealed, false) AS raw_sealed, job_request.secrets, job_request.body,
    said.turn, said.interaction_id AS turn_after
FROM chosen JOIN job ON job.id = chosen.job_id
LEFT JOIN interaction AS shown ON shown.id = chosen_id
LEFT JOIN interaction AS streamed ON streamed.id = chosen.streamed_id
LEFT JOIN result ON result.interaction_id = shown.id AND result.readable
LEFT JOIN job_request ON job_request.job_id = job.id
LEFT JOIN LATERAL (
    SELECT turn, interaction_id FROM action WHERE job_id = job.id AND turn IS NOT NULL AND interaction_id < :id
    ORDER BY interaction_id DESC LIMIT 1) AS said ON true
WHERE job.project = :project
"""  # noqa: S608
_THOUGHTS = """
SELECT data ->> 'text' FROM event
WHERE job_id = :job_id AND type = 'job.progress' AND interaction_id = :id ORDER BY sequence
"""
_OURS = """
SELECT interaction.upstream_id, interaction.id FROM interaction JOIN job ON job.id = interaction.job_id
WHERE interaction.upstream_id = ANY(:upstream_ids) AND job.project = :project
"""


async def find(tx: Tx, project: str, name: str) -> FoundInteraction:
    """Return the project's interaction that *name* means; raise NotFoundError, or GoneError once it was deleted."""
    asked = await _id_of(tx, project, name)
    row = (await tx.execute(text(_FIND), {"id": asked, "project": project})).mappings().first()
    if row is None:
        raise NotFoundError("There is no such interaction in this project. Check the id and the key's project.")
    if row["deleted_at"] is not None:
        raise GoneError("The interaction was deleted.")
    fields = {name: value for name, value in row.items() if name not in {"deleted_at", "status"}}
    return FoundInteraction(id=asked, status=Status(row["status"]), **fields)


async def _id_of(tx: Tx, project: str, name: str) -> uuid.UUID:
    try:
        return ids.decode(ids.INTERACTION, name)
    except MalformedIdError:
        values = {"upstream_id": name, "project": project}
        found: uuid.UUID | None = (await tx.execute(text(_BY_UPSTREAM_ID), values)).scalar_one_or_none()
    if found is None:
        raise NotFoundError("There is no such interaction in this project. Check the id and the key's project.")
    return found


async def thoughts(tx: Tx, found: FoundInteraction) -> Sequence[str]:
    """Return what the run that stands for it has told of its progress, in order."""
    rows = await tx.execute(text(_THOUGHTS), {"job_id": found.job_id, "id": found.shown_id})
    return [said for said in rows.scalars() if said]


async def ours(tx: Tx, project: str, upstream_ids: Sequence[str]) -> Mapping[str, uuid.UUID]:
    """Return our ids for those of *upstream_ids* that are of this project."""
    if not upstream_ids:
        return {}
    rows = await tx.execute(text(_OURS), {"upstream_ids": list(upstream_ids), "project": project})
    return {row.upstream_id: row.id for row in rows}


_FIRST = """
SELECT coalesce((SELECT id FROM interaction WHERE job_id = job.id AND role <> 'orphan' ORDER BY id LIMIT 1),
    next_interaction_id) FROM job WHERE id = :job_id
"""


async def first_of(tx: Tx, project: str, job_id: uuid.UUID) -> FoundInteraction:
    """Return the interaction that a job was made with; raise as `find` does."""
    first = (await tx.execute(text(_FIRST), {"job_id": job_id})).scalar_one()
    return await find(tx, project, ids.encode(ids.INTERACTION, first))


@dataclass(frozen=True, slots=True)
class Predecessor:
    """An interaction that another one follows: where the upstream has it, and whether its job waits for that.

    `planned` says that it is a plan, which its own agent (*runs*) carries out, and which others may go on from.
    """

    id: uuid.UUID
    job_id: uuid.UUID
    upstream_id: str | None
    asks: bool
    planned: bool
    runs: str


_PREDECESSOR = """
SELECT interaction.id, job.id, interaction.upstream_id, job.status = 'requires_action',
    job.interaction_id = interaction.id AND job.status = 'requires_action'
        AND interaction.upstream_status IS NOT DISTINCT FROM 'completed',
    coalesce(job.agent, job.model, '')
FROM job JOIN interaction ON interaction.job_id = job.id AND interaction.id = :id
WHERE job.project = :project AND job.deleted_at IS NULL
"""


async def predecessor(tx: Tx, project: str, name: str) -> Predecessor | None:
    """Return the project's interaction *name*; None if it is not one that we created."""
    try:
        asked = await _id_of(tx, project, name)
    except NotFoundError:
        return None
    row = (await tx.execute(text(_PREDECESSOR), {"id": asked, "project": project})).first()
    return None if row is None else Predecessor(*row)
