"""What is a person told of a run? The seed first, then what was done, what was seen, and what was broken."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chaos.evidence import Evidence
from chaos.faults import Fault
from chaos.promises import PROMISES, false_refusals
from chaos.recovery import p99, takeovers
from chaos.rigour import RIGOUR, met, open_at_kills, unknown_creates

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what it found; nothing found is well."""

    claim: str
    violations: list[str]


def findings(evidence: Evidence) -> list[Finding]:
    """Run every check."""
    return [Finding(claim, list(check(evidence))) for claim, check in (PROMISES | RIGOUR).items()]


def report(evidence: Evidence, found: list[Finding], *, title: str) -> str:
    """Return the report as text."""
    return "\n".join([title, "", *_harm(evidence), "", *_seen(evidence), "", *_verdicts(found), ""])


def _harm(evidence: Evidence) -> Iterator[str]:
    done = Counter(harm.fault for harm in evidence.harms)
    yield "what was done:"
    for fault in Fault:
        yield f"  {done[fault]:3} x {fault}"


def _seen(evidence: Evidence) -> Iterator[str]:
    moved = takeovers(evidence.claims, evidence.harms)
    states = Counter(job.status for job in evidence.jobs)
    held = sum(job.attention == "submit_unknown" and job.status == "submitting" for job in evidence.jobs)
    settled = "never" if evidence.settled_after is None else f"{evidence.settled_after:.0f} s"
    yield "what was seen:"
    yield f"  jobs: {len(evidence.accepted)} accepted; {_counts(states)}; {held} held for a person"
    yield f"  creates: {len(evidence.created)} received, {sum(c.accepted for c in evidence.created)} accepted"
    yield f"  calls that met a fault: {_counts(met(evidence))}"
    yield f"  open at a kill: {open_at_kills(evidence):.0%} of {len(evidence.runs)} interactions"
    yield f"  shown as unknown at some time: {len(unknown_creates(evidence))} creates"
    yield f"  taken and then refused with a 503 (the documented hole): {len(false_refusals(evidence))} creates"
    yield f"  webhooks: {len(evidence.hooks)} attempts, {Counter(hook.status for hook in evidence.hooks)[204]} taken"
    worst = max(moved, default=0)
    yield f"  claims taken over after a kill or stop: {len(moved)}, p99 {p99(moved):.1f} s, worst {worst:.1f} s"
    yield f"  settled after the nemesis stopped: {settled}"
    yield f"  what the producer was told: {_counts(evidence.answers)}"


def _verdicts(found: list[Finding]) -> Iterator[str]:
    for finding in found:
        yield f"{'FAILED' if finding.violations else 'held  '}  {finding.claim}"
        yield from (f"          {violation}" for violation in finding.violations[:_EXAMPLES])
        if len(finding.violations) > _EXAMPLES:
            yield f"          and {len(finding.violations) - _EXAMPLES} more"


def _counts(counted: Mapping[Any, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in Counter(counted).most_common()) or "nothing"
