"""How is a run watched until it ends? One look: cancel if asked, read, and write what the read taught."""

from datetime import timedelta
from hashlib import blake2b
from typing import assert_never

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.polling import COLLECTING, LANE_PAUSE, MISSING, READ_TROUBLE
from longwatch.domain.watching import Facts, Step, after_read, before_read, in_the_dark
from longwatch.store import lanes, polls
from longwatch.store.claims import DueInteraction, release
from longwatch.store.endings import keep
from longwatch.store.polls import StillRunning
from longwatch.upstream.outcomes import Ended, KeyProblem, Missing, ReadOutcome, Running, Strange, Trouble
from worker.cancelling import ask_cancel
from worker.ending import finish, give_up
from worker.forgetting import forget
from worker.runtime import Runtime

MISSING_READS = 5
DAY = timedelta(days=1)
SLOWLY = timedelta(hours=1)


async def look(runtime: Runtime, row: DueInteraction, *, expires: float) -> None:
    """Look at *row* once and plan when to look again."""
    with runtime.leases.holding(row.held, expires=expires):
        if row.delete_asked and row.ended:
            await forget(runtime, row)
        elif before_read(facts_of(row)) and not row.ended:
            await _cancel_then_read(runtime, row)
        else:
            await _learn(runtime, row, await read(runtime, row))


def facts_of(row: DueInteraction) -> Facts:
    """Return what decisions about *row* rest on."""
    return Facts(
        live=row.role == "live",
        cancel_age=row.cancel_age,
        cancel_sent_age=row.cancel_sent_age,
        past_deadline=row.past_deadline,
    )


async def read(runtime: Runtime, row: DueInteraction) -> ReadOutcome:
    """Ask the upstream how the run is doing."""
    key = runtime.settings.keys.get(row.upstream_key)
    if key is None:
        message = f"There is no upstream key named {row.upstream_key!r}: a run is read with the key that made it."
        return KeyProblem(reason="key_invalid", status=None, code="no_such_key", message=message)
    async with runtime.open_requests:
        return await runtime.upstream.get(row.upstream_id, key)


async def _cancel_then_read(runtime: Runtime, row: DueInteraction) -> None:
    supported = await ask_cancel(runtime, row)
    outcome = await read(runtime, row)
    if isinstance(outcome, Running) and not supported and row.role == "live":
        await give_up(runtime, row, Step.GIVE_UP_CANCELLED)
    else:
        await _learn(runtime, row, outcome)


async def _learn(runtime: Runtime, row: DueInteraction, outcome: ReadOutcome) -> None:
    match outcome:
        case Running():
            await _running(runtime, row, outcome)
        case Ended():
            await finish(runtime, row, outcome)
        case Strange():
            await _strange(runtime, row, outcome)
        case Missing():
            await _missing(runtime, row)
        case KeyProblem():
            await _key_problem(runtime, row, outcome)
        case Trouble():
            await _trouble(runtime, row, outcome.retry_after)
        case _:
            assert_never(outcome)


async def _running(runtime: Runtime, row: DueInteraction, outcome: Running) -> None:
    match after_read(facts_of(row)):
        case Step.WATCH:
            await _watch_on(runtime, row, outcome)
        case Step.ASK_CANCEL:
            await _past_deadline(runtime, row)
        case Step.GIVE_UP_CANCELLED | Step.GIVE_UP_EXPIRED as step:
            await give_up(runtime, row, step)


async def _past_deadline(runtime: Runtime, row: DueInteraction) -> None:
    """Ask for the cancel and read once more: an end found now wins over `expired`."""
    await ask_cancel(runtime, row)
    outcome = await read(runtime, row)
    if isinstance(outcome, Ended):
        await finish(runtime, row, outcome)
    elif isinstance(outcome, Running):
        await give_up(runtime, row, Step.GIVE_UP_EXPIRED)
    else:
        await _learn(runtime, row, outcome)


async def _watch_on(runtime: Runtime, row: DueInteraction, outcome: Running) -> None:
    said = outcome.progress
    mark = None if said is None else hash_of(said)
    plan = StillRunning(
        held=row.held,
        delay=_next_look(runtime, row),
        upstream_status=outcome.upstream_status,
        progress_hash=mark if mark is not None else row.progress_hash,
    )
    if not await runtime.rescheduler.plan(plan) or row.role != "live":
        return
    if row.failures:
        async with runtime.engine.begin() as tx:
            await polls.unmark(tx, row.job_id)
    await _tell(runtime, row, said if mark != row.progress_hash else None)


async def _tell(runtime: Runtime, row: DueInteraction, said: str | None) -> None:
    if said is None:
        runtime.announcer.seen(row.job_id)
        return
    async with runtime.engine.begin() as tx:
        await polls.progress(tx, row.job_id, said=said)
    runtime.announcer.progressed(row.job_id)


def hash_of(text: str) -> int:
    """Return 63 bits that change with *text*, the same in every process."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest()) >> 1


def _next_look(runtime: Runtime, row: DueInteraction) -> timedelta:
    if row.role != "live":
        return SLOWLY if row.age > DAY else COLLECTING.delay(row.polls, runtime.rng)
    if row.cancel_age is not None:
        return READ_TROUBLE.delay(min(row.polls, 3), runtime.rng)
    return runtime.settings.poll_policy.delay(row.polls + 1, runtime.rng)


async def _trouble(runtime: Runtime, row: DueInteraction, retry_after: timedelta | None) -> None:
    step = in_the_dark(facts_of(row), overdue=row.overdue)
    if step is not Step.WATCH:
        await give_up(runtime, row, step)
        return
    delay = max(READ_TROUBLE.delay(row.failures, runtime.rng), retry_after or timedelta())
    async with runtime.engine.begin() as tx:
        await release(tx, row.held, delay=delay, assignments="failures = least(failures + 1, 1000)")


async def _strange(runtime: Runtime, row: DueInteraction, outcome: Strange) -> None:
    async with runtime.engine.begin() as tx:
        kept = await keep(tx, row.held, raw=outcome.raw, content_type=outcome.content_type, readable=False)
    if not kept:
        return
    if row.role == "live":
        status = outcome.upstream_status
        words = f"the upstream says {status!r}" if status else "the upstream's answer cannot be read"
        async with runtime.engine.begin() as tx:
            await polls.mark(tx, row.job_id, Attention(AttentionCode.UNKNOWN_STATUS, words))
    if row.past_deadline and row.cancel_sent_age is None and row.role == "live":
        await ask_cancel(runtime, row)
    await _trouble(runtime, row, None)


async def _missing(runtime: Runtime, row: DueInteraction) -> None:
    lost = row.failures >= MISSING_READS and (row.missing_age or timedelta()) >= runtime.settings.missing_grace
    if row.role != "live" and lost:
        async with runtime.engine.begin() as tx:
            await release(tx, row.held, delay=None, assignments="ended_at = lw_now(), running = false")
        return
    step = in_the_dark(facts_of(row), overdue=row.overdue)
    if step is not Step.WATCH:
        await give_up(runtime, row, step)
        return
    await _look_for(runtime, row, lost=lost)


async def _look_for(runtime: Runtime, row: DueInteraction, *, lost: bool) -> None:
    async with runtime.engine.begin() as tx:
        if lost:
            words = "the upstream has not shown this run since it was created"
            await polls.mark(tx, row.job_id, Attention(AttentionCode.UPSTREAM_MISSING, words))
        delay = MISSING.delay(row.failures, runtime.rng)
        missed = "failures = least(failures + 1, 1000), missing_since = coalesce(missing_since, lw_now())"
        await release(tx, row.held, delay=delay, assignments=missed)


async def _key_problem(runtime: Runtime, row: DueInteraction, outcome: KeyProblem) -> None:
    code = AttentionCode.QUOTA if outcome.reason == "quota_zero" else AttentionCode.KEY_REJECTED
    async with runtime.engine.begin() as tx:
        first = await lanes.trip(tx, row.lane_id, code=code.value, detail=outcome.message, pause=LANE_PAUSE)
    if first and row.role == "live":
        async with runtime.engine.begin() as tx:
            await polls.mark(tx, row.job_id, Attention(code, outcome.message))
    await _trouble(runtime, row, timedelta(seconds=60))
