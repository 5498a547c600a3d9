"""What the supervisor needs to know about one program that it runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum
from signal import Signals

from longwatch.embedded.process import Command


@dataclass(frozen=True, slots=True)
class Says:
    """Ready once a line of its output contains *text*."""

    text: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Ready once *probe* returns true."""

    probe: Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Finishes:
    """Ready once it has ended with exit code 0; it is not started again."""


Readiness = Says | Answers | Finishes


@dataclass(frozen=True, slots=True)
class StopStep:
    """Send *signal*, then give it *seconds* to end."""

    signal: Signals
    seconds: float


class StopTurn(IntEnum):
    """Who is stopped when: whoever hands out work first, what the others rely on last."""

    SCHEDULER = 0
    WORKERS = 1
    UPSTREAM = 2
    SERVERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One program, how to tell that it is ready, and how it is stopped before it is killed.

    What a *quiet* one writes goes to its log file only.
    """

    name: str
    command: Command
    ready: Readiness
    turn: StopTurn
    prepare: Callable[[], None] | None = None
    ready_within: float = 90.0
    stop: tuple[StopStep, ...] = (StopStep(Signals.SIGTERM, 10.0),)
    quiet: bool = False
