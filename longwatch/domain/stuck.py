"""When has a run taken too long to be well? Pure: how long its agent's past runs took in, a patience out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

DOCUMENTED = timedelta(minutes=60)
"""The longest that a Deep Research takes, by its documentation [doc:deep-research]; believed until runs are known."""
SHORTEST = timedelta(minutes=10)
ENOUGH_RUNS = 20
_USUAL = 0.99
_FACTOR = 2
_SILENT_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How old a run may become, silent for the last quarter of that; `known` counts the past runs that say so."""

    age: timedelta
    known: int

    @property
    def silence(self) -> timedelta:
        """How long a run of that age may say nothing new."""
        return self.age * _SILENT_SHARE

    def spent(self, *, age: timedelta, silence: timedelta) -> bool:
        """Say whether a run of *age* that has said nothing new for *silence* is stuck."""
        return age >= self.age and silence >= self.silence

    def words(self) -> str:
        """Return what makes this the patience, for people."""
        if self.known < ENOUGH_RUNS:
            return f"the documentation says that none takes longer than {_minutes(DOCUMENTED)}"
        usual = _minutes(self.age / _FACTOR)
        return f"99 of 100 of the last {self.known} runs of this agent took no longer than {usual}"


def patience(ages: Sequence[timedelta]) -> Patience:
    """Return twice what 99 of 100 past runs took, at least ten minutes; an hour while fewer than 20 are known."""
    if len(ages) < ENOUGH_RUNS:
        return Patience(age=DOCUMENTED, known=len(ages))
    usual = sorted(ages)[ceil(_USUAL * len(ages)) - 1]
    return Patience(age=max(SHORTEST, usual * _FACTOR), known=len(ages))


def explained(patience: Patience, *, age: timedelta, silence: timedelta) -> str:
    """Return why a run of *age* is called stuck, for people."""
    told = f"it has run for {_minutes(age)}, and said nothing new for {_minutes(silence)}"
    return f"{told}; {patience.words()}"


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:.0f} min"
