"""A clock whose hand a test moves."""

from dataclasses import dataclass

from longwatch.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class Hand(Clock):
    """Stands at the first of *at*, in seconds, until the test puts another there."""

    at: list[float]

    def monotonic(self) -> float:
        """Return where the hand stands."""
        return self.at[0]
