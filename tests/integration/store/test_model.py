"""Does the store do to a job what the reference says, whatever happens, in any order and by workers long asleep?

`make model STEPS=1000000` walks as far by hand as CI never does.
"""

import asyncio
import os
import uuid
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.errors import ConflictError
from longwatch.domain.shares import Limits
from longwatch.domain.states import TERMINAL, Status
from longwatch.domain.unknown_submit import plan
from longwatch.store import admission, answers, claims, creates, endings, polls, pushes, stuck
from longwatch.store.answers import Rejection
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import DueInteraction, DueJob
from longwatch.store.creates import Intent
from longwatch.store.endings import Ending
from longwatch.store.polls import OF_READS, StillRunning
from longwatch.store.resolving import Decision, conclude, resolve
from tests.support.reference import Reference, Run
from tests.support.store import (
    HOLD,
    LEASE,
    a_job,
    advance,
    connected,
    event_types,
    interaction_rows,
    job_row,
    read,
    take,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]

T = TypeVar("T")
Truth = Literal["accepted", "refused", "not_sent"]
SOON = timedelta(0)
START_DEADLINE = timedelta(hours=100)
STEPS_EACH = 100
STEPS = int(os.environ.get("MODEL_STEPS", "1000"))
OVER = sorted(TERMINAL - {Status.EXPIRED})
FINDS = st.sampled_from(["in_progress"] * 4 + ["past its deadline", *OVER])
TRUTHS: st.SearchStrategy[Truth] = st.sampled_from(["accepted", "refused", "not_sent"])
MOSTLY = st.sampled_from([True, True, True, False])
BACK = st.sampled_from([0, 0, 0, 1, 2, 5])
"""Whoever is late is mostly the last; now and then one from before."""
MARKS = [AttentionCode.UPSTREAM_MISSING, AttentionCode.UNKNOWN_STATUS, AttentionCode.STUCK]


@dataclass(frozen=True, slots=True)
class Post:
    """One POST, and what the upstream made of it; its worker may tell it now, late, twice or never."""

    intent: Intent
    truth: Truth
    upstream_id: str


class Machine(RuleBasedStateMachine):
    """One job in the store beside one in the reference; after every step they are the same."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.connection = connected(self.url, pool_size=1)
        self.engine = self.do(self.connection.__aenter__())
        self.project = f"project-{uuid.uuid4()}"
        self._begin()

    def _begin(self) -> None:
        columns = {"on_unknown_submit": "resubmit", "start_deadline_seconds": int(START_DEADLINE.total_seconds())}
        self.job_id = self.do(a_job(self.engine, project=self.project, **columns))
        self.lane = self.do(job_row(self.engine, self.job_id))["lane_id"]
        self.age = timedelta()
        self.reference = Reference()
        self.jobs: list[DueJob] = []
        self.posts: list[Post] = []
        self.rows: list[DueInteraction] = []

    @precondition(lambda self: self.reference.status in TERMINAL)
    @rule(luck=st.integers(0, 3))
    def another_job_begins(self, luck: int) -> None:
        """An end is final: what comes late to it is looked at for a while, and then the next story begins."""
        if luck == 0:
            self._begin()

    def teardown(self) -> None:
        self.do(self.connection.__aexit__(None, None, None))
        self.runner.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def within(self, act: Any) -> Any:
        async def run() -> Any:
            async with self.engine.begin() as tx:
                return await act(tx)

        return self.do(run())

    def run_of(self, intent: Intent) -> Run:
        return self.reference.runs[intent.interaction_id]

    @precondition(lambda self: self.reference.status not in TERMINAL)
    @rule(truth=TRUTHS, at_once=MOSTLY)
    def a_create_worker_claims(self, truth: Truth, at_once: bool) -> None:  # noqa: FBT001
        """It works on the job at once, or falls asleep first."""
        self.within(lambda tx: admission.admit(tx, Limits(total=10**6)))
        for job in self.within(lambda tx: claims.claim_jobs(tx, lane=self.lane, limit=10, lease=LEASE)):
            self.reference.job_claimed(job.held.claim)
            assert (job.held.id, job.status) == (self.job_id, self.reference.status)
            self.jobs.append(job)
            if at_once:
                self._work_on(job, truth)

    @precondition(lambda self: self.jobs)
    @rule(back=BACK, truth=TRUTHS)
    def a_claim_however_old_is_worked_on(self, back: int, truth: Truth) -> None:
        self._work_on(_from_the_end(self.jobs, back), truth)

    def _work_on(self, job: DueJob, truth: Truth) -> None:
        if job.status is Status.SUBMITTING:
            self._conclude(job)
            return
        made = self.within(lambda tx: creates.intend(tx, job))
        meant = job.interaction_id if job.create_outcome in {"refused", "not_sent"} else None
        self.reference.intended(job.held.claim, meant=meant, made=made)
        if made is not None:
            intent = Intent(job_id=self.job_id, interaction_id=made, lane_id=self.lane, claim=job.held.claim)
            self.posts.append(Post(intent, truth, f"up-{uuid.uuid4()}"))

    def _conclude(self, job: DueJob) -> None:
        """A worker finds an intent without an answer, or an unknown one whose time has come."""
        if job.interaction_id is None:
            return
        held = self.reference.holds_job(job.held.claim)
        if job.create_outcome is None and held:
            intent = Intent(job_id=self.job_id, interaction_id=job.interaction_id, lane_id=self.lane)
            self.within(lambda tx: answers.unknown(tx, intent, reason="its worker died", hold=HOLD))
            self.reference.lost(self.run_of(intent))
        elif job.create_outcome == "unknown":
            way = plan(job.on_unknown_submit, attempt=job.attempt, hold=HOLD).then
            decision = Decision(way=way, by="policy")
            done = self.within(lambda tx: conclude(tx, self.job_id, decision, claim=job.held.claim))
            assert (done is not None) == (held and self.reference.decided(way))

    @precondition(lambda self: self.posts)
    @rule(back=BACK, luck=st.integers(0, 5))
    def an_answer_arrives_however_late(self, back: int, luck: int) -> None:
        post = _from_the_end(self.posts, back)
        if post.truth == "accepted":
            self._accept(post.intent, post.upstream_id)
            return
        sent, final = post.truth == "refused", luck == 0
        why = Rejection(sent=sent, code="code", message="words")
        self.within(lambda tx: answers.rejected(tx, post.intent, why, delay=None if final else SOON))
        self.reference.rejected(self.run_of(post.intent), post.intent.claim, sent=sent, final=final)

    def _accept(self, intent: Intent, upstream_id: str) -> None:
        given = {"upstream_id": upstream_id, "upstream_status": "in_progress"}
        self.within(lambda tx: take(tx, intent, **given, delay=SOON))
        if self.reference.accepted(self.run_of(intent), upstream_id):
            made = "SELECT id FROM interaction WHERE upstream_id = :upstream_id"
            [row] = self.do(read(self.engine, made, upstream_id=upstream_id))
            self.reference.orphan(row["id"], upstream_id)

    @precondition(lambda self: self.posts)
    @rule(back=BACK)
    def an_answer_is_lost(self, back: int) -> None:
        post = _from_the_end(self.posts, back)
        self.within(lambda tx: answers.unknown(tx, post.intent, reason="reset", hold=HOLD))
        self.reference.lost(self.run_of(post.intent))

    @rule(wait=st.sampled_from([LEASE, timedelta(minutes=2), timedelta(minutes=70), HOLD]))
    def time_passes(self, wait: timedelta) -> None:
        self.do(advance(self.engine, wait))
        self.age += wait

    @rule()
    def the_start_deadline_is_looked_at(self) -> None:
        self.within(lambda tx: admission.expire_unstarted(tx, limit=100))
        if self.age >= START_DEADLINE:
            self.reference.start_deadline_passed()

    @rule(luck=st.integers(0, 4))
    def somebody_cancels(self, luck: int) -> None:
        if luck:
            return
        try:
            self.within(lambda tx: request_cancel(tx, self.project, self.job_id))
        except ConflictError:
            assert self.reference.status in TERMINAL - {Status.CANCELLED}
        self.reference.cancelled()

    @rule(way=st.sampled_from(["resubmit", "resubmit", "fail"]), luck=st.integers(0, 5))
    def somebody_decides(self, way: Literal["resubmit", "fail"], luck: int) -> None:
        if luck and not self.reference.undecided():
            return
        try:
            self.within(lambda tx: resolve(tx, self.project, self.job_id, Decision(way=way, by="person")))
        except ConflictError:
            assert not self.reference.undecided()
        self.reference.decided(way)

    @precondition(lambda self: any(run.upstream_id or run.candidate for run in self.reference.runs.values()))
    @rule(found=FINDS, at_once=MOSTLY)
    def a_poll_worker_claims(self, found: str, at_once: bool) -> None:  # noqa: FBT001
        """It reads at once, or falls asleep first."""
        for row in self.within(lambda tx: claims.claim_interactions(tx, lane=self.lane, limit=50, lease=LEASE)):
            if row.job_id == self.job_id:
                self.reference.run_claimed(self.reference.runs[row.held.id], row.held.claim)
                self.rows.append(row)
                self._learn(row, found if at_once else "nothing")

    @precondition(lambda self: self.rows)
    @rule(back=BACK, found=FINDS)
    def a_poll_worker_learns_however_late(self, back: int, found: str) -> None:
        self._learn(_from_the_end(self.rows, back), found)

    def _learn(self, row: DueInteraction, found: str) -> None:
        run, claim = self.reference.runs[row.held.id], row.held.claim
        if found == "nothing":
            return
        if row.candidate:
            self._settle(row, run)
        elif found == "in_progress":
            still = StillRunning(held=row.held, delay=SOON, upstream_status="in_progress", progress_hash=None)
            ours = self.within(lambda tx: polls.reschedule(tx, [still]))
            assert (row.held.id in ours) == self.reference.released(run, claim)
        elif row.role != "live":
            self.within(lambda tx: endings.close(tx, row.held, upstream_status="completed", look_again=None))
            self.reference.collected(run, claim)
        elif found in OVER:
            status = Status(found)
            ending = Ending(status=status, upstream_status=status.value)
            self.within(lambda tx: endings.end(tx, row.held, self.job_id, ending))
            self.reference.ended(run, claim, status)
        else:
            given_up = Ending(status=Status.EXPIRED, upstream_status=None, look_again=SOON)
            self.within(lambda tx: endings.abandon(tx, row.held, self.job_id, given_up))
            self.reference.abandoned(run, claim)

    def _settle(self, row: DueInteraction, run: Run) -> None:
        """The run that a webhook named has been read, and its labels are ours."""
        self._accept(Intent(job_id=self.job_id, interaction_id=run.id, lane_id=self.lane), row.upstream_id)
        ours = self.within(lambda tx: claims.release(tx, row.held, delay=SOON))
        assert ours == self.reference.released(run, row.held.claim)

    @precondition(lambda self: any(post.truth == "accepted" for post in self.posts))
    @rule(back=BACK, signed_for_us=st.booleans())
    def a_webhook_arrives_however_late(self, back: int, signed_for_us: bool) -> None:  # noqa: FBT001
        post = _from_the_end([post for post in self.posts if post.truth == "accepted"], back)
        named = post.intent.interaction_id if signed_for_us else None
        heard = self.within(lambda tx: pushes.heard(tx, post.upstream_id, named=named))
        assert heard == self.reference.pushed(post.upstream_id, self.run_of(post.intent) if signed_for_us else None)

    @precondition(lambda self: self.reference.current is not None)
    @rule(code=st.sampled_from(MARKS))
    def a_read_marks_the_job(self, code: AttentionCode) -> None:
        if code is AttentionCode.STUCK:
            self.within(lambda tx: stuck.mark(tx, self.job_id, detail="silent"))
            if self.reference.attention is None:
                self.reference.marked(code.value)
        else:
            self.within(lambda tx: polls.mark(tx, self.job_id, Attention(code, "words")))
            self.reference.marked(code.value)

    @precondition(lambda self: self.reference.attention is not None)
    @rule(moves=st.booleans())
    def a_read_takes_a_mark_off(self, moves: bool) -> None:  # noqa: FBT001
        codes = (AttentionCode.STUCK,) if moves else OF_READS
        self.within(lambda tx: polls.unmark(tx, self.job_id, codes))
        self.reference.unmarked([code.value for code in codes])

    @invariant()
    def the_store_says_what_the_reference_says(self) -> None:
        assert self.do(self.picture()) == self.reference.picture()

    async def picture(self) -> dict[str, Any]:
        job = await job_row(self.engine, self.job_id)
        events = await event_types(self.engine, self.job_id)
        assert len(events) == job["last_sequence"]
        return {
            "status": job["status"],
            "cancel_requested": job["cancel_requested_at"] is not None,
            "attention": job["attention_code"],
            "attempt": job["attempt"],
            "creates": job["creates"],
            "current": job["interaction_id"],
            "claim": job["claim"],
            "claimed": job["claimed_at"] is not None,
            "events": events,
            "runs": {row["id"]: _run(row) for row in await interaction_rows(self.engine, self.job_id)},
        }


def _from_the_end(things: Sequence[T], back: int) -> T:
    return things[max(len(things) - 1 - back, 0)]


def _run(row: Any) -> Run:
    return Run(
        id=row["id"],
        role=row["role"],
        intent_claim=row["intent_claim"],
        outcome=row["create_outcome"],
        upstream_id=row["upstream_id"],
        candidate=row["candidate_upstream_id"],
        ended=row["ended_at"] is not None,
        cancel=row["cancel_requested_at"] is not None,
        claim=row["claim"],
        claimed=row["claimed_at"] is not None,
    )


def test_the_store_and_the_reference_agree_after_every_step(database_url: str) -> None:
    class Here(Machine):
        url = database_url

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_EACH),
            stateful_step_count=STEPS_EACH,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
