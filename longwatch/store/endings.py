"""How does a run end here? Bytes first, on their own; then the state, its event and what was derived, together."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from longwatch.domain.actions import Asked
from longwatch.domain.attention import Attention
from longwatch.domain.events import ENDINGS, EventType, NewEvent
from longwatch.domain.media import MediaFile
from longwatch.domain.states import TERMINAL, Status
from longwatch.store import actions, artifacts, door
from longwatch.store.claims import Held, release, releasing
from longwatch.store.door import (
    AT_REST,
    NO_ATTENTION,
    NOW,
    Along,
    Change,
    Changed,
    Locked,
    Sql,
    after,
    anew,
    marked,
)
from longwatch.store.engine import Tx, jsonb, storable
from longwatch.store.pausing import FREE
from longwatch.store.statements import text

# The job is locked before its interaction, as everywhere.
_KEEP = """
WITH owner AS MATERIALIZED (
    SELECT id, deleted_at FROM job WHERE id = (SELECT job_id FROM interaction WHERE id = :id) FOR NO KEY UPDATE
), ours AS MATERIALIZED (
    SELECT interaction.id, owner.id AS job_id, owner.deleted_at FROM owner JOIN interaction ON job_id = owner.id
    WHERE interaction.id = :id AND claim = :claim AND claimed_at IS NOT NULL FOR NO KEY UPDATE OF interaction
), kept AS (
    INSERT INTO result (interaction_id, job_id, raw, sealed, content_type, readable)
    SELECT id, job_id, :raw, :sealed, :content_type, :readable FROM ours WHERE deleted_at IS NULL
    ON CONFLICT (interaction_id) DO UPDATE
        SET raw = excluded.raw, sealed = excluded.sealed, content_type = excluded.content_type,
            readable = excluded.readable, received_at = lw_now()
        WHERE excluded.readable OR NOT result.readable
)
SELECT id FROM ours
"""


async def keep(tx: Tx, held: Held, *, raw: bytes, content_type: str, readable: bool, sealed: bool = False) -> bool:
    """Store the upstream's bytes before anything is made of them. False if the row is no longer ours.

    An unreadable answer never replaces a readable one, and a deleted job keeps none. One statement, which may also
    commit by itself.
    """
    values = {"id": held.id, "claim": held.claim, "raw": raw, "content_type": content_type, "readable": readable}
    return (await tx.execute(text(_KEEP), {**values, "sealed": sealed})).first() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What was read out of the bytes, as JSON values; `error` says why it could not be."""

    text: str | None = None
    citations: list[Any] = field(default_factory=list)
    artifacts: list[Any] = field(default_factory=list)
    files: Sequence[MediaFile] = field(default=(), repr=False)
    usage: Mapping[str, Any] | None = None
    revision: str | None = None
    parsed: Any = None
    parse_error: str | None = None
    error: str | None = None


_DERIVED = """
UPDATE result SET derived_at = lw_now(), text = :text, citations = CAST(:citations AS jsonb),
    artifacts = CAST(:artifacts AS jsonb), usage = CAST(:usage AS jsonb), revision = :revision,
    parsed = CAST(:parsed AS jsonb), parse_error = :parse_error, derive_error = :derive_error
WHERE interaction_id = :id
"""


async def derived(tx: Tx, interaction_id: uuid.UUID, made: Derivation) -> None:
    """Write what was derived, files too, beside its bytes."""
    await tx.execute(text(_DERIVED), {"id": interaction_id, **_columns(made)})
    await artifacts.keep(tx, interaction_id, made.files)


def _columns(made: Derivation) -> dict[str, Any]:
    return {
        "text": made.text and storable(made.text),
        "citations": jsonb(made.citations),
        "artifacts": jsonb(made.artifacts),
        "usage": None if made.usage is None else jsonb(made.usage),
        "revision": made.revision and storable(made.revision),
        "parsed": None if made.parsed is None else jsonb(made.parsed),
        "parse_error": made.parse_error and storable(made.parse_error),
        "derive_error": made.error,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a job ends: its state, what is told of it, and when the interaction is looked at again (None: never)."""

    status: Status
    upstream_status: str | None
    error: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] | None = None
    preview: str | None = None
    attention: Attention | None = None
    look_again: timedelta | None = None
    hold: timedelta | None = None

    def event(self) -> NewEvent:
        """Return the event that tells it."""
        told = {"error": self.error, "usage": self.usage, "preview": self.preview}
        if self.attention is not None:
            told["attention"] = {"code": self.attention.code.value, "detail": self.attention.detail}
        return NewEvent(ENDINGS[self.status], told)


_ENDED = """
ended_at = coalesce(ended_at, lw_now()), running = false, upstream_status = :status, deadline_at = NULL,
polls = polls + 1, failures = 0, rereads = rereads + 1
"""
_ENDED_WITH_JOB = _ENDED.replace("rereads = rereads + 1", "rereads = 0, role = 'collect'")


# Nothing is written unless the job means this run and may end: what was locked is what is changed.
_AT_ONCE = """
owner AS MATERIALIZED (
    SELECT id FROM job WHERE id = :job_id AND interaction_id = :id AND status = ANY(:expect) FOR NO KEY UPDATE
), released AS ({release})
"""
_WITH_IT = f"""
derived AS ({_DERIVED} AND EXISTS (SELECT FROM changed)),
cleared AS ({artifacts.CLEAR} AND EXISTS (SELECT FROM changed))
"""  # noqa: S608


async def end(tx: Tx, held: Held, job_id: uuid.UUID, ending: Ending, made: Derivation | None = None) -> Changed | None:
    """End the run and its job, and write what was *made* of its bytes beside them.

    None if the row is no longer ours, or the job had ended already: then nothing that was made is written.
    """
    changed = await end_at_once(tx, held, job_id, ending, made)
    if changed is not None:
        await artifacts.add(tx, held.id, () if made is None else made.files)
        return changed
    job = await door.lock(tx, job_id)
    if not await release(tx, held, delay=ending.look_again, assignments=_ENDED_WITH_JOB, status=ending.upstream_status):
        return None
    changed = await _end_job(tx, job, held, ending)
    if changed is not None and made is not None:
        await derived(tx, held.id, made)
    return changed


async def end_at_once(
    tx: Tx, held: Held, job_id: uuid.UUID, ending: Ending, made: Derivation | None = None
) -> Changed | None:
    """Do what `end` does, but for the files that were made, in one statement, which may also commit by itself.

    None, and nothing is written, if row and job are not as they mostly are: then `end` is to be asked.
    """
    release = releasing("interaction", _ENDED_WITH_JOB, given="owner")
    values = {"id": held.id, "claim": held.claim, "wake": held.wake, "delay": ending.look_again}
    along = Along(
        first=_AT_ONCE.format(release=release),
        given="released",
        then="" if made is None else _WITH_IT,
        values={**values, "status": ending.upstream_status, **({} if made is None else _columns(made))},
    )
    return await door.change(tx, replace(_change_of(job_id, ending), along=along))


_STILL_TO_CANCEL = "cancel_requested_at = coalesce(cancel_requested_at, lw_now())"


async def abandon(tx: Tx, held: Held, job_id: uuid.UUID, ending: Ending) -> Changed | None:
    """End the job though its run goes on upstream; the interaction is collected later, when it ends."""
    job = await door.lock(tx, job_id)
    assignments = f"role = 'collect', deadline_at = NULL, polls = 0, failures = 0, {_STILL_TO_CANCEL}"
    if not await release(tx, held, delay=ending.look_again, assignments=assignments):
        return None
    return await _end_job(tx, job, held, ending)


async def _end_job(tx: Tx, job: Locked | None, held: Held, ending: Ending) -> Changed | None:
    if job is None or job.interaction_id != held.id:
        return None
    return await door.change(tx, _change_of(job.id, ending))


def _change_of(job_id: uuid.UUID, ending: Ending) -> Change:
    mark = NO_ATTENTION if ending.attention is None else marked(ending.attention)
    fields = {**AT_REST, **mark, "finished_at": NOW, "error": ending.error, "usage": ending.usage}
    return Change(job_id=job_id, to=ending.status, event=ending.event(), fields=fields, hold=ending.hold)


async def ask_action(
    tx: Tx,
    held: Held,
    job_id: uuid.UUID,
    *,
    asked: Asked,
    upstream_status: str = "requires_action",
    hold: timedelta | None = None,
) -> Changed | None:
    """Hand the job to a person or a tool: the run upstream has stopped, and waits for our next interaction."""
    job = await _stopped(tx, held, job_id, upstream_status=upstream_status)
    if job is None or job.cancel_requested:
        return await _cancelled(tx, job, held)
    await actions.ask(tx, interaction_id=held.id, job_id=job_id, asked=asked)
    wait = {**NO_ATTENTION, "claimed_at": None, "due_at": after(timedelta(seconds=job.action_deadline_seconds))}
    event = NewEvent(EventType.REQUIRES_ACTION, {"action": asked})
    change = Change(job_id=job_id, to=Status.REQUIRES_ACTION, event=event, fields=wait, hold=hold)
    return await door.change(tx, change)


_KEPT_PLACE = Sql(f"(SELECT lw_now() FROM lane WHERE lane.id = job.lane_id AND {FREE})")  # noqa: S608


async def carry_on(tx: Tx, held: Held, job_id: uuid.UUID) -> Changed | None:
    """Queue the job for the create that continues its run, which reached the limit of one call.

    It keeps its place, unless a person has paused creating meanwhile.
    """
    job = await _stopped(tx, held, job_id, upstream_status="requires_continuation")
    if job is None or job.cancel_requested:
        return await _cancelled(tx, job, held)
    at_once = {**NO_ATTENTION, "claimed_at": None, "admitted_at": _KEPT_PLACE, "due_at": NOW, **anew()}
    return await door.change(tx, Change(job_id=job_id, to=Status.QUEUED, expect=(Status.IN_PROGRESS,), fields=at_once))


async def _stopped(tx: Tx, held: Held, job_id: uuid.UUID, *, upstream_status: str) -> Locked | None:
    job = await door.lock(tx, job_id)
    if not await release(tx, held, delay=None, assignments=_ENDED, status=upstream_status):
        return None
    return job if job is not None and job.interaction_id == held.id else None


async def _cancelled(tx: Tx, job: Locked | None, held: Held) -> Changed | None:
    """End a job that was to be cancelled: its run has stopped by itself, and is not taken further."""
    return await _end_job(tx, job, held, Ending(status=Status.CANCELLED, upstream_status=None))


async def close(tx: Tx, held: Held, *, upstream_status: str | None, look_again: timedelta | None) -> bool:
    """End a run whose job has ended before, or that no job means."""
    await door.lock_of(tx, held.id)
    return await release(tx, held, delay=look_again, assignments=_ENDED, status=upstream_status)


async def late_result(tx: Tx, job_id: uuid.UUID, *, preview: str | None, usage: Mapping[str, Any] | None) -> None:
    """Say that a job which had ended without a result has one now; its state stays."""
    told = {"preview": preview, "usage": usage}
    fields = {"late_result": True, "usage": usage}
    event = NewEvent(EventType.LATE_RESULT, told)
    await door.change(tx, Change(job_id=job_id, expect=TERMINAL, event=event, fields=fields))


async def late_usage(tx: Tx, job_id: uuid.UUID, usage: Mapping[str, Any]) -> None:
    """Write the usage that the upstream told only after the end."""
    await door.change(tx, Change(job_id=job_id, fields={"usage": usage}))
