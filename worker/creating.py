"""How is a job created upstream? One intent, one POST, one answer; whatever dies in between is shown, not repeated."""

import asyncio
import json
from datetime import timedelta
from typing import Any, assert_never
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from longwatch.domain import ids
from longwatch.domain.attention import AttentionCode
from longwatch.domain.polling import CREATE_REFUSED
from longwatch.domain.states import Status
from longwatch.domain.unknown_submit import plan
from longwatch.store import answers, creates, resolving
from longwatch.store.answers import Rejection
from longwatch.store.claims import DueJob
from longwatch.store.creates import Intent
from longwatch.store.door import Changed
from longwatch.store.resolving import Decision
from longwatch.upstream.outcomes import Accepted, CreateOutcome, NotSent, Refused, Unknown
from longwatch.upstream.requests import compose
from longwatch.upstream.secrets import join_secrets
from worker.leases import Hold
from worker.runtime import Runtime
from worker.waiting import expire_action

LANE_PAUSE = timedelta(minutes=5)
_WRITE_AGAIN = timedelta(seconds=1)

log = structlog.get_logger()


async def advance(runtime: Runtime, job: DueJob, *, expires: float) -> None:
    """Take *job*'s next step before it runs upstream."""
    with runtime.leases.holding(job.held, expires=expires) as hold:
        match job.status:
            case Status.QUEUED:
                await _submit(runtime, job, hold)
            case Status.SUBMITTING:
                await _conclude(runtime, job)
            case Status.REQUIRES_ACTION:
                await expire_action(runtime, job)
            case _:
                log.error("a job is due that nobody moves", job=ids.encode(ids.JOB, job.held.id), status=job.status)


async def _submit(runtime: Runtime, job: DueJob, hold: Hold) -> None:
    body = await _body(runtime, job)
    if body is None or runtime.closing:
        return
    hold.posting = True
    # From the intent on, only the create's own time-out may end this: the shield keeps every cancel away.
    await asyncio.shield(runtime.spawn(_post(runtime, job, body, hold), name="create"))


def _intent(job: DueJob, interaction_id: UUID) -> Intent:
    return Intent(job_id=job.held.id, interaction_id=interaction_id, lane_id=job.lane_id, refusals=job.refusals)


async def _post(runtime: Runtime, job: DueJob, body: dict[str, Any], hold: Hold) -> None:
    try:
        async with runtime.engine.begin() as tx:
            interaction_id = await creates.intend(tx, job)
        if interaction_id is not None:
            await _answered(runtime, job, _intent(job, interaction_id), body, hold)
    finally:
        hold.posting = False
        hold.answered.set()


async def _answered(runtime: Runtime, job: DueJob, intent: Intent, body: dict[str, Any], hold: Hold) -> None:
    runtime.announcer.moved(job.held.id)
    outcome = await _send(runtime, job, intent, body, hold)
    changed = await _write(runtime, job, intent, outcome)
    _tell(job, intent, outcome)
    if changed is not None:
        runtime.announcer.moved(job.held.id)


async def _send(runtime: Runtime, job: DueJob, intent: Intent, body: dict[str, Any], hold: Hold) -> CreateOutcome:
    key = runtime.settings.keys.get(job.upstream_key)
    if key is None:
        message = f"There is no upstream key named {job.upstream_key!r}: add it to LONGWATCH_UPSTREAM_KEYS."
        return Refused(kind="lane", reason="key_invalid", status=None, code="no_such_key", message=message)
    labels = {} if job.upstream_key in runtime.label_free else _labels(job, intent)
    data = compose(body, labels=labels)
    if runtime.leases.spent(hold):
        return NotSent(reason="pool_timeout", detail="the lease was spent before the request could be sent")
    outcome = await runtime.upstream.create(data, key)
    if labels and isinstance(outcome, Refused) and outcome.reason == "labels_unsupported":
        runtime.label_free.add(job.upstream_key)
        return Refused(kind="retry", reason="labels_unsupported", status=400, code=outcome.code, message="labels")
    return outcome


def _labels(job: DueJob, intent: Intent) -> dict[str, str]:
    return {
        "longwatch_job": ids.encode(ids.JOB, job.held.id),
        "longwatch_attempt": str(job.attempt),
        "longwatch_interaction": ids.encode(ids.INTERACTION, intent.interaction_id),
    }


async def _body(runtime: Runtime, job: DueJob) -> dict[str, Any] | None:
    async with runtime.engine.begin() as tx:
        stored = await creates.read_request(tx, job.held.id)
    if stored is None:
        return None
    body: dict[str, Any] = json.loads(stored.body)
    return body if stored.secrets is None else join_secrets(body, runtime.vault.open(stored.secrets))


async def _write(runtime: Runtime, job: DueJob, intent: Intent, outcome: CreateOutcome) -> Changed | None:
    """Write *outcome*, however long the database is away: a paid id exists nowhere else."""
    while True:
        try:
            async with runtime.engine.begin() as tx:
                return await _written(runtime, tx, intent, outcome)
        except (SQLAlchemyError, OSError) as error:
            log.warning("an answer waits for the database", job=ids.encode(ids.JOB, job.held.id), why=str(type(error)))
            await asyncio.sleep(_WRITE_AGAIN.total_seconds())


async def _written(runtime: Runtime, tx: Any, intent: Intent, outcome: CreateOutcome) -> Changed | None:
    match outcome:
        case Accepted():
            delay = runtime.settings.poll_policy.delay(0, runtime.rng)
            status = outcome.upstream_status
            return await answers.accepted(
                tx, intent, upstream_id=outcome.upstream_id, upstream_status=status, delay=delay
            )
        case NotSent():
            why = Rejection(sent=False, code=outcome.reason, message=outcome.detail)
            return await answers.rejected(tx, intent, why, delay=_retry_in(runtime, intent, None))
        case Refused():
            return await _refused(runtime, tx, intent, outcome)
        case Unknown():
            reason = outcome.reason if outcome.status is None else f"{outcome.reason}, HTTP {outcome.status}"
            return await answers.unknown(tx, intent, reason=reason, hold=runtime.settings.unknown_hold)
    assert_never(outcome)


async def _refused(runtime: Runtime, tx: Any, intent: Intent, outcome: Refused) -> Changed | None:
    why = Rejection(
        sent=outcome.status is not None, code=outcome.reason, message=outcome.message, http_status=outcome.status
    )
    match outcome.kind:
        case "retry":
            delay = _retry_in(runtime, intent, outcome.retry_after)
            return await answers.rejected(tx, intent, why, delay=delay)
        case "final":
            return await answers.rejected(tx, intent, why, delay=None)
        case "lane":
            code = AttentionCode.QUOTA if outcome.reason == "quota_zero" else AttentionCode.KEY_REJECTED
            return await answers.lane_refused(tx, intent, why, attention=code, pause=LANE_PAUSE)
    assert_never(outcome.kind)


def _retry_in(runtime: Runtime, intent: Intent, retry_after: timedelta | None) -> timedelta:
    delay = CREATE_REFUSED.delay(intent.refusals, runtime.rng)
    return max(delay, retry_after or timedelta())


async def _conclude(runtime: Runtime, job: DueJob) -> None:
    """Move on a job whose POST has no answer: its worker died, or the time to decide has come."""
    if job.interaction_id is None:
        return
    intent = _intent(job, job.interaction_id)
    async with runtime.engine.begin() as tx:
        if job.create_outcome is None:
            reason, hold = "its worker died", runtime.settings.unknown_hold
            changed = await answers.unknown(tx, intent, reason=reason, hold=hold)
            moved = changed is not None
        else:
            way = plan(job.on_unknown_submit, attempt=job.attempt, hold=runtime.settings.unknown_hold).then
            moved = await resolving.conclude(tx, job.held.id, Decision(way=way, by="policy")) is not None
    if moved:
        runtime.announcer.moved(job.held.id)


def _tell(job: DueJob, intent: Intent, outcome: CreateOutcome) -> None:
    log.info(
        "create answered",
        job=ids.encode(ids.JOB, job.held.id),
        interaction=ids.encode(ids.INTERACTION, intent.interaction_id),
        outcome=type(outcome).__name__.lower(),
        reason=getattr(outcome, "reason", None),
        http_status=getattr(outcome, "status", None),
    )
