"""How is a job created upstream? One intent, one POST, one answer; whatever dies in between is shown, not repeated."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from longwatch.domain import ids
from longwatch.domain.states import Status
from longwatch.results.masking import mask_of
from longwatch.store import creates
from longwatch.store.claims import DueJob
from longwatch.store.creates import Intent
from longwatch.upstream.outcomes import CreateOutcome, NotSent, Refused
from longwatch.upstream.quoting import unquoted
from longwatch.upstream.requests import compose
from longwatch.upstream.secrets import split_secrets
from worker.answering import tell, write
from worker.attaching import put_off
from worker.composing import Body, next_body
from worker.concluding import conclude
from worker.leases import Hold
from worker.preceding import look_ahead
from worker.pushing import addressed, asks_push
from worker.runtime import Runtime
from worker.waiting import expire_action

log = structlog.get_logger()


async def advance(runtime: Runtime, job: DueJob, *, expires: float) -> None:
    """Take *job*'s next step before it runs upstream."""
    with runtime.leases.holding(job.held, expires=expires) as hold:
        match job.status:
            case Status.QUEUED:
                await _submit(runtime, job, hold)
            case Status.SUBMITTING:
                await conclude(runtime, job)
            case Status.REQUIRES_ACTION:
                await expire_action(runtime, job)
            case Status.WAITING:
                await look_ahead(runtime, job)
            case _:
                log.error("a job is due that nobody moves", job=ids.encode(ids.JOB, job.held.id), status=job.status)


async def _submit(runtime: Runtime, job: DueJob, hold: Hold) -> None:
    body = await next_body(runtime, job)
    if body is None or (isinstance(body, dict) and await put_off(runtime, job, body)) or runtime.closing:
        return
    hold.posting = True
    # From the intent on, only the create's own time-out may end this: the shield keeps every cancel away.
    await asyncio.shield(runtime.spawn(_post(runtime, job, body, hold), name="create"))


async def _post(runtime: Runtime, job: DueJob, body: Body, hold: Hold) -> None:
    try:
        asked = not isinstance(body, Refused) and asks_push(runtime, body, key_name=job.upstream_key)
        async with runtime.engine.each_by_itself() as tx:
            interaction_id = await creates.intend(tx, job, push_asked=asked)
        if interaction_id is not None:
            await _answered(runtime, job, _intent(job, interaction_id, push_asked=asked), body, hold)
    finally:
        hold.posting = False
        hold.answered.set()


def _intent(job: DueJob, interaction_id: UUID, *, push_asked: bool) -> Intent:
    return Intent(
        job_id=job.held.id,
        interaction_id=interaction_id,
        lane_id=job.lane_id,
        refusals=job.refusals,
        claim=job.held.claim,
        push_asked=push_asked,
    )


async def _answered(runtime: Runtime, job: DueJob, intent: Intent, body: Body, hold: Hold) -> None:
    runtime.announcer.moved(job.held.id)
    outcome = await _tellable(await _send(runtime, job, intent, body, hold), body)
    changed = await write(runtime, job, intent, outcome)
    tell(job, intent, outcome)
    if changed is not None:
        runtime.announcer.moved(job.held.id)


async def _tellable(outcome: CreateOutcome, body: Body) -> CreateOutcome:
    """Return *outcome* as it may be stored and shown: a refusal can quote what was sent, its secrets or its words."""
    if not isinstance(outcome, Refused) or not isinstance(body, dict):
        return outcome
    return await asyncio.to_thread(_unquoting, outcome, body)


def _unquoting(outcome: Refused, body: dict[str, Any]) -> Refused:
    mask = mask_of(split_secrets(body)[1])
    code, message = (unquoted(mask.text(said), body) for said in (outcome.code, outcome.message))
    return replace(outcome, code=code, message=message)


async def _send(runtime: Runtime, job: DueJob, intent: Intent, body: Body, hold: Hold) -> CreateOutcome:
    if isinstance(body, Refused):
        return body
    key = runtime.settings.key(job.upstream_key)
    if key is None:
        message = f"There is no upstream key named {job.upstream_key!r}: add it to LONGWATCH_UPSTREAM_KEYS."
        return Refused(kind="lane", reason="key_invalid", status=None, code="no_such_key", message=message)
    named = _names(job, intent)
    labels = {} if job.upstream_key in runtime.label_free else named
    whole = addressed(runtime.settings, body, metadata=named) if intent.push_asked else body
    data = compose(whole, labels=labels)
    if runtime.leases.spent(hold):
        return NotSent(reason="lease_spent", detail="the lease was over before the request could be sent")
    outcome = await runtime.upstream.create(data, key)
    return _once_more_without(runtime, job.upstream_key, outcome, labels=bool(labels), address=whole is not body)


def _once_more_without(
    runtime: Runtime, key_name: str, outcome: CreateOutcome, *, labels: bool, address: bool
) -> CreateOutcome:
    """Return *outcome*, but as one to try again if what was refused is of our making: that is left out from now on."""
    if not isinstance(outcome, Refused):
        return outcome
    if labels and outcome.reason == "labels_unsupported":
        runtime.label_free.add(key_name)
        return replace(outcome, kind="retry")
    if address and outcome.reason == "webhook_unsupported":
        runtime.push_free.add(key_name)
        return replace(outcome, kind="retry")
    return outcome


def _names(job: DueJob, intent: Intent) -> dict[str, str]:
    return {
        "longwatch_job": ids.encode(ids.JOB, job.held.id),
        "longwatch_attempt": str(job.attempt),
        "longwatch_interaction": ids.encode(ids.INTERACTION, intent.interaction_id),
    }
