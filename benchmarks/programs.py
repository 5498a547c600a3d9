"""How does the yardstick run its programs? Each in a session of its own, ended with the block that started it."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from longwatch.domain.clock import Clock
from longwatch.embedded.process import Command, kill_group, spawn, stop

ROOT = Path(__file__).parents[1]
_START_SECONDS = 300.0
_STOP_SECONDS = 20.0


class BenchmarkError(Exception):
    """A round that cannot be measured."""


@contextmanager
def program(argv: Sequence[str], env: Mapping[str, str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of ours until the block ends; what it says goes to *log*."""
    command = Command(argv=tuple(argv), env=env, cwd=ROOT)
    with log.open("ab") as output:
        process = spawn(command, output=output)
    try:
        yield process
    finally:
        stop(process, command, within=_STOP_SECONDS)
        kill_group(process.pid)


@contextmanager
def fed(argv: Sequence[str], env: Mapping[str, str], *, log: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program that is told what to do line by line, and says `ready` first."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv, env=dict(env), cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output
        )
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise BenchmarkError(f"{argv[0]} did not start: see {log}")
        yield process
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def said(log: Path, words: str) -> Callable[[], bool]:
    """Return a check of whether a program has said *words*."""
    return lambda: log.exists() and words in log.read_text(errors="replace")


def wait(met: Callable[[], object], *, within: float = _START_SECONDS, what: str) -> None:
    """Wait until *met*; raise BenchmarkError, naming *what*, when it is not within so many seconds."""
    clock = Clock()
    until = clock.monotonic() + within
    while not met():
        if clock.monotonic() > until:
            raise BenchmarkError(f"{what}: not within {within:.0f} s")
        pause(0.05)


def pause(seconds: float) -> None:
    """Let so much time pass."""
    time.sleep(seconds)
