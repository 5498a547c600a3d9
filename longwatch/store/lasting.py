"""Will the files that a new job points at live as long as it may run? Asked of those that were uploaded through us."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from longwatch.domain.errors import FieldProblem, InvalidRequestError
from longwatch.store.engine import Tx
from longwatch.store.inserting import NewJob
from longwatch.store.statements import text

_FIELD = "request.input"
_FILES = """
SELECT name, project, coalesce(expires_at, 'infinity') <= lw_now() AS over, expires_at, lw_now() AS now
FROM file WHERE name = ANY(:names)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file as it is known here; *now* is the database's time."""

    name: str
    project: str
    over: bool
    expires_at: datetime | None
    now: datetime


async def refusals(tx: Tx, jobs: Sequence[NewJob]) -> dict[uuid.UUID, InvalidRequestError]:
    """Return, by job, why one of *jobs* cannot have the files that it points at."""
    names = sorted({name for job in jobs for name in job.files})
    if not names:
        return {}
    rows = (await tx.execute(text(_FILES), {"names": names})).mappings()
    known = {row["name"]: _File(**row) for row in rows}
    problems = {job.id: list(_problems(job, known)) for job in jobs}
    return {job_id: InvalidRequestError(found) for job_id, found in problems.items() if found}


async def require(tx: Tx, job: NewJob) -> None:
    """Raise InvalidRequestError if *job* would outlive one of its files."""
    for refused in (await refusals(tx, [job])).values():
        raise refused


def _problems(job: NewJob, known: Mapping[str, _File]) -> Iterator[FieldProblem]:
    for file in (known[name] for name in job.files if name in known):
        if file.project != job.project:
            message = f"{file.name} is no file of this project."
            yield FieldProblem(_FIELD, "unknown_file", message, "Upload it with a key of this project.")
        elif file.over or _outlived(job, file):
            message = f"{file.name} is gone at {_at(file)}, before the job can be sure to have ended."
            remedy = "Upload it again just before the job, start it sooner, or give it a shorter `deadline_seconds`."
            yield FieldProblem(_FIELD, "file_expires", message, remedy)


def _outlived(job: NewJob, file: _File) -> bool:
    begins = max(job.run_at or file.now, file.now)
    ends = begins + timedelta(seconds=job.deadline_seconds)
    return file.expires_at is not None and file.expires_at < ends


def _at(file: _File) -> str:
    return "its time" if file.expires_at is None else file.expires_at.astimezone(UTC).isoformat(timespec="seconds")
