"""Which results are to be derived anew, and how far has that come? Only what had been derived before is touched."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from longwatch.domain import ids
from longwatch.store import endings
from longwatch.store.endings import Derivation
from longwatch.store.engine import Tx, jsonb, storable
from longwatch.store.statements import text
from longwatch.store.vault import Kept

LOCK = 0x10_6E_3A_7D
"""The advisory lock under which results are derived anew: one pass at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which results: those received *since*, those of one job, or all."""

    since: datetime | None = None
    job_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass over the results: the last one that it has done, and its report so far."""

    id: uuid.UUID
    started_at: datetime
    position: uuid.UUID | None
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """A result's bytes, and what was derived from them before, by column.

    *own_form* says that its job's request tells the form that was asked for: a call that was passed through as the
    next run of a job had a form of its own, which is not kept.
    """

    interaction_id: uuid.UUID
    job_id: uuid.UUID
    received_at: datetime
    own_form: bool
    raw: Kept
    before: Mapping[str, Any] = field(repr=False)


_UNFINISHED = """
SELECT id, started_at, position, report FROM reparse
WHERE finished_at IS NULL AND since IS NOT DISTINCT FROM :since AND job_id IS NOT DISTINCT FROM :job_id
ORDER BY id DESC LIMIT 1
"""
_BEGIN = """
INSERT INTO reparse (id, since, job_id, report) VALUES (:id, :since, :job_id, '{}')
RETURNING id, started_at, position, report
"""
_SAVE = """
UPDATE reparse SET position = :position, report = CAST(:report AS jsonb),
    finished_at = CASE WHEN :finished THEN lw_now() END
WHERE id = :id
"""
_NEXT = """
SELECT interaction_id FROM result
WHERE interaction_id > :position AND derived_at IS NOT NULL
    AND (CAST(:since AS timestamptz) IS NULL OR received_at >= :since)
    AND (CAST(:job_id AS uuid) IS NULL OR job_id = :job_id)
ORDER BY interaction_id LIMIT :limit
"""
_STORED = """
SELECT result.interaction_id, result.job_id, received_at, raw, sealed, text, citations, artifacts, usage, revision,
    parsed, parse_error, derive_error,
    interaction.intent_claim IS NOT NULL OR NOT EXISTS (
        SELECT FROM interaction AS earlier WHERE earlier.job_id = result.job_id AND earlier.id < interaction.id
    ) AS own_form
FROM result JOIN interaction ON interaction.id = result.interaction_id
WHERE interaction_id = :id AND derived_at IS NOT NULL
"""
_COLUMNS = ("text", "citations", "artifacts", "usage", "revision", "parsed", "parse_error", "derive_error")
_SAME = "SELECT true FROM result WHERE interaction_id = :id AND received_at = :received_at FOR NO KEY UPDATE"
# The job tells the usage of the run that it means; what came only after its end is told there too.
_USAGE = """
UPDATE job SET usage = CAST(:usage AS jsonb)
WHERE id = :job_id AND interaction_id = :id AND usage IS NOT DISTINCT FROM CAST(:before AS jsonb)
"""


async def alone(tx: Tx) -> bool:
    """Return whether this connection may derive anew, now and until it is closed: nobody else does."""
    return bool((await tx.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK})).scalar_one())


async def release(tx: Tx) -> None:
    """Let others derive anew."""
    await tx.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})


async def begin(tx: Tx, scope: Scope, *, anew: bool) -> Pass:
    """Return the unfinished pass over the same *scope*, or (also if *anew*) a new one."""
    values = {"id": ids.new(), "since": scope.since, "job_id": scope.job_id}
    found = None if anew else (await tx.execute(text(_UNFINISHED), values)).mappings().first()
    row = found or (await tx.execute(text(_BEGIN), values)).mappings().one()
    return Pass(**row)


async def save(tx: Tx, passed: Pass, *, position: uuid.UUID | None, report: Mapping[str, Any], finished: bool) -> None:
    """Write down how far the pass has come."""
    values = {"id": passed.id, "position": position, "report": jsonb(report), "finished": finished}
    await tx.execute(text(_SAVE), values)


async def following(tx: Tx, scope: Scope, *, position: uuid.UUID | None, limit: int) -> list[uuid.UUID]:
    """Return the interactions of the next results after *position*, up to *limit*."""
    values = {"position": position or uuid.UUID(int=0), "since": scope.since, "job_id": scope.job_id, "limit": limit}
    return list((await tx.execute(text(_NEXT), values)).scalars())


async def stored(tx: Tx, interaction_id: uuid.UUID) -> StoredResult | None:
    """Return a result with its bytes; None if it has gone."""
    row = (await tx.execute(text(_STORED), {"id": interaction_id})).mappings().first()
    if row is None:
        return None
    before = {name: row[name] for name in _COLUMNS}
    kept = {name: row[name] for name in ("interaction_id", "job_id", "received_at", "own_form")}
    return StoredResult(raw=Kept(bytes(row["raw"]), row["sealed"]), before=before, **kept)


def columns(made: Derivation) -> dict[str, Any]:
    """Return *made* as it reads once it is stored, by column."""
    words = {name: value and storable(value) for name, value in _words(made).items()}
    values = {name: json.loads(jsonb(value)) for name, value in _values(made).items()}
    return words | values | {"derive_error": made.error}


def _words(made: Derivation) -> dict[str, str | None]:
    return {"text": made.text, "revision": made.revision, "parse_error": made.parse_error}


def _values(made: Derivation) -> dict[str, Any]:
    return {name: getattr(made, name) for name in ("citations", "artifacts", "usage", "parsed")}


async def rewrite(tx: Tx, old: StoredResult, made: Derivation) -> bool:
    """Put *made* in the place of what was derived before; False if other bytes have come meanwhile, or it has gone.

    No state changes, and nobody is told.
    """
    same = {"id": old.interaction_id, "received_at": old.received_at}
    if (await tx.execute(text(_SAME), same)).first() is None:
        return False
    await endings.derived(tx, old.interaction_id, made)
    if made.usage is not None:
        told = {"usage": jsonb(made.usage), "before": old.before["usage"] and jsonb(old.before["usage"])}
        await tx.execute(text(_USAGE), {"job_id": old.job_id, "id": old.interaction_id, **told})
    return True
