"""What is a figure worth? The median of its rounds, with the least and the most beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over several rounds."""

    middle: float
    least: float
    most: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of *values*, of which there is at least one."""
        return cls(median(values), min(values), max(values), len(values))

    def __str__(self) -> str:
        if self.rounds == 1:
            return short(self.middle)
        return f"{short(self.middle)} ({short(self.least)}-{short(self.most)})"


def short(value: float) -> str:
    """Return *value* with three significant digits, and never in powers of ten."""
    if math.isnan(value):
        return "-"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{value:.{min(max(digits, 0), 4)}f}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of *values* that at least *share* (0 to 1) of them do not exceed; nan of none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
