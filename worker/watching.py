"""How is a run watched until it ends? One look: cancel if asked, read, and write what the read taught."""

from datetime import timedelta
from hashlib import blake2b
from typing import assert_never

from longwatch.domain.polling import COLLECTING, READ_TROUBLE, SLOWLY, SLOWLY_AFTER
from longwatch.domain.watching import Step, after_read, before_read
from longwatch.store import polls
from longwatch.store.claims import DueInteraction
from longwatch.store.polls import StillRunning
from longwatch.upstream.outcomes import Ended, KeyProblem, Missing, ReadOutcome, Running, Strange, Trouble
from worker import unclear
from worker.cancelling import ask_cancel
from worker.ending import finish, give_up
from worker.facts import facts_of
from worker.forgetting import forget
from worker.pushing import slowed
from worker.reading import read
from worker.runtime import Runtime
from worker.settling import settle


async def look(runtime: Runtime, row: DueInteraction, *, expires: float) -> None:
    """Look at *row* once and plan when to look again."""
    with runtime.leases.holding(row.held, expires=expires):
        await _step(runtime, row)


async def _step(runtime: Runtime, row: DueInteraction) -> None:
    if row.candidate:
        await settle(runtime, row)
    elif row.delete_asked and row.ended:
        await forget(runtime, row)
    elif before_read(facts_of(row)) and not row.ended:
        await _cancel_then_read(runtime, row)
    else:
        await _learn(runtime, row, await read(runtime, row))


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
            await unclear.strange(runtime, row, outcome)
        case Missing():
            await unclear.missing(runtime, row)
        case KeyProblem():
            await unclear.key_problem(runtime, row, outcome)
        case Trouble():
            await unclear.trouble(runtime, row, outcome.retry_after)
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
        delay=await _next_look(runtime, row),
        upstream_status=outcome.upstream_status,
        progress_hash=mark if mark is not None else row.progress_hash,
    )
    if not await runtime.rescheduler.plan(plan) or row.role != "live":
        return
    runtime.leases.written(row.held)
    if row.failures:
        async with runtime.engine.begin() as tx:
            await polls.unmark(tx, row.job_id)
    await _tell(runtime, row, said if mark != row.progress_hash else None)


async def _tell(runtime: Runtime, row: DueInteraction, said: str | None) -> None:
    if said is None:
        runtime.announcer.seen(row.job_id)
        return
    mask = await runtime.masks.of(row.job_id)
    async with runtime.engine.begin() as tx:
        if await polls.progress(tx, row.job_id, said=mask.text(said)) is None:
            await polls.untold(tx, row.held.id)
    runtime.announcer.progressed(row.job_id)


def hash_of(text: str) -> int:
    """Return 63 bits that change with *text*, the same in every process."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest()) >> 1


async def _next_look(runtime: Runtime, row: DueInteraction) -> timedelta:
    if row.role != "live":
        return SLOWLY if row.age > SLOWLY_AFTER else COLLECTING.delay(row.polls, runtime.rng)
    if row.cancel_age is not None:
        return READ_TROUBLE.delay(min(row.polls, 3), runtime.rng)
    planned = runtime.pacing.delay(row.agent, taken=row.polls + 1, age=row.age)
    return await slowed(runtime, planned, asked=row.push_asked, told_age=row.pushed_age)
