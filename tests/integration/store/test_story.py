"""Whatever happens to a job, in any order: is no run paid for in silence, no id lost, no end undone?"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from longwatch.domain.errors import LongwatchError
from longwatch.domain.shares import Limits
from longwatch.domain.states import TERMINAL, Status
from longwatch.domain.unknown_submit import plan
from longwatch.store import admission, answers, claims, creates, endings, polls
from longwatch.store.answers import Rejection
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import DueInteraction, DueJob
from longwatch.store.creates import Intent
from longwatch.store.deleting import delete
from longwatch.store.endings import Ending
from longwatch.store.engine import Tx
from longwatch.store.polls import StillRunning
from longwatch.store.recounting import recount
from longwatch.store.resolving import Decision, conclude, resolve
from longwatch.store.rows import RowMapping
from tests.support.store import HOLD, LEASE, a_job, advance, connected, interaction_rows, job_row, read, take

pytestmark = pytest.mark.slow

T = TypeVar("T")
Truth = Literal["accepted", "refused", "not_sent"]
SOON = timedelta(0)
DECISIONS = st.sampled_from(["resubmit", "fail"])


@dataclass(frozen=True, slots=True)
class Post:
    """One POST, and what the upstream made of it; the worker may learn it now, late, twice or never."""

    intent: Intent
    truth: Truth
    upstream_id: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the database says of the job."""

    job: RowMapping
    runs: list[RowMapping]
    events: list[RowMapping]


class Story(RuleBasedStateMachine):
    """One job, its workers (some of them asleep on stale claims), its upstream and the people who decide."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.connection = connected(self.url, pool_size=2)
        self.engine = self.do(self.connection.__aenter__())
        self.project = f"project-{uuid.uuid4()}"
        self.job_id = self.do(a_job(self.engine, project=self.project, on_unknown_submit="resubmit"))
        self.claimed: list[DueJob] = []
        self.posts: list[Post] = []
        self.delivered: set[str] = set()
        self.polled: list[DueInteraction] = []
        self.ended: str | None = None

    def teardown(self) -> None:
        self.do(self.connection.__aexit__(None, None, None))
        self.runner.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def in_transaction(self, act: Any) -> Any:
        async def run() -> Any:
            async with self.engine.begin() as tx:
                return await act(tx)

        try:
            return self.do(run())
        except LongwatchError:
            return None

    @property
    def job(self) -> Any:
        return self.do(job_row(self.engine, self.job_id))

    @rule()
    def admit_and_claim(self) -> None:
        self.in_transaction(lambda tx: admission.admit(tx, Limits(total=10**6)))
        lane = self.job["lane_id"]
        due = self.in_transaction(lambda tx: claims.claim_jobs(tx, lane=lane, limit=10, lease=LEASE))
        self.claimed += due

    @precondition(lambda self: self.claimed)
    @rule(data=st.data(), truth=st.sampled_from(["accepted", "accepted", "refused", "not_sent"]))
    def work_on_a_claim_however_old(self, data: st.DataObject, truth: Truth) -> None:
        job = data.draw(st.sampled_from(self.claimed))
        if job.status is Status.SUBMITTING:
            self.in_transaction(lambda tx: self.decide(tx, job))
        elif (made := self.in_transaction(lambda tx: creates.intend(tx, job))) is not None:
            intent = Intent(job_id=self.job_id, interaction_id=made, lane_id=job.lane_id, claim=job.held.claim)
            self.posts.append(Post(intent, truth, f"up-{uuid.uuid4()}"))

    async def decide(self, tx: Tx, job: DueJob) -> None:
        if job.create_outcome is None and job.interaction_id is not None:
            intent = Intent(job_id=self.job_id, interaction_id=job.interaction_id, lane_id=job.lane_id)
            current = await claims.renew(tx, "job", [job.held], lease=LEASE)
            if current:
                await answers.unknown(tx, intent, reason="its worker died", hold=HOLD)
        elif job.create_outcome == "unknown":
            way = plan(job.on_unknown_submit, attempt=job.attempt, hold=HOLD).then
            await conclude(tx, self.job_id, Decision(way=way, by="policy"), claim=job.held.claim)

    @precondition(lambda self: self.posts)
    @rule(data=st.data())
    def an_answer_arrives_however_late(self, data: st.DataObject) -> None:
        post = data.draw(st.sampled_from(self.posts))
        if post.truth == "accepted":
            self.delivered.add(post.upstream_id)
            given = {"upstream_id": post.upstream_id, "upstream_status": "in_progress"}
            self.in_transaction(lambda tx: take(tx, post.intent, **given, delay=SOON))
        else:
            why = Rejection(sent=post.truth == "refused", code="code", message="words")
            self.in_transaction(lambda tx: answers.rejected(tx, post.intent, why, delay=SOON))

    @precondition(lambda self: self.posts)
    @rule()
    def the_last_answer_is_lost(self) -> None:
        intent = self.posts[-1].intent
        self.in_transaction(lambda tx: answers.unknown(tx, intent, reason="reset", hold=HOLD))

    @rule(wait=st.sampled_from([LEASE, timedelta(minutes=2), timedelta(minutes=70), HOLD]))
    def time_passes(self, wait: timedelta) -> None:
        self.do(advance(self.engine, wait))

    @rule()
    def somebody_cancels(self) -> None:
        self.in_transaction(lambda tx: request_cancel(tx, self.project, self.job_id))

    @rule(way=DECISIONS)
    def somebody_decides(self, way: Literal["resubmit", "fail"]) -> None:
        self.in_transaction(lambda tx: resolve(tx, self.project, self.job_id, Decision(way=way, by="person")))

    @rule(luck=st.integers(0, 5))
    def somebody_deletes(self, luck: int) -> None:
        if luck == 0:
            self.in_transaction(lambda tx: delete(tx, self.project, self.job_id))

    @rule()
    def a_poll_worker_claims(self) -> None:
        lane = self.job["lane_id"]
        due = self.in_transaction(lambda tx: claims.claim_interactions(tx, lane=lane, limit=50, lease=LEASE))
        self.polled += due

    @precondition(lambda self: self.polled)
    @rule(data=st.data(), found=st.sampled_from(["in_progress", *sorted(TERMINAL - {Status.EXPIRED}), "abandon"]))
    def a_poll_worker_learns_however_late(self, data: st.DataObject, found: str) -> None:
        row = data.draw(st.sampled_from(self.polled))
        self.in_transaction(lambda tx: self.learn(tx, row, found))

    async def learn(self, tx: Tx, row: DueInteraction, found: str) -> None:
        if found == "in_progress":
            still = StillRunning(held=row.held, delay=SOON, upstream_status=found, progress_hash=None)
            await polls.reschedule(tx, [still])
        elif found == "abandon":
            given_up = Ending(status=Status.EXPIRED, upstream_status=None, look_again=SOON)
            await endings.abandon(tx, row.held, row.job_id, given_up)
        else:
            await endings.end(tx, row.held, row.job_id, Ending(status=Status(found), upstream_status=found))

    @invariant()
    def every_promise_holds(self) -> None:
        seen = self.do(self.look())
        self.nothing_was_paid_in_silence(seen)
        self.no_id_is_lost_or_stands_twice(seen)
        self.an_end_is_told_once_and_never_undone(seen)
        self.what_lives_is_due_or_runs(seen)
        assert self.in_transaction(recount) == []

    async def look(self) -> Seen:
        events = await read(self.engine, "SELECT type, data FROM event WHERE job_id = :id", id=self.job_id)
        runs = await interaction_rows(self.engine, self.job_id)
        return Seen(await job_row(self.engine, self.job_id), runs, events)

    def nothing_was_paid_in_silence(self, seen: Seen) -> None:
        paid = Counter(post.intent.interaction_id for post in self.posts if post.truth == "accepted")
        assert all(number == 1 for number in paid.values())
        repeats = [event["data"]["by"] for event in seen.events if event["data"].get("as") == "resubmit"]
        assert paid.total() <= 1 + len(repeats)
        assert repeats.count("policy") <= 1

    def no_id_is_lost_or_stands_twice(self, seen: Seen) -> None:
        known = [run["upstream_id"] for run in seen.runs if run["upstream_id"] is not None]
        assert sorted(known) == sorted(self.delivered)
        assert all(run["cancel_requested_at"] is not None for run in seen.runs if run["role"] == "orphan")
        assert sum(run["role"] == "live" and run["upstream_id"] is not None for run in seen.runs) <= 1

    def an_end_is_told_once_and_never_undone(self, seen: Seen) -> None:
        status = seen.job["status"]
        assert self.ended in {None, status}
        endings_told = [event for event in seen.events if event["type"] in {f"job.{end}" for end in TERMINAL}]
        assert len(endings_told) == int(status in TERMINAL)
        assert len(seen.events) == seen.job["last_sequence"]
        self.ended = status if status in TERMINAL else None

    def what_lives_is_due_or_runs(self, seen: Seen) -> None:
        status, due_at = seen.job["status"], seen.job["due_at"]
        assert (due_at is not None) == (status in {Status.QUEUED, Status.SUBMITTING})
        if status == Status.IN_PROGRESS:
            [meant] = [run for run in seen.runs if run["id"] == seen.job["interaction_id"]]
            assert meant["due_at"] is not None


def test_any_order_of_work_luck_and_people_keeps_every_promise(database_url: str) -> None:
    class Here(Story):
        url = database_url

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
