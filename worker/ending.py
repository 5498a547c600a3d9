"""What happens when a run ends? Keep its bytes, derive, end the job, and deliver the news: in this order."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from longwatch.domain import ids
from longwatch.domain.actions import Asked, calls_asked, plan_asked
from longwatch.domain.outcome import DEADLINE, EMPTY_READS, judge
from longwatch.domain.polling import COLLECTING, READ_TROUBLE
from longwatch.domain.states import Status
from longwatch.domain.watching import Step
from longwatch.off_loop import off_loop
from longwatch.results.deriving import is_plan, made_of, wanted
from longwatch.results.masking import Mask, kept
from longwatch.store import door, endings, hops
from longwatch.store.claims import DueInteraction, Held, release
from longwatch.store.door import Changed
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Tx
from longwatch.store.hops import AskedOf
from longwatch.store.vault import VaultError
from longwatch.upstream.calls import open_calls
from longwatch.upstream.derive import Derived
from longwatch.upstream.outcomes import Ended, Strange
from worker.delivering import deliver_now
from worker.pushing import sight
from worker.runtime import Runtime

PREVIEW_CHARACTERS = 500
USAGE_READS = 4
_SOON = timedelta(seconds=5)

Then = Callable[[Tx, Held, UUID], Awaitable[Changed | None]]

log = structlog.get_logger()


async def finish(runtime: Runtime, row: DueInteraction, ended: Ended) -> None:
    """Take in a run that has ended upstream."""
    async with runtime.engine.each_by_itself() as tx:
        asked = await hops.read_asked(tx, row.job_id, row.held.id)
    request, masks = asked.request, runtime.masks
    mask = await masks.of(row.job_id) if request is None else masks.hiding(row.job_id, request.secrets)
    if not row.delete_asked and not await keep_bytes(runtime, row, ended, mask=mask, readable=True):
        return
    try:
        await _take_in(runtime, row, ended, asked, mask)
    except VaultError as error:
        await _wait_for_key(runtime, row, error)


async def _take_in(runtime: Runtime, row: DueInteraction, ended: Ended, asked: AskedOf, mask: Mask) -> None:
    match ended.upstream_status:
        case "requires_action" if row.role == "live":
            calls = await off_loop(lambda: open_calls(mask.raw(ended.raw)), size=len(ended.raw))
            await _conclude(runtime, row, _asking(runtime, calls_asked(calls), ended))
        case "requires_continuation" if row.role == "live":
            await _conclude(runtime, row, endings.carry_on)
        case "requires_action" | "requires_continuation":
            await _close(runtime, row, ended)
        case _ if row.role == "live":
            await _end(runtime, row, ended, asked)
        case _ if row.role == "collect" and not row.delete_asked:
            await _collect(runtime, row, ended, asked)
        case _:
            await _close(runtime, row, ended)


async def keep_bytes(
    runtime: Runtime, row: DueInteraction, answer: Ended | Strange, *, mask: Mask, readable: bool
) -> bool:
    """Store the upstream's bytes, sealed if they may repeat a secret; False if *row* is lost."""
    raw = kept(runtime.vault, answer.raw, mask=mask)
    kind = answer.content_type
    sighted = answer if isinstance(answer, Ended) and row.push_asked and not row.ended else None
    async with runtime.engine.each_by_itself() if sighted is None else runtime.engine.begin() as tx:
        stored = await endings.keep(tx, row.held, raw=raw.data, sealed=raw.sealed, content_type=kind, readable=readable)
        if stored and sighted is not None:
            await sight(tx, row, sighted)
        return stored


async def _wait_for_key(runtime: Runtime, row: DueInteraction, error: VaultError) -> None:
    """Look again later: what would be derived, shown and told now might quote a secret."""
    log.error("a result waits for its key", job=ids.encode(ids.JOB, row.job_id), detail=str(error))
    delay = READ_TROUBLE.delay(row.failures, runtime.rng)
    async with runtime.engine.begin() as tx:
        await release(tx, row.held, delay=delay, assignments="failures = least(failures + 1, 1000)")


async def _end(runtime: Runtime, row: DueInteraction, ended: Ended, asked: AskedOf) -> None:
    run = wanted(runtime.vault, row.job_id, asked)
    derived, made = await off_loop(partial(made_of, ended.raw, run), size=len(ended.raw))
    if derived is not None and derived.empty and row.rereads < EMPTY_READS:
        await _read_again(runtime, row)
        return
    if derived is not None and is_plan(derived, run):
        await _conclude(runtime, row, _asking(runtime, plan_asked(derived.text), ended))
        return
    ending = replace(_ending(row, ended, derived), hold=runtime.settings.lease)
    if row.delete_asked:
        made, ending = Derivation(), replace(ending, preview=None)
    at_once = None if made.files else partial(endings.end_at_once, ending=ending, made=made)
    await _conclude(runtime, row, partial(endings.end, ending=ending, made=made), at_once=at_once)


def _asking(runtime: Runtime, asked: Asked, ended: Ended) -> Then:
    return partial(endings.ask_action, asked=asked, upstream_status=ended.upstream_status, hold=runtime.settings.lease)


async def _read_again(runtime: Runtime, row: DueInteraction) -> None:
    async with runtime.engine.begin() as tx:
        await release(tx, row.held, delay=_SOON * 2**row.rereads, assignments="rereads = rereads + 1")


def _ending(row: DueInteraction, ended: Ended, derived: Derived | None) -> Ending:
    failure = None
    if derived is not None and derived.error is not None:
        failure = {"code": derived.error.code, "message": derived.error.message, "kind": derived.error.kind}
    verdict = judge(
        ended.upstream_status,
        empty=derived is not None and derived.empty,
        failure=failure,
        by_deadline=row.past_deadline and row.cancel_age is None,
    )
    usage = None if derived is None else derived.usage
    return Ending(
        status=verdict.status,
        upstream_status=ended.upstream_status,
        error=verdict.error,
        attention=verdict.attention,
        usage=usage,
        preview=_preview(derived),
        look_again=_SOON if usage is None or row.delete_asked else None,
    )


def _preview(derived: Derived | None) -> str | None:
    return derived.text[:PREVIEW_CHARACTERS] if derived is not None and derived.text else None


async def _conclude(runtime: Runtime, row: DueInteraction, then: Then, *, at_once: Then | None = None) -> None:
    """Write what a run's end means for its job, with its delivery already claimed: that leaves at once, in no batch.

    What *at_once* can write in one statement commits by itself; *then* is for all that it cannot.
    """
    expires, changed = runtime.leases.expiry(), None
    if at_once is not None:
        async with runtime.engine.each_by_itself() as tx:
            changed = await at_once(tx, row.held, row.job_id)
    if changed is None:
        async with runtime.engine.begin() as tx:
            changed = await then(tx, row.held, row.job_id)
    if changed is None:
        return
    log.info("job moved", job=ids.encode(ids.JOB, row.job_id), status=changed.status.value, polls=row.polls + 1)
    runtime.leases.written(row.held)
    runtime.announcer.moved(row.job_id)
    deliver_now(runtime, changed, expires=expires)


async def give_up(runtime: Runtime, row: DueInteraction, step: Step) -> None:
    """End the job though its run may go on: what it brings later is still collected."""
    expired = step is Step.GIVE_UP_EXPIRED
    ending = Ending(
        status=Status.EXPIRED if expired else Status.CANCELLED,
        upstream_status=row.upstream_status,
        error={"code": "deadline", "message": DEADLINE} if expired else None,
        look_again=COLLECTING.delay(0, runtime.rng),
        hold=runtime.settings.lease,
    )
    await _conclude(runtime, row, partial(endings.abandon, ending=ending))


async def _collect(runtime: Runtime, row: DueInteraction, ended: Ended, asked: AskedOf) -> None:
    """Take in what came after the job's end: usage for a result that we have, or a result for a job without."""
    run = wanted(runtime.vault, row.job_id, asked)
    derived, made = await off_loop(partial(made_of, ended.raw, run), size=len(ended.raw))
    if derived is not None and is_plan(derived, run):
        made = Derivation(usage=derived.usage)
    usage = None if derived is None else derived.usage
    again = None if usage or row.rereads >= USAGE_READS else _SOON * 2**row.rereads
    async with runtime.engine.begin() as tx:
        await door.lock(tx, row.job_id)
        if not await endings.close(tx, row.held, upstream_status=ended.upstream_status, look_again=again):
            return
        await endings.derived(tx, row.held.id, made)
        if row.ended and usage:
            await endings.late_usage(tx, row.job_id, usage)
        elif not row.ended and (made.text or made.artifacts):
            await endings.late_result(tx, row.job_id, preview=_preview(derived), usage=usage)


async def _close(runtime: Runtime, row: DueInteraction, ended: Ended) -> None:
    look_again = _SOON if row.delete_asked else None
    async with runtime.engine.begin() as tx:
        await endings.close(tx, row.held, upstream_status=ended.upstream_status, look_again=look_again)
