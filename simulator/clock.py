"""What time is it in the simulated world?"""

import datetime as dt
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment known on both clocks, from which a restarted simulator goes on."""

    real: float
    simulated: float
    speed: float


class Clock:
    """Runs *speed* times faster than the wall and can be moved forward; instants are POSIX seconds."""

    def __init__(self, *, speed: float, since: Anchor | None = None) -> None:
        self.speed = speed
        self._origin = _caught_up(since)
        self._started = time.monotonic()

    def now(self) -> float:
        """Return the simulated instant."""
        return self._origin + (time.monotonic() - self._started) * self.speed

    def advance(self, seconds: float) -> None:
        """Move the simulated world *seconds* forward."""
        self._origin += seconds

    def anchor(self) -> Anchor:
        """Return this moment on both clocks."""
        return Anchor(real=_wall(), simulated=self.now(), speed=self.speed)


def _caught_up(since: Anchor | None) -> float:
    if since is None:
        return _wall()
    return since.simulated + max(0.0, _wall() - since.real) * since.speed


def _wall() -> float:
    return time.time()


def rfc3339(instant: float, *, milliseconds: bool = False) -> str:
    """Return *instant* as the API writes it: UTC with a Z."""
    moment = dt.datetime.fromtimestamp(instant, tz=dt.UTC)
    return moment.isoformat(timespec="milliseconds" if milliseconds else "seconds").replace("+00:00", "Z")
