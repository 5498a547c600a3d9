"""How long until the work of a dead or frozen worker moves again? From the log of claims and the nemesis's acts."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

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
    """Return, for each claim that another had to take over after its worker was killed or stopped, the seconds since.

    The first such act after the claim counts, and not the time during which broker or database were down.
    """
    hits = sorted(harm.at for harm in harms if harm.fault in STOPS_WORKERS)
    outages = _merged(Span(harm.at, harm.until) for harm in harms if harm.fault in _OUTAGES)
    return sorted(
        (waited.ends - waited.begins).total_seconds() - sum(waited.overlap(outage) for outage in outages)
        for waited in _waits(claims, hits)
    )


def p99(seconds: list[float]) -> float:
    """Return the 99th percentile of sorted *seconds*; 0 of none."""
    return seconds[min(int(len(seconds) * 0.99), len(seconds) - 1)] if seconds else 0.0


def _waits(claims: tuple[Claimed, ...], hits: list[datetime]) -> Iterator[Span]:
    for _, moves in groupby(
        sorted(claims, key=lambda move: (move.row, move.claim, move.at)), key=lambda move: move.row
    ):
        for before, after in pairwise(moves):
            taken_over = before.held and after.held and after.claim == before.claim + 1
            hit = bisect_right(hits, before.at)
            if taken_over and hit < len(hits) and hits[hit] < after.at:
                yield Span(hits[hit], after.at)


def _merged(spans: Iterator[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.begins):
        if merged and span.begins <= merged[-1].ends:
            merged[-1] = Span(merged[-1].begins, max(merged[-1].ends, span.ends))
        else:
            merged.append(span)
    return merged
