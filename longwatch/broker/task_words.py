"""What does a job's row in Flower say? One line while it lives, a summary or an account at its end."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from longwatch.domain import ids
from longwatch.domain.shown import ShownJob
from longwatch.domain.states import Status

HIDDEN = "(prompt hidden)"
GONE = "(prompt not kept here)"
WORDLESS = "(prompt without words)"
PROMPT_CHARACTERS = 80
_DEPTH = 6

_REMEDIES = {
    "empty_output": "The upstream's bytes are kept: read GET /v1/jobs/{id}/result/raw.",
    "submit_unknown": "Look for the run in the upstream's usage before paying for another: it may have been billed.",
    "deadline": "A longer `deadline_seconds` gives the next run more time.",
    "start_deadline": "It could not start in time: see LONGWATCH_MAX_RUNNING and the lanes' pauses.",
    "action_deadline": "A longer `action_deadline_seconds` gives people more time to answer.",
}
_BEFORE = {
    Status.QUEUED: "queued",
    Status.WAITING: "waiting for the job before it",
    Status.SUBMITTING: "being created upstream",
    Status.REQUIRES_ACTION: "requires action: a tool result or a decision",
}
_RETRY = "POST /v1/jobs/{id}/retry makes a new job, paid for anew.\nGET /v1/jobs/{id} has all that is known."


def clock(elapsed: timedelta) -> str:
    """Return *elapsed* as a person would say it: `61 s`, `12 min 5 s`, `3 h 20 min`."""
    seconds = max(0, int(elapsed.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 120:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def prompt(job: ShownJob) -> str:
    """Return the head of the job's prompt, on one line."""
    if job.body is None:
        return GONE
    words = " ".join(" ".join(_texts(json.loads(job.body).get("input"), _DEPTH)).split())
    head = words if len(words) <= PROMPT_CHARACTERS else f"{words[:PROMPT_CHARACTERS]}…"
    return head.encode(errors="replace").decode() or WORDLESS


def _texts(value: Any, depth: int) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() if depth:
            for item in value:
                yield from _texts(item, depth - 1)
        case {"text": str() as words}:
            yield words
        case {"content": content} if depth:
            yield from _texts(content, depth - 1)


def line(job: ShownJob) -> str:
    """Return what the job is doing, or how it ended, and what it needs a person for."""
    wish = ["cancel requested"] if job.cancel_requested and job.finished_at is None else []
    mark = [f"attention: {job.attention_code}: {job.attention_detail}"] if job.attention_code else []
    return "; ".join([_doing(job), *wish, *mark])


def _doing(job: ShownJob) -> str:
    match job.status:
        case Status.QUEUED if job.queue_detail:
            return f"queued: {job.queue_detail}"
        case Status.IN_PROGRESS:
            said = f": {job.said}" if job.said else ""
            return f"researching: {job.upstream_status or 'in_progress'}, {clock(job.elapsed)} elapsed{said}"
        case Status.COMPLETED:
            return _summary(job)
    return _BEFORE.get(job.status) or _ending(job)


def _ending(job: ShownJob) -> str:
    why = f": {job.error['code']}" if job.error and "code" in job.error else ""
    return f"{job.status.value} after {clock(job.elapsed)}{why}"


def _summary(job: ShownJob) -> str:
    tokens = (job.usage or {}).get("total_tokens")
    found = {"characters": job.characters, "sources": job.sources, "tokens": tokens}
    counts = [f"{count:,} {name}" for name, count in found.items() if isinstance(count, int)]
    return f"completed in {clock(job.elapsed)}" + (f": {', '.join(counts)}" if counts else "")


def failure(job: ShownJob) -> str:
    """Return why the job ended without a result: `code: message`."""
    error = job.error or {}
    return f"{error.get('code', job.status.value)}: {error.get('message', f'The job ended as {job.status.value}.')}"


def account(job: ShownJob) -> str:
    """Return what happened and what to do about it, for a person who has only this page."""
    job_id = ids.encode(ids.JOB, job.id)
    remedy = _REMEDIES.get(str((job.error or {}).get("code")))
    told = [
        f"{job_id} ended as {job.status.value} after {clock(job.elapsed)}, in attempt {job.attempt}.",
        failure(job),
        *([f"Upstream status: {job.upstream_status}"] if job.upstream_status else []),
        "",
        *([remedy.format(id=job_id)] if remedy else []),
        _RETRY.format(id=job_id),
    ]
    return "\n".join(told)
