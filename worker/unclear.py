"""What if a read does not say how the run is doing? Nothing is concluded: the run is read again, more rarely."""

import asyncio
import json
from datetime import timedelta

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.polling import LANE_PAUSE, MISSING, READ_TROUBLE, SLOWLY, SLOWLY_AFTER
from longwatch.domain.watching import Step, in_the_dark
from longwatch.store import creates, lanes, polls
from longwatch.store.claims import DueInteraction, release
from longwatch.upstream.outcomes import KeyProblem, Strange
from longwatch.upstream.quoting import unquoted
from worker.cancelling import ask_cancel
from worker.ending import give_up, keep_bytes
from worker.facts import facts_of
from worker.runtime import Runtime

MISSING_READS = 5
UNREADABLE_READS = 3
"""How often in a row an answer may be unreadable before a person is told: a proxy's page is soon gone."""

_FAILED = "failures = least(failures + 1, 1000)"
# `queued` stays until the run is seen at work: its deadline changes then.
_NOTED = "CASE WHEN upstream_status = 'queued' THEN upstream_status ELSE coalesce(:status, upstream_status) END"


async def trouble(runtime: Runtime, row: DueInteraction, retry_after: timedelta | None) -> None:
    """Read again later, not before *retry_after*; give up only when the deadline is long past."""
    if await _given_up(runtime, row):
        return
    async with runtime.engine.begin() as tx:
        await release(tx, row.held, delay=next_try(runtime, row, retry_after), assignments=_FAILED)


async def strange(runtime: Runtime, row: DueInteraction, outcome: Strange) -> None:
    """Keep bytes that are neither plainly running nor ended, tell a person, and read on."""
    mask = await runtime.masks.of(row.job_id)
    if not await keep_bytes(runtime, row, outcome, mask=mask, readable=False):
        return
    if row.role == "live":
        await _mark_strange(runtime, row, outcome)
        if row.past_deadline and row.cancel_sent_age is None:
            await ask_cancel(runtime, row)
    if await _given_up(runtime, row):
        return
    async with runtime.engine.begin() as tx:
        noted = f"{_FAILED}, upstream_status = {_NOTED}"
        delay = next_try(runtime, row, None)
        await release(tx, row.held, delay=delay, assignments=noted, status=outcome.upstream_status)


async def _mark_strange(runtime: Runtime, row: DueInteraction, outcome: Strange) -> None:
    status = outcome.upstream_status
    if status is None and row.failures < UNREADABLE_READS:
        return
    mask = await runtime.masks.of(row.job_id)
    words = f"the upstream says {mask.text(status)!r}" if status else "the upstream's answer cannot be read"
    async with runtime.engine.begin() as tx:
        await polls.mark(tx, row.job_id, Attention(AttentionCode.UNKNOWN_STATUS, words))


async def missing(runtime: Runtime, row: DueInteraction) -> None:
    """Look for a run that 403 and 404 hide: not visible yet, or lost. Never a reason to create."""
    lost = row.failures >= MISSING_READS and (row.missing_age or timedelta()) >= runtime.settings.missing_grace
    if row.role != "live" and lost:
        async with runtime.engine.begin() as tx:
            await release(tx, row.held, delay=None, assignments="ended_at = lw_now(), running = false")
    elif not await _given_up(runtime, row):
        await _look_for(runtime, row, lost=lost)


async def _look_for(runtime: Runtime, row: DueInteraction, *, lost: bool) -> None:
    async with runtime.engine.begin() as tx:
        if lost:
            since = "any more" if row.polls else "and has not since it was created"
            words = f"the upstream does not show this run {since}"
            await polls.mark(tx, row.job_id, Attention(AttentionCode.UPSTREAM_MISSING, words))
        delay = MISSING.delay(row.failures, runtime.rng)
        missed = f"{_FAILED}, missing_since = coalesce(missing_since, lw_now())"
        await release(tx, row.held, delay=delay, assignments=missed)


async def key_problem(runtime: Runtime, row: DueInteraction, outcome: KeyProblem) -> None:
    """Stop the lane of a key that the upstream rejects, with one alarm; the run goes on and is read again."""
    code = AttentionCode.QUOTA if outcome.reason == "quota_zero" else AttentionCode.KEY_REJECTED
    detail = await _tellable(runtime, row, outcome.message)
    async with runtime.engine.begin() as tx:
        first = await lanes.trip(tx, row.lane_id, code=code.value, detail=detail, pause=LANE_PAUSE)
    if first and row.role == "live":
        async with runtime.engine.begin() as tx:
            await polls.mark(tx, row.job_id, Attention(code, detail))
    await trouble(runtime, row, timedelta(seconds=60))


async def _tellable(runtime: Runtime, row: DueInteraction, message: str) -> str:
    """Return an error's *message* as it may be stored and shown: it can quote what was sent."""
    mask = await runtime.masks.of(row.job_id)
    async with runtime.engine.each_by_itself() as tx:
        stored = await creates.read_request(tx, row.job_id)
    asked = json.loads(stored.body) if stored else None
    return await asyncio.to_thread(unquoted, mask.text(message), asked)


async def _given_up(runtime: Runtime, row: DueInteraction) -> bool:
    step = in_the_dark(facts_of(row), overdue=row.overdue)
    if step is Step.WATCH:
        return False
    await give_up(runtime, row, step)
    return True


def next_try(runtime: Runtime, row: DueInteraction, retry_after: timedelta | None) -> timedelta:
    """Return when to try again after *row* could not be read, or deleted; hourly once nobody waits for it."""
    if row.role != "live" and row.age > SLOWLY_AFTER:
        return SLOWLY
    return max(READ_TROUBLE.delay(row.failures, runtime.rng), retry_after or timedelta())
