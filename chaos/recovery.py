"""How long until the work of a dead or frozen worker moves again? From the log of claims and the nemesis's acts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from chaos.evidence import Claimed, Harm
from chaos.faults import STOPS_WORKERS, Fault

_OUTAGES = frozenset({Fault.BROKER_DOWN, Fault.BROKER_RESTART, Fault.DATABASE_RESTART, Fault.DATABASE_CRASH})


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    begins: datetime
    ends: datetime

    def overlap(self, other: "Span") -> float:
        """Return the seconds that both have in common."""
        return max((min(self.ends, other.ends) - max(self.begins, other.begins)).total_seconds(), 0.0)


def takeovers(claims: tuple[Claimed, ...], harms: tuple[Harm, ...]) -> list[float]:
    """Return, for each claim that another took over from a worker that was killed or frozen, the seconds since.

    A worker that was frozen and killed in one is dead since it froze. The time during which broker or database were
    down does not count.
    """
    outages = _merged(Span(harm.at, harm.until) for harm in harms if harm.fault in _OUTAGES)
    return sorted(
        (waited.ends - waited.begins).total_seconds() - sum(waited.overlap(outage) for outage in outages)
        for waited in _waits(claims, _falls(harms))
    )


def p99(seconds: list[float]) -> float:
    """Return the 99th percentile of sorted *seconds*; 0 of none."""
    return seconds[min(int(len(seconds) * 0.99), len(seconds) - 1)] if seconds else 0.0


def _falls(harms: tuple[Harm, ...]) -> dict[int | None, list[datetime]]:
    """Return when each process fell, in order."""
    spans = defaultdict[int, list[Span]](list)
    for harm in harms:
        for pid in harm.felled if harm.fault in STOPS_WORKERS else ():
            spans[pid].append(Span(harm.at, harm.until))
    return {pid: [span.begins for span in _merged(found)] for pid, found in spans.items()}


def _waits(claims: tuple[Claimed, ...], falls: dict[int | None, list[datetime]]) -> Iterator[Span]:
    moves = sorted(claims, key=lambda move: (move.row, move.claim, move.at))
    for before, after in pairwise(moves):
        taken_over = before.row == after.row and before.held and after.held and after.claim == before.claim + 1
        fell = [at for at in falls.get(before.holder, ()) if before.at < at < after.at] if taken_over else []
        if fell:
            yield Span(fell[-1], after.at)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.begins):
        if merged and span.begins <= merged[-1].ends:
            merged[-1] = Span(merged[-1].begins, max(merged[-1].ends, span.ends))
        else:
            merged.append(span)
    return merged
