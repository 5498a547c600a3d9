"""How does a create's answer get into the database? Whatever it is and however long the database is away."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import assert_never

import psycopg
import structlog

from longwatch.domain import ids
from longwatch.domain.attention import AttentionCode
from longwatch.domain.polling import CREATE_REFUSED, LANE_PAUSE
from longwatch.store import answers, lanes
from longwatch.store.answers import Rejection
from longwatch.store.claims import DueJob
from longwatch.store.creates import Intent
from longwatch.store.door import Changed
from longwatch.store.engine import Tx
from longwatch.upstream.outcomes import Accepted, CreateOutcome, NotSent, Refused, Unknown
from worker.pushing import push_wait, slowed
from worker.runtime import Runtime

_WRITE_AGAIN = timedelta(seconds=1)

log = structlog.get_logger()


async def write(runtime: Runtime, job: DueJob, intent: Intent, outcome: CreateOutcome) -> Changed | None:
    """Write *outcome*, however long the database is away: a paid id exists nowhere else."""
    while True:
        try:
            # Asked before the transaction: within it, a second connection could be waited for in vain.
            planned = runtime.pacing.delay(job.agent, taken=0, age=timedelta())
            first_look = await slowed(runtime, planned, asked=intent.push_asked)
            changed = await _at_once(runtime, job, intent, outcome, first_look=first_look)
            if changed is not None:
                return changed
            async with runtime.engine.begin() as tx:
                return await _written(runtime, tx, intent, outcome, first_look=first_look)
        except (psycopg.Error, OSError) as error:
            _tell_waiting(job, outcome, error)
            await asyncio.sleep(_WRITE_AGAIN.total_seconds())


async def _at_once(
    runtime: Runtime, job: DueJob, intent: Intent, outcome: CreateOutcome, *, first_look: timedelta
) -> Changed | None:
    """Write what mostly comes, a run that is accepted and begins, in one round trip; None if this was not that."""
    if not isinstance(outcome, Accepted):
        return None
    async with runtime.engine.each_by_itself() as tx:
        return await answers.accepted_at_once(
            tx,
            intent,
            attempt=job.attempt,
            upstream_id=outcome.upstream_id,
            upstream_status=outcome.upstream_status,
            delay=first_look,
        )


def _tell_waiting(job: DueJob, outcome: CreateOutcome, error: Exception) -> None:
    """Log the id too: should this process be killed before it is written, a person can still attach it."""
    log.warning(
        "an answer waits for the database",
        job=ids.encode(ids.JOB, job.held.id),
        outcome=type(outcome).__name__.lower(),
        upstream_id=getattr(outcome, "upstream_id", None),
        trouble=type(error).__name__,
    )


async def _written(
    runtime: Runtime, tx: Tx, intent: Intent, outcome: CreateOutcome, *, first_look: timedelta
) -> Changed | None:
    match outcome:
        case Accepted():
            status = outcome.upstream_status
            return await answers.accepted(
                tx, intent, upstream_id=outcome.upstream_id, upstream_status=status, delay=first_look
            )
        case NotSent():
            why = Rejection(sent=False, code=outcome.reason, message=outcome.detail)
            return await answers.rejected(tx, intent, why, delay=_retry_in(runtime, intent, None))
        case Refused():
            return await _refused(runtime, tx, intent, outcome)
        case Unknown():
            reason = outcome.reason if outcome.status is None else f"{outcome.reason}, HTTP {outcome.status}"
            hold, wait = runtime.settings.unknown_hold, push_wait(runtime.settings)
            return await answers.unknown(tx, intent, reason=reason, hold=hold, push_wait=wait)
    assert_never(outcome)


async def _refused(runtime: Runtime, tx: Tx, intent: Intent, outcome: Refused) -> Changed | None:
    why = Rejection(
        sent=outcome.status is not None,
        code=outcome.code or outcome.reason,
        message=outcome.message,
        http_status=outcome.status,
    )
    match outcome.kind:
        case "retry":
            delay = _retry_in(runtime, intent, outcome.retry_after)
            changed = await answers.rejected(tx, intent, why, delay=delay)
            if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
                await lanes.slow(tx, intent.lane_id, pause=delay)
            return changed
        case "final":
            return await answers.rejected(tx, intent, why, delay=None)
        case "lane":
            code = AttentionCode.QUOTA if outcome.reason == "quota_zero" else AttentionCode.KEY_REJECTED
            return await answers.lane_refused(tx, intent, why, attention=code, pause=LANE_PAUSE)
    assert_never(outcome.kind)


def _retry_in(runtime: Runtime, intent: Intent, retry_after: timedelta | None) -> timedelta:
    delay = CREATE_REFUSED.delay(intent.refusals, runtime.rng)
    return max(delay, retry_after or timedelta())


def tell(job: DueJob, intent: Intent, outcome: CreateOutcome) -> None:
    """Log what a create came to."""
    log.info(
        "create answered",
        job=ids.encode(ids.JOB, job.held.id),
        interaction=ids.encode(ids.INTERACTION, intent.interaction_id),
        outcome=type(outcome).__name__.lower(),
        reason=getattr(outcome, "reason", None),
        http_status=getattr(outcome, "status", None),
    )
