"""How does Flower show a research job as one row? By Celery task events made by hand, each of them self-contained.

Flower merges an event's fields into the row, so every event carries all of them: a row that was lost comes back whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longwatch.broker import task_words
from longwatch.domain import ids
from longwatch.domain.shown import ShownJob
from longwatch.domain.states import Status

NAME = "research"


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """One event of Celery's own types: Flower ranks any other type above REVOKED and gives it no button."""

    type: str
    fields: Mapping[str, Any]


def task_event(job: ShownJob, *, show_prompt: bool, runtime: bool = True) -> TaskEvent:
    """Return the event that shows *job* as it stands; *runtime* False spares Flower's histogram a second count."""
    fields = _row(job, show_prompt=show_prompt)
    match job.status:
        case Status.COMPLETED:
            return _succeeded(job, fields, runtime=runtime)
        case Status.CANCELLED:
            ended = {"terminated": True, "signum": None, "expired": False}
            return TaskEvent("task-revoked", fields | ended | _ended_at("revoked", job))
        case Status.FAILED | Status.EXPIRED | Status.INCOMPLETE | Status.BUDGET_EXCEEDED:
            why = {"exception": task_words.failure(job), "traceback": task_words.account(job)}
            return TaskEvent("task-failed", fields | why | _ended_at("failed", job))
        case Status.IN_PROGRESS | Status.REQUIRES_ACTION:
            return TaskEvent("task-started", fields)
        case Status.QUEUED if job.tried:
            # Only RETRY may follow STARTED and be followed by it: the row goes back to the queue.
            return TaskEvent("task-retried", fields)
        case _:
            return TaskEvent("task-received", fields)


def _row(job: ShownJob, *, show_prompt: bool) -> dict[str, Any]:
    job_id = ids.encode(ids.JOB, job.id)
    return {
        "uuid": job_id,
        "root_id": job_id,
        "parent_id": None,
        "name": NAME,
        "args": task_words.prompt(job) if show_prompt else task_words.HIDDEN,
        "kwargs": str({"agent": job.runs, "attempt": job.attempt, "tags": list(job.tags)}),
        "retries": max(job.attempt - 1, 0),
        # Without eta, each repeated task-started counts down Flower's gauge of prefetched tasks.
        "eta": job.created_at.isoformat(),
        "received": job.created_at.timestamp(),
        "started": job.started_at.timestamp() if job.started_at else None,
        "result": task_words.line(job),
        "exception": None,
        "traceback": None,
    }


def _succeeded(job: ShownJob, fields: dict[str, Any], *, runtime: bool) -> TaskEvent:
    took = {"runtime": job.elapsed.total_seconds()} if runtime else {}
    return TaskEvent("task-succeeded", fields | took | _ended_at("succeeded", job))


def _ended_at(name: str, job: ShownJob) -> dict[str, Any]:
    return {name: job.finished_at.timestamp()} if job.finished_at else {}
