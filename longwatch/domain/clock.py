"""Where does time come from inside a process? The only module that reads the wall.

Instants that two processes compare come from PostgreSQL (`lw_now()`); a process's own clock measures elapsed time.
"""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        """Return seconds that only ever grow; for measuring elapsed time."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the wall clock, aware UTC; for HTTP dates and for people."""
        return datetime.now(UTC)


def unseeded() -> random.Random:
    """Return a generator seeded by the machine; for jitter, never for secrets."""
    return random.Random()  # noqa: S311
