"""What took how long? Each step of the demo is shown while it is done, and remembered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from longwatch.demo.screen import Screen
from longwatch.domain.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """One step that was done."""

    title: str
    seconds: float


@dataclass(slots=True)
class Steps:
    """The steps so far."""

    screen: Screen
    clock: Clock
    done: list[Took] = field(default_factory=list)

    @contextmanager
    def step(self, doing: str, *, done: str) -> Iterator[None]:
        """Show *doing* during the block and *done* after it, unless the block fails."""
        started = self.clock.monotonic()
        self.screen.begin(doing)
        yield
        took = Took(title=done, seconds=self.clock.monotonic() - started)
        self.done.append(took)
        self.screen.end(took.title, took.seconds)

    @property
    def seconds(self) -> float:
        """What all steps took together."""
        return sum(took.seconds for took in self.done)
