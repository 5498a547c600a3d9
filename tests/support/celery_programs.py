"""Celery's own programs on the broker of a test, as processes."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def celery(*arguments: str) -> list[str]:
    """Return the command line of a `celery` command."""
    return [sys.executable, "-m", "celery", *arguments]


def environment(**settings: str) -> dict[str, str]:
    """Return this environment with our variables replaced by *settings*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONGWATCH_", "FLOWER_"))}
    return {**kept, "PYTHONWARNINGS": "ignore", **settings}


@contextmanager
def program(
    argv: list[str], env: Mapping[str, str], *, log: Path, tree: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of the checkout *tree* until the block ends."""
    with log.open("ab") as output:
        process = subprocess.Popen(argv, env=env, cwd=tree, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()
            process.wait()


@contextmanager
def a_bare_worker(broker_url: str, name: str, *, log: Path) -> Iterator[None]:
    """Run a worker that has no tasks but answers who asks for it."""
    size = ("--pool", "solo", "--without-gossip", "--without-mingle", "--hostname", name)
    argv = celery("-A", "longwatch.broker", "worker", *size)
    with program(argv, environment(LONGWATCH_BROKER_URL=broker_url), log=log):
        yield
