"""How are the four ledgers read, once all is quiet?"""

import json
from pathlib import Path
from typing import Any

from chaos.database import Database
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
from chaos.producer import Producer
from longwatch.domain import ids

_JOBS = "SELECT id, status, attention_code, last_sequence FROM job"
_RUNS = "SELECT id, job_id, role, upstream_id, create_outcome FROM interaction"
_RESULTS = """
SELECT result.job_id, interaction.upstream_id, encode(sha256(raw), 'hex')
FROM result JOIN interaction ON interaction.id = result.interaction_id WHERE readable
"""
_EVENTS = "SELECT job_id, sequence, type, interaction_id, data FROM event ORDER BY job_id, sequence"
_TRANSITIONS = "SELECT job_id, old, new FROM chaos_transition ORDER BY at"
_CLAIMS = "SELECT kind || ' ' || id, claim, held, holder, at FROM chaos_claim ORDER BY at, claim"


async def gathered(
    producer: Producer,
    ledger: dict[str, Any],
    database: Database,
    received: Path,
    *,
    harms: list[Harm],
    settled_after: float | None,
) -> Evidence:
    """Return what the ledgers say."""
    return Evidence(
        accepted=tuple(producer.accepted),
        created=tuple(_created(entry) for entry in ledger["entries"] if entry["op"] == "create"),
        bodies={run["id"]: frozenset(run["body_sha256"]) for run in ledger["interactions"]},
        jobs=tuple(_job(*row) for row in await database.rows(_JOBS)),
        runs=tuple(_run(*row) for row in await database.rows(_RUNS)),
        results=tuple(_result(*row) for row in await database.rows(_RESULTS)),
        events=tuple(_event(*row) for row in await database.rows(_EVENTS)),
        transitions=tuple(_transition(*row) for row in await database.rows(_TRANSITIONS)),
        claims=tuple(_claimed(*row) for row in await database.rows(_CLAIMS)),
        hooks=hooks_in(received),
        harms=tuple(harms),
        settled_after=settled_after,
        answers=dict(producer.answers),
    )


def hooks_in(ledger: Path) -> tuple[Hook, ...]:
    """Return what the receiver wrote down."""
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    return tuple(Hook(**json.loads(line)) for line in lines)


def _created(entry: dict[str, Any]) -> Created:
    return Created(upstream_id=entry["id"], labels=entry["labels"], accepted=entry["accepted"], status=entry["status"])


def _job(job_id: Any, status: str, attention: str | None, last_sequence: int) -> StoredJob:
    return StoredJob(id=_of_job(job_id), status=status, attention=attention, last_sequence=last_sequence)


def _run(run_id: Any, job_id: Any, role: str, upstream_id: str | None, outcome: str | None) -> StoredRun:
    return StoredRun(
        id=ids.encode(ids.INTERACTION, run_id),
        job_id=_of_job(job_id),
        role=role,
        upstream_id=upstream_id,
        create_outcome=outcome,
    )


def _result(job_id: Any, upstream_id: str | None, sha256: str) -> StoredResult:
    return StoredResult(job_id=_of_job(job_id), upstream_id=upstream_id, sha256=sha256)


def _event(job_id: Any, sequence: int, kind: str, run_id: Any, data: dict[str, Any]) -> StoredEvent:
    run = run_id and ids.encode(ids.INTERACTION, run_id)
    return StoredEvent(job_id=_of_job(job_id), sequence=sequence, type=kind, interaction_id=run, data=data)


def _transition(job_id: Any, old: str, new: str) -> Transition:
    return Transition(job_id=_of_job(job_id), old=old, new=new)


def _claimed(row: str, claim: int, held: bool, holder: int | None, at: Any) -> Claimed:  # noqa: FBT001 - a column
    return Claimed(row=row, claim=claim, held=held, holder=holder, at=at)


def _of_job(value: Any) -> str:
    return ids.encode(ids.JOB, value)
