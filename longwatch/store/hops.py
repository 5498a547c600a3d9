"""Which runs make one answer? A run that stops, at a limit or to ask something, goes on in another: its next hop."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from longwatch.store.claims import StoredRequest, stored_request
from longwatch.store.engine import Tx
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text
from longwatch.store.vault import Kept

# What a run asked for stands beside it; a run that only reached a limit keeps to the last answer before it.
_STOPPED = """
WITH latest AS (
    SELECT id, upstream_id, upstream_status FROM interaction
    WHERE job_id = :job_id AND role <> 'orphan' AND create_outcome = 'accepted' ORDER BY id DESC LIMIT 1
)
SELECT upstream_id, CASE WHEN upstream_status = 'requires_continuation' THEN result.raw END AS raw,
    coalesce(result.sealed AND upstream_status = 'requires_continuation', false) AS sealed, action.turn,
    (SELECT earlier.turn FROM action AS earlier WHERE earlier.job_id = :job_id AND earlier.turn IS NOT NULL
     ORDER BY earlier.answered_at DESC LIMIT 1) AS earlier_turn
FROM latest LEFT JOIN result ON result.interaction_id = latest.id
LEFT JOIN action ON action.interaction_id = latest.id
WHERE upstream_status IN ('requires_continuation', 'requires_action', 'completed')
"""
_EARLIER = """
WITH before AS (
    SELECT id, upstream_status = 'requires_continuation' AS unfinished FROM interaction
    WHERE job_id = :job_id AND id < :id AND role = 'live' AND create_outcome = 'accepted'
)
SELECT raw, sealed FROM before JOIN result ON result.interaction_id = before.id
WHERE NOT EXISTS (SELECT FROM before AS whole WHERE whole.id >= before.id AND NOT whole.unfinished)
ORDER BY before.id
"""
# Few runs carry on from another: the bytes of those before are looked for only then.
_ASKED = """
SELECT job_request.body, job_request.secrets,
    (SELECT turn FROM action WHERE job_id = :job_id AND turn IS NOT NULL ORDER BY answered_at DESC LIMIT 1) AS turn,
    EXISTS (SELECT FROM interaction WHERE job_id = :job_id AND id < :id AND role = 'live'
            AND create_outcome = 'accepted') AS carries_on
FROM (SELECT) AS one LEFT JOIN job_request ON job_request.job_id = :job_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedRun:
    """The job's last run, which its next create carries on: with a turn if it asked for one, else by its bytes."""

    upstream_id: str
    raw: Kept
    turn: Mapping[str, Any] | None = field(repr=False)
    earlier_turn: Mapping[str, Any] | None = field(repr=False)


async def read_stopped(tx: Tx, job_id: uuid.UUID) -> StoppedRun | None:
    """Return the run that the job's next create carries on; None if it starts anew."""
    row = (await tx.execute(text(_STOPPED), {"job_id": job_id})).mappings().first()
    return None if row is None else _stopped(row)


def _stopped(row: RowMapping) -> StoppedRun:
    fields = {name: value for name, value in row.items() if name not in {"raw", "sealed"}}
    return StoppedRun(raw=Kept(bytes(row["raw"] or b""), row["sealed"]), **fields)


async def read_earlier(tx: Tx, job_id: uuid.UUID, interaction_id: uuid.UUID) -> list[Kept]:
    """Return the bytes of the hops that *interaction_id* carries on, the first one first."""
    rows = await tx.execute(text(_EARLIER), {"job_id": job_id, "id": interaction_id})
    return [Kept(bytes(raw), sealed) for raw, sealed in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOf:
    """What a run was asked for: its job's request, the last answer that the job was given, and the hops before it."""

    request: StoredRequest | None
    turn: Mapping[str, Any] | None = field(repr=False)
    earlier: list[Kept] = field(repr=False)


async def read_asked(tx: Tx, job_id: uuid.UUID, interaction_id: uuid.UUID) -> AskedOf:
    """Return what *interaction_id* was asked for; its request is None once it has been erased."""
    row = (await tx.execute(text(_ASKED), {"job_id": job_id, "id": interaction_id})).mappings().one()
    return AskedOf(
        request=stored_request(row),
        turn=row["turn"],
        earlier=await read_earlier(tx, job_id, interaction_id) if row["carries_on"] else [],
    )
