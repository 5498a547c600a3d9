"""Was a promise broken? Each check takes the evidence and yields what breaks its promise, one line each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from chaos.evidence import Created, Evidence, StoredJob
from chaos.recovery import p99, takeovers
from longwatch.domain.events import ENDINGS
from longwatch.domain.states import TERMINAL, Status, legal

Check = Callable[[Evidence], Iterator[str]]

JOB, RUN = "longwatch_job", "longwatch_interaction"
UNKNOWN = "submit_unknown"
LONGEST_TAKEOVER = 60.0
_ENDED = frozenset(status.value for status in TERMINAL)
_DELIVERED = range(200, 300)
_CONTINUED = (Status.IN_PROGRESS, Status.QUEUED)


def lost_jobs(evidence: Evidence) -> Iterator[str]:
    """Yield the accepted jobs that are not."""
    stored = {job.id: job for job in evidence.jobs}
    for job_id in evidence.accepted:
        job = stored.get(job_id)
        if job is None:
            yield f"{job_id} was accepted and is not stored"
        elif not _is_settled(job):
            yield f"{job_id} is {job.status} and nobody is told"


def doubled_posts(evidence: Evidence) -> Iterator[str]:
    """Yield the jobs that no producer was told of."""
    for job in evidence.jobs:
        if job.id not in evidence.accepted:
            yield f"{job.id} is stored and its producer was told of another"


def late_settling(evidence: Evidence) -> Iterator[str]:
    """Yield that it took longer."""
    if evidence.settled_after is None:
        yield "some jobs had not"


def second_creates(evidence: Evidence) -> Iterator[str]:
    """Yield the interactions that were created twice."""
    taken = Counter(create.labels.get(RUN, "") for create in _taken(evidence))
    for run, count in taken.items():
        if run and count > 1:
            yield f"{run} was created {count} times"


def undecided_repeats(evidence: Evidence) -> Iterator[str]:
    """Yield the jobs that have more."""
    decided = Counter(event.job_id for event in evidence.events if event.data.get("as") == "resubmit")
    decided.update(change.job_id for change in evidence.transitions if (change.old, change.new) == _CONTINUED)
    sent: dict[str, set[str]] = defaultdict(set)
    for create in evidence.created:
        sent[create.labels.get(JOB, "")].add(create.labels.get(RUN, ""))
    meant = Counter(run.job_id for run in evidence.runs if run.role != "orphan")
    for job_id in sorted({*sent, *meant} - {""}):
        count = max(len(sent[job_id]), meant[job_id])
        if count > 1 + decided[job_id]:
            yield f"{job_id} has {count} interactions, {decided[job_id]} of them decided or continued"


def unlabelled_creates(evidence: Evidence) -> Iterator[str]:
    """Yield the runs without."""
    for create in evidence.created:
        if create.accepted and not (create.labels.get(JOB) and create.labels.get(RUN)):
            yield f"{create.upstream_id} carries {create.labels}"


def forgotten_runs(evidence: Evidence) -> Iterator[str]:
    """Yield the runs that nobody knows of."""
    known = {run.upstream_id for run in evidence.runs}
    shown = {event.interaction_id for event in evidence.events if event.shows_unknown}
    for create in _taken(evidence):
        if create.upstream_id not in known and create.labels.get(RUN) not in shown:
            yield f"{create.upstream_id} of {create.labels.get(RUN)} is known to nobody"


def differing_results(evidence: Evidence) -> Iterator[str]:
    """Yield the jobs whose bytes are others, or none."""
    for result in evidence.results:
        if result.sha256 not in evidence.bodies.get(result.upstream_id or "", frozenset()):
            yield f"{result.job_id} has bytes that {result.upstream_id} never sent"
    kept = {result.job_id for result in evidence.results}
    for job in evidence.jobs:
        if job.status == Status.COMPLETED and job.id not in kept:
            yield f"{job.id} is completed without a result"


def untold_endings(evidence: Evidence) -> Iterator[str]:
    """Yield the endings that were not."""
    told = {(hook.job_id, hook.type) for hook in evidence.hooks if hook.status in _DELIVERED}
    for job in evidence.jobs:
        if job.status in _ENDED and (job.id, ENDINGS[Status(job.status)].value) not in told:
            yield f"{job.id} is {job.status} and its receiver does not know"


def doubled_endings(evidence: Evidence) -> Iterator[str]:
    """Yield the jobs that tell of another."""
    endings = {event.value for event in ENDINGS.values()}
    happened: dict[str, list[str]] = defaultdict(list)
    for event in evidence.events:
        if event.type in endings:
            happened[event.job_id].append(event.type)
    for job in evidence.jobs:
        wanted = [ENDINGS[Status(job.status)].value] if job.status in _ENDED else []
        if happened[job.id] != wanted:
            yield f"{job.id} is {job.status} and its events say {happened[job.id]}"


def illegal_transitions(evidence: Evidence) -> Iterator[str]:
    """Yield the changes that are not."""
    for change in evidence.transitions:
        if not legal(Status(change.old), Status(change.new)):
            yield f"{change.job_id} went from {change.old} to {change.new}"


def sequence_gaps(evidence: Evidence) -> Iterator[str]:
    """Yield the jobs whose events are not."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for event in evidence.events:
        numbers[event.job_id].append(event.sequence)
    for job in evidence.jobs:
        if sorted(numbers[job.id]) != list(range(1, job.last_sequence + 1)):
            yield f"{job.id} has {sorted(numbers[job.id])} of {job.last_sequence}"


def changing_webhooks(evidence: Evidence) -> Iterator[str]:
    """Yield the events that have not."""
    seen: dict[tuple[str, int], set[tuple[str, str]]] = defaultdict(set)
    for hook in evidence.hooks:
        seen[hook.job_id, hook.sequence].add((hook.webhook_id, hook.body_sha256))
        if hook.status == 401:
            yield f"{hook.webhook_id} of {hook.job_id} is signed wrongly"
    used = Counter(webhook_id for forms in seen.values() for webhook_id, _ in forms)
    for (job_id, sequence), forms in seen.items():
        if len(forms) > 1 or any(used[webhook_id] > 1 for webhook_id, _ in forms):
            yield f"event {sequence} of {job_id} came as {sorted(forms)}"


def slow_takeovers(evidence: Evidence) -> Iterator[str]:
    """Yield how long it took if it was longer."""
    slowest = p99(takeovers(evidence.claims, evidence.harms))
    if slowest > LONGEST_TAKEOVER:
        yield f"p99 is {slowest:.0f} s"


PROMISES: dict[str, Check] = {
    "Every accepted job is stored, and ended or shown as unknown.": lost_jobs,
    "A producer that repeats its post gets one job.": doubled_posts,
    "Five minutes after the nemesis stops, every job has ended or is shown as unknown.": late_settling,
    "The upstream took at most one create for each interaction of ours.": second_creates,
    "A job has one interaction, and one more for each decision and continuation on record.": undecided_repeats,
    "Every run upstream carries our labels.": unlabelled_creates,
    "Every run upstream is known to the database, or its job was shown as unknown.": forgotten_runs,
    "Stored results are the upstream's bytes, and a completed job has one.": differing_results,
    "Every ending was taken by its receiver.": untold_endings,
    "A job that has ended has one event of an ending, the one that is stored.": doubled_endings,
    "Every change of a state is one that the table of states allows.": illegal_transitions,
    "A job's events are numbered 1, 2, 3 … without a gap.": sequence_gaps,
    "An event has one webhook-id, one body and a good signature, however often it is sent.": changing_webhooks,
    "A dead worker's work moves again within 60 s (p99).": slow_takeovers,
}


def false_refusals(evidence: Evidence) -> list[Created]:
    """Return the creates that were taken and then refused: reported apart, as nobody can know of them."""
    return [create for create in evidence.created if create.is_false_refusal]


def _taken(evidence: Evidence) -> Iterator[Created]:
    return (create for create in evidence.created if create.accepted and not create.is_false_refusal)


def _is_settled(job: StoredJob) -> bool:
    return job.status in _ENDED or job.attention == UNKNOWN
