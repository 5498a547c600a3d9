"""What a job should be after whatever has happened to it: the rules of design and lifecycle, without a database.

Written from the rules and not from the store's code, in plain Python: where the two disagree, one of them is wrong.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from longwatch.domain.states import TERMINAL, Status

UNKNOWN = "submit_unknown"


@dataclass(slots=True)
class Run:
    """One interaction: our intent, and what is known of the run that it may have become."""

    id: uuid.UUID
    role: str = "live"
    intent_claim: int | None = None
    outcome: str | None = None
    upstream_id: str | None = None
    candidate: str | None = None
    ended: bool = False
    cancel: bool = False
    claim: int = 0
    claimed: bool = False


@dataclass(slots=True)
class Reference:
    """One job; each method is something that happens to it, and returns what the store should answer."""

    status: Status = Status.QUEUED
    cancel_requested: bool = False
    attention: str | None = None
    attempt: int = 1
    creates: int = 0
    current: uuid.UUID | None = None
    claim: int = 0
    claimed: bool = False
    events: list[str] = field(default_factory=lambda: ["job.created"])
    runs: dict[uuid.UUID, Run] = field(default_factory=dict)

    def picture(self) -> dict[str, Any]:
        """Return everything that the database should say of the job."""
        return {
            "status": self.status.value,
            "cancel_requested": self.cancel_requested,
            "attention": self.attention,
            "attempt": self.attempt,
            "creates": self.creates,
            "current": self.current,
            "claim": self.claim,
            "claimed": self.claimed,
            "events": self.events,
            "runs": {run.id: run for run in self.runs.values()},
        }

    def job_claimed(self, claim: int) -> None:
        """A create worker takes the job: only one that waits for its create, or for the end of an unknown one."""
        assert self.status in {Status.QUEUED, Status.SUBMITTING}
        assert claim == self.claim + 1
        self.claim, self.claimed = claim, True

    def holds_job(self, claim: int) -> bool:
        """Say whether a worker's claim of the job still counts."""
        return self.claimed and self.claim == claim

    def intended(self, claim: int, *, meant: uuid.UUID | None, made: uuid.UUID | None) -> None:
        """A worker means to create, under *claim*: on the row *meant*, whose POST made nothing, or on a new one."""
        may = self.status is Status.QUEUED and self.holds_job(claim) and not self.cancel_requested
        assert (made is not None) == may
        if made is None:
            return
        assert made == meant if meant is not None else made not in self.runs
        run = self.runs.setdefault(made, Run(made))
        run.intent_claim, run.outcome = claim, None
        self.status, self.current = Status.SUBMITTING, made

    def accepted(self, run: Run, upstream_id: str) -> bool:
        """An id arrives, however late; return whether it stands in no row yet, and needs one of its own."""
        if run.upstream_id is not None:
            return self._another(upstream_id)
        counted = run.outcome == "unknown"
        run.upstream_id, run.outcome = upstream_id, "accepted"
        run.candidate = None if run.candidate == upstream_id else run.candidate
        self.creates += not counted
        if self._means(run) or (self.status is Status.QUEUED and self.current is None):
            run.cancel = run.cancel or self.cancel_requested
            self._change(Status.IN_PROGRESS, "job.started", current=run.id)
        else:
            run.role, run.cancel = "orphan", True
        return False

    def _another(self, upstream_id: str) -> bool:
        if any(known.upstream_id == upstream_id for known in self.runs.values()):
            return False
        self.creates += 1
        return True

    def orphan(self, run_id: uuid.UUID, upstream_id: str) -> None:
        """The row that another id got for itself."""
        self.runs[run_id] = Run(run_id, role="orphan", outcome="accepted", upstream_id=upstream_id, cancel=True)

    def rejected(self, run: Run, claim: int | None, *, sent: bool, final: bool) -> None:
        """A refusal, or the news that nothing was sent, arrives: of this very POST, or it is old news."""
        old_news = claim is not None and claim != run.intent_claim
        if old_news or run.upstream_id is not None or run.outcome not in {None, "unknown"}:
            return
        self.creates += int(sent) - int(run.outcome == "unknown")
        run.outcome = "refused" if sent else "not_sent"
        if not self._means(run):
            self.attention = None if self.attention == UNKNOWN and self.current == run.id else self.attention
        elif self.cancel_requested:
            self._change(Status.CANCELLED, "job.cancelled")
        elif final:
            self._change(Status.FAILED, "job.failed")
        else:
            self._change(Status.QUEUED, None)

    def lost(self, run: Run) -> None:
        """The answer is known to be lost: shown, never repeated in silence."""
        if run.outcome is not None:
            return
        run.outcome = "unknown"
        self.creates += 1
        if not self._means(run):
            return
        if self.cancel_requested:
            self._change(Status.CANCELLED, "job.cancelled", attention=UNKNOWN)
        else:
            self.claimed, self.attention = False, UNKNOWN
            self.events.append("job.attention")

    def decided(self, way: str) -> bool:
        """Somebody decides an unknown create; return whether there was one to decide."""
        if not self.undecided():
            return False
        self.events.append("job.resolved")
        if way == "fail":
            self._change(Status.FAILED, "job.failed", attention=UNKNOWN)
        else:
            self._change(Status.QUEUED, None, current=None)
            self.attempt += 1
        return True

    def undecided(self) -> bool:
        """Say whether the job is held on an unknown create."""
        run = None if self.current is None else self.runs[self.current]
        return self.status is Status.SUBMITTING and run is not None and run.outcome == "unknown"

    def cancelled(self) -> None:
        """Somebody asks for a cancel: at once where nothing can be running upstream."""
        if self.status in TERMINAL:
            return
        if not self.cancel_requested:
            self.cancel_requested = True
            self.events.append("job.cancel_requested")
        if self.status is Status.QUEUED:
            self._change(Status.CANCELLED, "job.cancelled")
        elif self.undecided():
            self._change(Status.CANCELLED, "job.cancelled", attention=UNKNOWN)
        elif self.status is Status.IN_PROGRESS and self.current is not None:
            self.runs[self.current].cancel = True

    def start_deadline_passed(self) -> None:
        """The job could not start in time."""
        if self.status is Status.QUEUED:
            self._change(Status.EXPIRED, "job.expired")

    def run_claimed(self, run: Run, claim: int) -> None:
        """A poll worker takes a run that has an id, or may have one."""
        assert run.upstream_id is not None or run.candidate is not None
        assert claim == run.claim + 1
        run.claim, run.claimed = claim, True

    def released(self, run: Run, claim: int) -> bool:
        """A worker writes back; return whether its claim still counted."""
        held = run.claimed and run.claim == claim
        run.claimed = run.claimed and not held
        return held

    def ended(self, run: Run, claim: int, status: Status) -> None:
        """A worker has read that a run of a living job is over."""
        if self.released(run, claim):
            run.ended, run.role = True, "collect"
            self._end(run, status)

    def collected(self, run: Run, claim: int) -> None:
        """A worker has read that a run which nobody waits for is over."""
        run.ended = self.released(run, claim) or run.ended

    def abandoned(self, run: Run, claim: int) -> None:
        """A worker gives a run up past its deadline; it is cancelled and collected."""
        if self.released(run, claim):
            run.role, run.cancel = "collect", True
            self._end(run, Status.EXPIRED)

    def _end(self, run: Run, status: Status) -> None:
        if self.current == run.id and self.status is Status.IN_PROGRESS:
            self._change(status, f"job.{status.value}")

    def marked(self, code: str) -> None:
        """A running job gets a mark; the same one is told once."""
        if self.status is Status.IN_PROGRESS and self.attention != code:
            self.attention = code
            self.events.append("job.attention")

    def unmarked(self, codes: Collection[str]) -> None:
        """What a mark was for is over."""
        if self.status is Status.IN_PROGRESS and self.attention in codes:
            self.attention = None

    def pushed(self, upstream_id: str, named: Run | None) -> str:
        """The upstream says that a run is over: nothing changes, but that an intent may learn a candidate."""
        known = [run for run in self.runs.values() if run.upstream_id == upstream_id]
        if known:
            return "late" if all(run.ended for run in known) else "woken"
        if named is None or named.upstream_id is not None:
            return "unknown"
        named.candidate = upstream_id
        return "candidate"

    def _means(self, run: Run) -> bool:
        return self.status is Status.SUBMITTING and self.current == run.id

    def _change(self, to: Status, event: str | None, *, attention: str | None = None, **fields: Any) -> None:
        assert self.status not in TERMINAL
        self.status, self.claimed, self.attention = to, False, attention
        self.current = fields.get("current", self.current)
        self.events += [event] if event else []
