"""How likely does a run end at which age? Learned from runs that are over, were cut off, or are still at work.

Ages fall into bins that grow with them. In each, the hazard is the ends seen over the time that runs were watched
there, so that a run which has not ended yet counts as what it is: time without an end.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

GROWTH = 1.12
EDGES: tuple[float, ...] = (0.0, *(GROWTH**power for power in range(102)))
"""The bins' edges in seconds of age, from 0 to 26 hours; whatever is older counts as the last bin."""

_WIDTHS = tuple(high - low for low, high in pairwise(EDGES))
_SMOOTHED_OVER = 1.5
"""How many bins an end speaks for, to either side: the width of the smoothing bell."""
_REACH = 5
_BELL = tuple(math.exp(-0.5 * (step / _SMOOTHED_OVER) ** 2) for step in range(-_REACH, _REACH + 1))
_PSEUDO_ENDS = 3.0
"""How many invented ends, at the rate of the bin before, stand beside what was seen in each bin."""
_FIRST_RATE = 0.3
"""The invented rate of the first bin, as a share of the mean rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """So many runs that were watched from one age to another, in seconds, and whether they ended there."""

    entered: float = 0.0
    left: float
    ended: bool
    number: float = 1.0


@dataclass(frozen=True, slots=True)
class Hazard:
    """The ends a second, in each bin of `EDGES`, of a run that has come so far."""

    rates: tuple[float, ...]

    def surviving(self) -> tuple[float, ...]:
        """Return the share of runs that are still at work at each of `EDGES`."""
        steps = (rate * width for rate, width in zip(self.rates, _WIDTHS, strict=True))
        return tuple(math.exp(-total) for total in accumulate(steps, initial=0.0))

    def working_time(self) -> tuple[float, ...]:
        """Return the seconds that a run is at work, in the mean, within each bin."""
        return tuple(
            (before - after) / rate if rate * width > 1e-9 else before * width
            for (before, after), rate, width in zip(pairwise(self.surviving()), self.rates, _WIDTHS, strict=True)
        )

    def quantile(self, share: float) -> float:
        """Return the age in seconds by which *share* (less than 1) of the runs have ended; at most the last edge."""
        surviving = self.surviving()
        index = next((index for index, left in enumerate(surviving) if left < 1 - share), None)
        if index is None:
            return EDGES[-1]
        return EDGES[index - 1] + math.log(surviving[index - 1] / (1 - share)) / self.rates[index - 1]


def learn(spans: Iterable[Span]) -> Hazard | None:
    """Return the hazard that *spans* show, smoothed; None if nothing ended in them.

    Where nobody was watched, the rate of the age before goes on.
    """
    ends, watched = _counted(spans)
    if sum(ends) <= 0 or sum(watched) <= 0:
        return None
    rate = _FIRST_RATE * sum(ends) / sum(watched)
    rates = []
    for seen, time in zip(_smooth(ends), _smooth(watched), strict=True):
        rate = (seen + _PSEUDO_ENDS) / (time + _PSEUDO_ENDS / rate)
        rates.append(rate)
    return Hazard(tuple(rates))


def _counted(spans: Iterable[Span]) -> tuple[list[float], list[float]]:
    ends, watched = [0.0] * len(_WIDTHS), [0.0] * len(_WIDTHS)
    for span in spans:
        first, last = bin_of(span.entered), bin_of(span.left)
        for index in range(first, last + 1):
            inside = min(span.left, EDGES[index + 1]) - max(span.entered, EDGES[index])
            watched[index] += span.number * max(0.0, inside)
        if span.ended and span.left > span.entered:
            ends[last] += span.number
    return ends, watched


def bin_of(age: float) -> int:
    """Return the bin that *age* (seconds) falls into."""
    return min(max(bisect_right(EDGES, age) - 1, 0), len(_WIDTHS) - 1)


def _smooth(counts: Sequence[float]) -> list[float]:
    padded = [*([0.0] * _REACH), *counts, *([0.0] * _REACH)]
    return [sum(share * padded[index + step] for step, share in enumerate(_BELL)) for index in range(len(counts))]
