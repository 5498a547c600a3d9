"""How is the demo run from a shell, and how does each way to fail end?"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from longwatch.demo.consent import NoConsentError, ask_to_spend
from longwatch.demo.console import open_console
from longwatch.demo.environment import environment
from longwatch.demo.failure import BrokenDemoError, InterruptedDemoError
from longwatch.demo.screen import open_screen
from longwatch.demo.show import show
from longwatch.demo.steps import Steps
from longwatch.demo.story import Told
from longwatch.demo.summary import conclude, introduce
from longwatch.demo.wording import clean
from longwatch.domain.clock import Clock
from longwatch.embedded.errors import EmbeddedError
from longwatch.settings import load
from longwatch.supervisor.installation import Installation, Options
from longwatch.supervisor.opening import opened
from longwatch.supervisor.ports import PortRefusedError
from longwatch.supervisor.unit import StartError

DONE, FAILED, INTERRUPTED = 0, 1, 130
_ROOT = Path(__file__).parents[2]
_DESCRIPTION = """\
Run one Deep Research task from request to verified webhook, on a simulated upstream; with REAL=1 in the environment on
the real one, with your GEMINI_API_KEY, after asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller asked for; without *keep* the data directory is a temporary one."""

    real: bool
    keep: Path | None


def main() -> int:
    """Run the demo and return the exit code."""
    wish, console = _wish(), open_console()
    try:
        _consent(wish)
        _run(wish, console)
    except (InterruptedDemoError, KeyboardInterrupt):
        console.print(f"Stopped; nothing is left running.{_resumable(wish)}", soft_wrap=True)
        return INTERRUPTED
    except NoConsentError as refusal:
        console.print(str(refusal))
        return FAILED
    except (BrokenDemoError, StartError, EmbeddedError, PortRefusedError, OSError) as failure:
        console.print(Text.assemble(("\nThe demo failed: ", "bold red"), clean(str(failure))), soft_wrap=True)
        return FAILED
    return DONE


def _wish() -> Wish:
    parser = argparse.ArgumentParser(prog="python -m longwatch.demo", description=_DESCRIPTION)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the data in DIR, of the demo's own")
    real = os.environ.get("REAL") == "1"
    keep = parser.parse_args().keep or (_ROOT / ".cache" / "demo" if real else None)
    return Wish(real=real, keep=keep and keep.expanduser().resolve())


def _consent(wish: Wish) -> None:
    if wish.real and wish.keep is not None:
        ask_to_spend(os.environ, terminal=sys.stdin.isatty(), ask=input, directory=wish.keep)


def _run(wish: Wish, console: Console) -> None:
    own = environment(os.environ, real=wish.real)
    os.environ.clear()
    os.environ.update(own)
    clock = Clock()
    with _directory(wish.keep) as directory:
        installation, told, steps = _performed(directory, console, clock, kept=wish.keep is not None)
    conclude(console, installation, told, steps, kept=wish.keep is not None)


def _performed(directory: Path, console: Console, clock: Clock, *, kept: bool) -> tuple[Installation, Told, Steps]:
    options = Options(data_dir=directory, api_port=0, flower_port=0)
    with opened(options, load(), by="longwatch demo") as (installation, guard):
        introduce(console, installation, kept=kept)
        with open_screen(console, clock) as screen:
            steps = Steps(screen, clock)
            return installation, asyncio.run(show(installation, guard, steps)), steps


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    made = Path(tempfile.mkdtemp(prefix="longwatch-demo-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _resumable(wish: Wish) -> str:
    if not wish.real or wish.keep is None:
        return ""
    return f"\nA run that was begun goes on at Google; `longwatch up --data-dir {wish.keep}` watches it to its end."
