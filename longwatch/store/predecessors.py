"""Which job does a new one go on from? Found by our id or the upstream's, and waited for until it has ended."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from longwatch.domain import ids
from longwatch.domain.errors import FieldProblem, InvalidRequestError
from longwatch.domain.ids import MalformedIdError
from longwatch.domain.predecessor import verdict
from longwatch.domain.states import Status
from longwatch.store.engine import Tx
from longwatch.store.inserting import Follows, NewJob
from longwatch.store.statements import text

_FIELD = "request.previous_interaction_id"
_OURS = """
SELECT id, job_id FROM interaction WHERE id = :id
UNION SELECT next_interaction_id, id FROM job WHERE next_interaction_id = :id
"""
_THEIRS = """
SELECT interaction.id, job_id FROM interaction JOIN job ON job.id = job_id WHERE upstream_id = :name
ORDER BY job.project <> :project, role = 'orphan', interaction.id LIMIT 1
"""
# Locked until the new job is visible: an end that came in between would wake nobody.
_LOCK = """
SELECT job.id, job.project, job.status, job.deleted_at IS NOT NULL AS deleted, lane.upstream_key
FROM job JOIN lane ON lane.id = job.lane_id WHERE job.id = ANY(:ids) ORDER BY job.id FOR SHARE OF job
"""
# Its conversation can be gone on from though its job goes on too: from a plan that waits, or was carried out.
_PASSED = """
SELECT named.id FROM interaction AS named JOIN job ON job.id = named.job_id
WHERE named.id = ANY(:ids) AND named.upstream_status = 'completed'
    AND (job.interaction_id <> named.id OR job.status = 'requires_action')
"""


@dataclass(frozen=True, slots=True)
class _Named:
    """The interaction that a name means, and its job."""

    id: uuid.UUID
    job_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """How the job stands that an interaction is of; `passed` if that one completed without ending the job."""

    project: str
    status: Status
    deleted: bool
    upstream_key: str
    passed: bool


async def link(tx: Tx, jobs: Sequence[NewJob]) -> list[NewJob | InvalidRequestError]:
    """Return *jobs*, of one project, knowing what they go on from, or why one cannot; predecessors stay locked."""
    named = {job.previous: await _named(tx, job.project, job.previous) for job in jobs if job.previous}
    found = [name for name in named.values() if name is not None]
    standings = await _standings(tx, found) if found else {}
    return [_linked(job, named.get(job.previous or ""), standings) for job in jobs]


async def linked(tx: Tx, job: NewJob) -> NewJob:
    """Return *job* knowing what it goes on from; raise InvalidRequestError if it cannot."""
    [outcome] = await link(tx, [job])
    if isinstance(outcome, InvalidRequestError):
        raise outcome
    return outcome


async def _named(tx: Tx, project: str, name: str) -> _Named | None:
    if ids.looks_like(ids.INTERACTION, name):
        try:
            row = (await tx.execute(text(_OURS), {"id": ids.decode(ids.INTERACTION, name)})).first()
        except MalformedIdError:
            row = None
    else:
        row = (await tx.execute(text(_THEIRS), {"name": name, "project": project})).first()
    return None if row is None else _Named(*row)


async def _standings(tx: Tx, found: Sequence[_Named]) -> dict[uuid.UUID, _Standing]:
    locked = (await tx.execute(text(_LOCK), {"ids": [name.job_id for name in found]})).mappings().all()
    jobs = {row["id"]: row for row in locked}
    passed = set((await tx.execute(text(_PASSED), {"ids": [name.id for name in found]})).scalars())
    return {
        name.id: _Standing(
            project=jobs[name.job_id]["project"],
            status=Status(jobs[name.job_id]["status"]),
            deleted=jobs[name.job_id]["deleted"],
            upstream_key=jobs[name.job_id]["upstream_key"],
            passed=name.id in passed,
        )
        for name in found
    }


def _linked(
    job: NewJob, named: _Named | None, standings: Mapping[uuid.UUID, _Standing]
) -> NewJob | InvalidRequestError:
    if job.previous is None or (named is None and not _looks_ours(job.previous)):
        return job
    standing = None if named is None else standings[named.id]
    if problem := next(_problems(job, standing), None):
        return InvalidRequestError([problem])
    assert named is not None
    assert standing is not None
    ready = standing.passed or standing.status is Status.COMPLETED
    waits = verdict(standing.status, deleted=False) == "wait"
    return replace(job, follows=Follows(named.id, named.job_id, ready=ready, alive=waits))


def _looks_ours(name: str) -> bool:
    return any(ids.looks_like(kind, name) for kind in (ids.INTERACTION, ids.JOB))


def _problems(job: NewJob, standing: _Standing | None) -> Iterator[FieldProblem]:
    if standing is None or standing.project != job.project:
        message = "It names no interaction of this project."
        remedy = "Give an `interaction_id`, as a job shows it, or the upstream's own id."
        yield FieldProblem(_FIELD, "unknown_interaction", message, remedy)
    elif standing.deleted:
        remedy = "Begin anew: put what is needed of it into `input`."
        yield FieldProblem(_FIELD, "deleted", "That interaction was deleted.", remedy)
    elif standing.upstream_key != job.upstream_key:
        message = f"That interaction was made with the upstream key {standing.upstream_key!r}."
        yield FieldProblem(_FIELD, "another_key", message, "Name the same one as `upstream_key`.")


_LOOK = """
SELECT before.status, before.deleted_at IS NOT NULL AS deleted,
    coalesce(waiting.start_deadline_at <= lw_now(), false) AS late,
    waiting.start_deadline_at - lw_now() AS left
FROM job AS waiting LEFT JOIN job AS before ON before.id = waiting.predecessor_job_id WHERE waiting.id = :id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a waiting job sees: its predecessor's state (None: no such job any more), and its own start deadline."""

    status: Status | None
    deleted: bool
    late: bool
    left: timedelta | None


async def look(tx: Tx, job_id: uuid.UUID) -> Before:
    """Return how the predecessor of a waiting job stands."""
    row = (await tx.execute(text(_LOOK), {"id": job_id})).mappings().one()
    return Before(**{**row, "status": row["status"] and Status(row["status"])})


_UPSTREAM_ID = """
SELECT CASE WHEN before.deleted_at IS NOT NULL THEN NULL
            WHEN named.upstream_status = 'completed' THEN named.upstream_id ELSE last.upstream_id END
FROM job LEFT JOIN job AS before ON before.id = job.predecessor_job_id
LEFT JOIN interaction AS named ON named.id = job.predecessor_id
LEFT JOIN interaction AS last ON last.id = before.interaction_id
WHERE job.id = :id AND job.predecessor_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A predecessor of ours; `upstream_id` is None if it was deleted."""

    upstream_id: str | None


async def known(tx: Tx, job_id: uuid.UUID) -> Known | None:
    """Return under which id the upstream has the predecessor of *job_id*; None if it has none of ours.

    A run that was continued, answered or created again stands for all its job's interactions.
    """
    row = (await tx.execute(text(_UPSTREAM_ID), {"id": job_id})).first()
    return None if row is None else Known(row[0])
