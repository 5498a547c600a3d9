"""What must a runner be able to do to be measured?"""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.rhythm import Rhythm
from benchmarks.upstream import FakeUpstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a runner is started with; *extra* are settings of ours that a case needs."""

    upstream: FakeUpstream
    rhythm: Rhythm
    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)


class Running(Protocol):
    """A runner at work."""

    @property
    def groups(self) -> Mapping[str, Collection[int]]:
        """The processes at the root of each of its parts: the runner's own, its broker, its database."""
        ...

    def start(self, number: int) -> None:
        """Take in job *number*."""
        ...

    def hold(self, count: int, *, over: float) -> None:
        """Have *count* runs in flight, their next polls spread over so many seconds from now."""
        ...


class Runner(Protocol):
    """A way of running such jobs."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    def running(self, setup: Setup) -> AbstractContextManager[Running]:
        """Run it until the block ends."""
        ...
