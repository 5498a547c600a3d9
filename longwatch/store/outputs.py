"""What did a job bring? What was derived from the upstream's bytes, and the bytes themselves."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from longwatch.domain.errors import NotFinishedError, NotFoundError, PurgedError
from longwatch.domain.states import TERMINAL, Status
from longwatch.store.engine import Tx
from longwatch.store.reading import present
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text
from longwatch.store.vault import Kept

_POLL_AGAIN_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What an ended job has to show; all empty if the upstream never answered."""

    job_id: uuid.UUID
    status: Status
    interaction_id: uuid.UUID | None
    received_at: datetime | None
    revision: str | None
    text: str | None = field(repr=False)
    citations: Sequence[Any] | None = field(repr=False)
    artifacts: Sequence[Any] | None
    usage: Mapping[str, Any] | None
    parsed: Any = field(repr=False)
    parse_error: str | None
    derive_error: str | None


@dataclass(frozen=True, slots=True)
class RawOutput:
    """The upstream's bytes as stored, and the sealed secrets of the request that they answer."""

    content: Kept
    content_type: str | None
    secrets: bytes | None = field(repr=False)


_OUTPUT = """
SELECT job.id AS job_id, job.status, job.deleted_at, job.results_purged_at,
    coalesce(job.interaction_id, job.next_interaction_id) AS interaction_id, coalesce(job.usage, result.usage) AS usage,
    result.received_at, result.revision, result.text, result.citations, result.artifacts, result.parsed,
    result.parse_error, result.derive_error
FROM job LEFT JOIN result ON result.interaction_id = job.interaction_id
WHERE job.id = :job_id AND job.project = :project
"""
_RAW = """
SELECT job.status, job.deleted_at, job.results_purged_at, result.raw, result.sealed, result.content_type,
    job_request.secrets
FROM job LEFT JOIN result ON result.interaction_id = job.interaction_id
LEFT JOIN job_request ON job_request.job_id = job.id
WHERE job.id = :job_id AND job.project = :project
"""


async def output(tx: Tx, project: str, job_id: uuid.UUID) -> Output:
    """Return what was derived; raise NotFoundError, GoneError, or NotFinishedError before the job's end."""
    row = dict(finished(await _row(tx, _OUTPUT, project=project, job_id=job_id)))
    del row["deleted_at"], row["results_purged_at"]
    return Output(**{**row, "status": Status(row["status"])})


async def raw(tx: Tx, project: str, job_id: uuid.UUID) -> RawOutput:
    """Return the bytes that were last kept; raise NotFoundError if there are none, NotFinishedError if none yet."""
    row = kept(await _row(tx, _RAW, project=project, job_id=job_id))
    if row["raw"] is not None:
        return RawOutput(Kept(bytes(row["raw"]), row["sealed"]), row["content_type"], row["secrets"])
    if row["status"] not in TERMINAL:
        raise _not_finished(row["status"])
    raise NotFoundError("The job ended without an answer from the upstream. Its `error` says why.")


def finished(row: RowMapping | None) -> RowMapping:
    """Return the *row* of an ended job; raise NotFoundError, GoneError or NotFinishedError."""
    found = kept(present(row))
    if found["status"] not in TERMINAL:
        raise _not_finished(found["status"])
    return found


def kept(row: RowMapping) -> RowMapping:
    """Return a job's *row*; raise PurgedError once its results have been purged."""
    if row["results_purged_at"] is not None:
        raise purged(row["results_purged_at"])
    return row


def purged(at: datetime) -> PurgedError:
    """Return the refusal of a result that was purged *at* this time."""
    when = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    detail = (
        f"The request and result were kept for LONGWATCH_RETAIN_RESULTS, and purged at {when}. Post it as a new job."
    )
    return PurgedError(detail)


async def _row(tx: Tx, statement: str, *, project: str, job_id: uuid.UUID) -> RowMapping:
    return present((await tx.execute(text(statement), {"project": project, "job_id": job_id})).mappings().first())


def _not_finished(status: str) -> NotFinishedError:
    detail = f"The job is {status}. Ask again after it has ended: wait with GET /v1/jobs/{{id}}?wait=60."
    return NotFinishedError(detail, retry_after=_POLL_AGAIN_SECONDS)
