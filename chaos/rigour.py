"""Was the nemesis hard enough, and is what it left unknown its own doing? A run that was too easy proves nothing."""

from collections import Counter
from collections.abc import Iterator

from chaos.evidence import SIGNS, Created, Evidence
from chaos.faults import KILLS_OF_CREATORS, LOSES_CREATES, Fault
from chaos.promises import RUN, Check
from chaos.recovery import takeovers

FEWEST_OF_A_KIND = 3
LEAST_OPEN_AT_KILLS = 0.10
MOST_UNEXPLAINED = 0.05


def rare_faults(evidence: Evidence) -> Iterator[str]:
    """Yield the kinds that were not."""
    done = Counter(harm.fault for harm in evidence.harms)
    for fault in Fault:
        if done[fault] < FEWEST_OF_A_KIND:
            yield f"{fault}: {done[fault]} times"


def idle_faults(evidence: Evidence) -> Iterator[str]:
    """Yield the faults of upstream and receiver that met fewer calls."""
    for fault, calls in met(evidence).items():
        if calls < FEWEST_OF_A_KIND:
            yield f"{fault}: {calls} calls"


def easy_kills(evidence: Evidence) -> Iterator[str]:
    """Yield the share if it is less."""
    share = open_at_kills(evidence)
    if share < LEAST_OPEN_AT_KILLS:
        yield f"{share:.1%} of creates were"


def no_takeovers(evidence: Evidence) -> Iterator[str]:
    """Yield a word if nobody ever had to take over."""
    if not takeovers(evidence.claims, evidence.harms):
        yield "none was"


def unexplained(evidence: Evidence) -> Iterator[str]:
    """Yield how many have if they are more."""
    jobs = sorted({job_id for job_id, _ in _unexplained(evidence)})
    if len(jobs) > MOST_UNEXPLAINED * max(len(evidence.jobs), 1):
        yield f"{len(jobs)} of {len(evidence.jobs)} jobs: {', '.join(jobs[:5])} …"


HARDNESS: dict[str, Check] = {
    "Every kind of harm was done at least three times.": rare_faults,
    "What the upstream and the receiver did wrong met at least three calls each.": idle_faults,
    "Work of a dead or frozen worker was taken over.": no_takeovers,
    "At least 10 % of creates were open when a process that creates was killed.": easy_kills,
}
"""A run that fails these alone was too easy: chance, or a slow machine, kept the harm from whom it was meant for."""

RIGOUR = HARDNESS | {
    "At most 5 % of jobs have an unknown create that nothing we did explains.": unexplained,
}


def met(evidence: Evidence) -> dict[Fault, int]:
    """Return how many creates, or webhooks, met each fault that ledgers show."""
    creates = Counter((create.accepted, create.status) for create in evidence.created)
    webhooks = Counter(hook.status for hook in evidence.hooks)
    return {**{fault: creates[sign] for fault, sign in SIGNS.items()}, Fault.RECEIVER_FAILS: webhooks[503]}


def open_at_kills(evidence: Evidence) -> float:
    """Return the share of interactions whose create was open at a kill."""
    hit = {run for harm in evidence.harms if harm.fault in KILLS_OF_CREATORS for run in harm.open_creates}
    return len(hit) / max(len(evidence.runs), 1)


def unknown_creates(evidence: Evidence) -> set[tuple[str, str]]:
    """Return the job and the interaction of every create that was ever shown as unknown."""
    return {(event.job_id, event.interaction_id or "") for event in evidence.events if event.shows_unknown}


def _unexplained(evidence: Evidence) -> set[tuple[str, str]]:
    interrupted = {run for harm in evidence.harms if harm.fault in LOSES_CREATES for run in harm.open_creates}
    spoilt = {create.labels.get(RUN) for create in evidence.created if _is_spoilt(create)}
    return {(job, run) for job, run in unknown_creates(evidence) if run not in interrupted and run not in spoilt}


def _is_spoilt(create: Created) -> bool:
    return create.status is None or create.status >= 400
