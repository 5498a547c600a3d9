"""Tiny programs for the supervisor to look after, and the output they leave."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from longwatch.domain.clock import Clock
from longwatch.embedded.process import Command
from longwatch.supervisor.groups import GroupGuard
from longwatch.supervisor.output import Outputs
from longwatch.supervisor.part import Part, Readiness, Says, StopStep, StopTurn
from longwatch.supervisor.unit import Unit

STEADY = "import signal; print('here I am', flush=True); signal.pause()"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here I am', flush=True)
while 1: signal.pause()
"""
SILENT = "import signal; signal.pause()"
BROKEN = "print('no such table', flush=True); raise SystemExit(3)"
FLEETING = "import select; print('here I am', flush=True); select.select([], [], [], 0.2); raise SystemExit(4)"
POLITE = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}); print('here I am', flush=True)
signal.sigwait({signal.SIGTERM}); print('leaving', flush=True)
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, '-c', {STUBBORN!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print('child', child.pid, flush=True); print('here I am', flush=True); child.wait()
"""

_GREETING = Says("here I am")


def part(
    name: str,
    program: str,
    *,
    ready: Readiness = _GREETING,
    turn: StopTurn = StopTurn.WORKERS,
    ready_within: float = 20.0,
    patience: float = 10.0,
) -> Part:
    """Return a part that runs *program* in a Python of its own."""
    return Part(
        name=name,
        command=Command(argv=(sys.executable, "-I", "-S", "-c", program), env={}),
        ready=ready,
        turn=turn,
        ready_within=ready_within,
        stop=(StopStep(Signals.SIGTERM, patience),),
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """What units need around them, and what they have said."""

    folder: Path
    outputs: Outputs
    guard: GroupGuard
    stream: io.StringIO

    def unit(self, of: Part) -> Unit:
        """Return a unit of the part."""
        return Unit(of, output=self.outputs.of(of.name), guard=self.guard, clock=Clock())

    @property
    def said(self) -> str:
        """Everything shown so far."""
        return self.stream.getvalue()
