"""Writers that do to the same few jobs what api, scheduler and workers do, in an order drawn from a seed."""

import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.errors import LongwatchError
from longwatch.domain.shares import Limits
from longwatch.domain.states import Status
from longwatch.store import admission, answers, claims, creates, endings, lanes, polls
from longwatch.store.answers import Rejection
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import DueInteraction, DueJob
from longwatch.store.creates import Intent
from longwatch.store.deleting import delete
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine, Tx
from longwatch.store.polls import StillRunning
from longwatch.store.resolving import Decision, resolve
from longwatch.store.statements import text

Act = Callable[[Tx], Awaitable[object]]

BRIEF, NOW, DAY = timedelta(milliseconds=40), timedelta(0), timedelta(days=1)
REFUSED = Rejection(sent=True, code="rate_limited", message="slow down", http_status=429)
ENDINGS = [
    Ending(status=Status.COMPLETED, upstream_status="completed", look_again=NOW),
    Ending(status=Status.FAILED, upstream_status="failed", look_again=NOW),
]
GIVEN_UP = Ending(status=Status.EXPIRED, upstream_status=None, look_again=NOW)
STUCK = Attention(AttentionCode.STUCK, "no news")


@dataclass(slots=True)
class Writer:
    """One of the crowd: it remembers what it holds, for longer than it may."""

    engine: Engine
    lane: int
    jobs: Sequence[uuid.UUID]
    rng: random.Random
    intents: list[Intent] = field(default_factory=list)
    held: list[DueInteraction] = field(default_factory=list)

    async def work(self, rounds: int) -> None:
        """Do so many things, each drawn by luck."""
        for _ in range(rounds):
            await self.rng.choice([self._admit, self._create, self._answer, self._poll, self._end, self._decide])()

    async def _run(self, *acts: Act) -> None:
        """Run each act in a transaction of its own; that the job's state forbids it is part of the game."""
        for act in acts:
            with suppress(LongwatchError):
                async with self.engine.begin() as tx:
                    await act(tx)

    async def _admit(self) -> None:
        await self._run(
            lambda tx: admission.admit(tx, Limits(total=len(self.jobs))),
            lambda tx: admission.expire_unstarted(tx, limit=5),
            lambda tx: lanes.trip(tx, self.lane, code="quota", detail="none", pause=NOW),
            lambda tx: lanes.slow(tx, self.lane, pause=NOW),
            lambda tx: tx.execute(text("UPDATE lane SET ceiling = NULL")),
            lambda tx: lanes.mend(tx, self.lane),
        )

    async def _create(self) -> None:
        async with self.engine.begin() as tx:
            due = await claims.claim_jobs(tx, lane=self.lane, limit=3, lease=BRIEF)
        for job in due:
            await self._intend(job)

    async def _intend(self, job: DueJob) -> None:
        async with self.engine.begin() as tx:
            made = await creates.intend(tx, job)
        if made is not None:
            intent = Intent(job_id=job.held.id, interaction_id=made, lane_id=self.lane, claim=job.held.claim)
            self.intents.append(intent)

    async def _answer(self) -> None:
        if not self.intents:
            return
        intent = self.rng.choice(self.intents)
        upstream_id = f"up-{intent.interaction_id}-{self.rng.randrange(2)}"
        given = {"upstream_id": upstream_id, "upstream_status": "in_progress"}
        acts: list[Act] = [
            lambda tx: answers.accepted(tx, intent, **given, delay=NOW),
            lambda tx: answers.rejected(tx, intent, REFUSED, delay=NOW),
            lambda tx: answers.unknown(tx, intent, reason="reset", hold=DAY),
            lambda tx: answers.lane_refused(tx, intent, REFUSED, attention=AttentionCode.QUOTA, pause=NOW),
        ]
        await self._run(self.rng.choice(acts))

    async def _poll(self) -> None:
        async with self.engine.begin() as tx:
            self.held = await claims.claim_interactions(tx, lane=self.lane, limit=10, lease=BRIEF) or self.held
        rows = self.rng.sample(self.held, len(self.held))
        await self._run(
            lambda tx: claims.renew(tx, "interaction", [row.held for row in rows], lease=BRIEF),
            lambda tx: polls.reschedule(tx, [_still_running(row) for row in rows[::2]]),
        )

    async def _end(self) -> None:
        if not self.held:
            return
        row, ending = self.rng.choice(self.held), self.rng.choice(ENDINGS)
        await self._run(
            lambda tx: polls.progress(tx, row.job_id, said="reading"),
            lambda tx: polls.mark(tx, row.job_id, STUCK),
            lambda tx: endings.keep(tx, row.held, raw=b"{}", content_type="x", readable=True),
            self.rng.choice([_finish(row, ending), _collect(row), _give_up(row)]),
        )

    async def _decide(self) -> None:
        job_id = self.rng.choice(self.jobs)
        acts: list[Act] = [
            lambda tx: request_cancel(tx, "default", job_id),
            lambda tx: resolve(tx, "default", job_id, Decision(way="resubmit", by="crowd")),
            lambda tx: resolve(tx, "default", job_id, Decision(way="fail", by="crowd")),
            lambda tx: delete(tx, "default", job_id),
        ]
        await self._run(*self.rng.choices(acts, weights=[3, 6, 2, 1]))


def _still_running(row: DueInteraction) -> StillRunning:
    return StillRunning(held=row.held, delay=NOW, upstream_status="in_progress", progress_hash=None)


def _finish(row: DueInteraction, ending: Ending) -> Act:
    async def act(tx: Tx) -> None:
        if await endings.end(tx, row.held, row.job_id, ending) is not None:
            await endings.derived(tx, row.held.id, Derivation(text="x"))

    return act


def _collect(row: DueInteraction) -> Act:
    async def act(tx: Tx) -> None:
        if await endings.close(tx, row.held, upstream_status="completed", look_again=NOW):
            await endings.late_result(tx, row.job_id, preview="late", usage=None)

    return act


def _give_up(row: DueInteraction) -> Act:
    return lambda tx: endings.abandon(tx, row.held, row.job_id, GIVEN_UP)
