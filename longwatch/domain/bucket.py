"""How much may be done now, at so much a second? A token bucket of one process; it starts empty."""

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """Fills at *rate* tokens a second, up to what one second brings, and one at least; *at* is in seconds."""

    rate: float
    at: float
    tokens: float = 0.0

    def take(self, number: int, *, now: float) -> int:
        """Take up to *number* whole tokens and return how many; a negative number gives some back."""
        self.tokens = min(max(1.0, self.rate), self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        taken = min(number, int(self.tokens))
        self.tokens -= taken
        return taken
