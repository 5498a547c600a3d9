"""Hand-made ledgers: a small run in which everything went well, for tests that spoil one thing of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chaos.evidence import (
    Claimed,
    Created,
    Evidence,
    Harm,
    Hook,
    StoredEvent,
    StoredJob,
    StoredResult,
    StoredRun,
    Transition,
)
from chaos.faults import KILLS_OF_CREATORS, Fault

START = datetime(2026, 1, 1, tzinfo=UTC)
JOB, HELD = "job_1", "job_2"
RUN, LOST = "int_1", "int_2"
DROPPED = {"job_3": "int_3", "job_4": "int_4", "job_5": "int_5"}
UNKNOWNS = {HELD: LOST, **DROPPED}
UNKNOWN = {"attention": {"code": "submit_unknown"}}


def at(seconds: float) -> datetime:
    """Return an instant of the run."""
    return START + timedelta(seconds=seconds)


def labels(job_id: str, run_id: str) -> dict[str, str]:
    """Return what a create of ours carries."""
    return {"longwatch_job": job_id, "longwatch_interaction": run_id}


def created(**changed: Any) -> Created:
    """Return the create of the job that completed."""
    plain = Created(upstream_id="up-1", labels=labels(JOB, RUN), accepted=True, status=200)
    return replace(plain, **changed)


def hook(**changed: Any) -> Hook:
    """Return the webhook of the job that completed."""
    plain = Hook(webhook_id="msg_1", job_id=JOB, sequence=3, type="job.completed", body_sha256="b", status=204)
    return replace(plain, **changed)


WORKER = 4711


def claimed(claim: int, seconds: float, *, held: bool = True, holder: int | None = WORKER) -> Claimed:
    """Return a claim on one row."""
    return Claimed(row="interaction 1", claim=claim, held=held, holder=holder, at=at(seconds))


def harm(fault: Fault, begins: float = 0, ends: float | None = None, *, opened: str = "") -> Harm:
    """Return an act of the nemesis that met the worker, and one open create, or none."""
    until = at(begins if ends is None else ends)
    creates = frozenset(filter(None, [opened]))
    return Harm(fault=fault, at=at(begins), until=until, open_creates=creates, felled=frozenset({WORKER}))


def harms() -> tuple[Harm, ...]:
    """Return an exacting nemesis: every kind three times, a create open at each kill."""
    return tuple(harm(fault, opened=LOST if fault in KILLS_OF_CREATORS else "") for fault in Fault for _ in range(3))


def shown_unknown(job_id: str, run_id: str) -> tuple[StoredEvent, StoredEvent]:
    """Return the events of a job whose create's answer was lost."""
    return (
        StoredEvent(job_id=job_id, sequence=1, type="job.created"),
        StoredEvent(job_id=job_id, sequence=2, type="job.attention", interaction_id=run_id, data=UNKNOWN),
    )


def refusals() -> tuple[Created, ...]:
    """Return three creates for each way in which the upstream refused, one of them untruly."""
    refused = [created(upstream_id=None, accepted=False, status=status) for status in (429, 500, None)]
    return (*refused, created(upstream_id="up-0", status=503)) * 3


def well(**changed: Any) -> Evidence:
    """Return the evidence of a job that completed and of four that are held: one kill, three answers dropped."""
    plain = Evidence(
        accepted=(JOB, HELD, *DROPPED),
        created=(
            created(),
            created(upstream_id="up-2", labels=labels(HELD, LOST), status=200),
            *(created(upstream_id=f"up-{run}", labels=labels(job, run), status=None) for job, run in DROPPED.items()),
            *refusals(),
        ),
        bodies={"up-1": frozenset({"a"})},
        jobs=(
            StoredJob(id=JOB, status="completed", last_sequence=3),
            *(StoredJob(id=job, status="submitting", attention="submit_unknown", last_sequence=2) for job in UNKNOWNS),
        ),
        runs=(
            StoredRun(id=RUN, job_id=JOB, upstream_id="up-1"),
            *(StoredRun(id=run, job_id=job, create_outcome="unknown") for job, run in UNKNOWNS.items()),
        ),
        results=(StoredResult(job_id=JOB, upstream_id="up-1", sha256="a"),),
        events=(
            StoredEvent(job_id=JOB, sequence=1, type="job.created"),
            StoredEvent(job_id=JOB, sequence=2, type="job.started", interaction_id=RUN),
            StoredEvent(job_id=JOB, sequence=3, type="job.completed", interaction_id=RUN),
            *(event for job, run in UNKNOWNS.items() for event in shown_unknown(job, run)),
        ),
        transitions=(
            Transition(job_id=JOB, old="queued", new="submitting"),
            Transition(job_id=JOB, old="submitting", new="in_progress"),
            Transition(job_id=JOB, old="in_progress", new="completed"),
            Transition(job_id=HELD, old="queued", new="submitting"),
        ),
        claims=(claimed(1, -1), claimed(2, 7, holder=WORKER + 1), claimed(2, 8, held=False)),
        hooks=(*(hook(status=503),) * 3, hook()),
        harms=harms(),
    )
    return replace(plain, **changed)
