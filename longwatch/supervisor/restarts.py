"""When is a part that ended started again, and when is it said to be in a crash loop?"""

from dataclasses import dataclass

_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 30.0
_STEADY_SECONDS = 60.0
_LOOP = 3


@dataclass(frozen=True, slots=True)
class Restarts:
    """How often a part has ended in a row without a steady minute between."""

    in_a_row: int = 0

    def after(self, *, lived: float) -> "Restarts":
        """Return the count once a run of *lived* seconds has ended."""
        return Restarts(1 if lived >= _STEADY_SECONDS else self.in_a_row + 1)

    @property
    def delay(self) -> float:
        """The seconds to wait before the next start: doubling, at most half a minute."""
        return float(min(_LONGEST_SECONDS, _FIRST_SECONDS * 2 ** min(max(self.in_a_row - 1, 0), 16)))

    @property
    def is_loop(self) -> bool:
        """Whether it has ended often enough that a person should look."""
        return self.in_a_row >= _LOOP
