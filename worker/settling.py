"""Whose run does a webhook speak of that no row has? It is read, and is ours only if it carries our label."""

from datetime import timedelta

import structlog

from longwatch.domain import ids
from longwatch.domain.polling import MISSING
from longwatch.store import answers
from longwatch.store.claims import DueInteraction, release
from longwatch.store.creates import Intent
from longwatch.upstream.outcomes import Ended, Missing, ReadOutcome, Running
from worker.reading import read
from worker.runtime import Runtime
from worker.unclear import MISSING_READS, next_try

OPEN_POST = timedelta(seconds=5)
"""Between looks at an intent whose own answer may still come."""

_FORGET = "candidate_upstream_id = nullif(candidate_upstream_id, :candidate)"

log = structlog.get_logger()


async def settle(runtime: Runtime, row: DueInteraction) -> None:
    """Find out whether the candidate is the run of *row*'s create; the POST's own answer is waited for first."""
    if row.create_open:
        await _later(runtime, row, OPEN_POST)
        return
    match await read(runtime, row):
        case Running() | Ended() as outcome if _is_ours(row, outcome):
            await _take(runtime, row, outcome)
        case Running() | Ended():
            await _drop(runtime, row, reason="its label is not ours")
        case Missing() if row.failures >= MISSING_READS:
            await _drop(runtime, row, reason="the key does not see it")
        case Missing():
            await _again(runtime, row, MISSING.delay(row.failures, runtime.rng))
        case outcome:
            await _again(runtime, row, next_try(runtime, row, _asked_wait(outcome)))


def _is_ours(row: DueInteraction, outcome: Running | Ended) -> bool:
    return outcome.labels.get("longwatch_interaction") == ids.encode(ids.INTERACTION, row.held.id)


def _asked_wait(outcome: ReadOutcome) -> timedelta | None:
    wait: timedelta | None = getattr(outcome, "retry_after", None)
    return wait


async def _take(runtime: Runtime, row: DueInteraction, outcome: Running | Ended) -> None:
    """Write the id as the create's answer, and read the run at once: it has ended, or nobody would speak of it."""
    intent = Intent(job_id=row.job_id, interaction_id=row.held.id, lane_id=row.lane_id)
    status = outcome.upstream_status if isinstance(outcome, Running) else None
    async with runtime.engine.begin() as tx:
        changed = await answers.accepted(
            tx, intent, upstream_id=row.upstream_id, upstream_status=status, delay=answers.AT_ONCE
        )
        await release(tx, row.held, delay=answers.AT_ONCE, assignments=_FORGET, candidate=row.upstream_id)
    log.info("a webhook named the run of a lost create", job=ids.encode(ids.JOB, row.job_id), taken=changed is not None)
    if changed is not None:
        runtime.announcer.moved(row.job_id)


async def _drop(runtime: Runtime, row: DueInteraction, *, reason: str) -> None:
    log.warning("a webhook named a run that is not ours", job=ids.encode(ids.JOB, row.job_id), reason=reason)
    async with runtime.engine.begin() as tx:
        delay = answers.AT_ONCE if row.answered else None
        noted = f"{_FORGET}, failures = 0"
        await release(tx, row.held, delay=delay, assignments=noted, candidate=row.upstream_id)


async def _later(runtime: Runtime, row: DueInteraction, delay: timedelta) -> None:
    async with runtime.engine.begin() as tx:
        await release(tx, row.held, delay=delay)


async def _again(runtime: Runtime, row: DueInteraction, delay: timedelta) -> None:
    async with runtime.engine.begin() as tx:
        await release(tx, row.held, delay=delay, assignments="failures = least(failures + 1, 1000)")
