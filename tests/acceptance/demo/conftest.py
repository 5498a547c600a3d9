import os
import subprocess
import sys
import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.processes import descendants
from tests.support.terminals import TerminalProgram, in_terminal
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "longwatch.demo")
_MARK = "DEMO_OF_TEST"
# Whoever runs the demo may have these; it must not care.
_CALLERS = {
    "LONGWATCH_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
    "LONGWATCH_MAX_RUNNING": "no number",
    "GEMINI_API_KEY": "not-a-key",
}


@dataclass(frozen=True, slots=True)
class Demo:
    """One place to run demos in, and what they leave behind."""

    temporary: Path
    mark: str

    def env(self, **changed: str) -> dict[str, str]:
        """The caller's environment, with a temporary folder that has a space in its name."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONGWATCH_", "GEMINI_"))}
        return {**kept, **_CALLERS, "TMPDIR": str(self.temporary), _MARK: self.mark, "NO_COLOR": "1", **changed}

    def start(self, *options: str, **changed: str) -> subprocess.Popen[str]:
        """Start a demo that has no terminal."""
        return subprocess.Popen(
            [*COMMAND, *options],
            cwd=ROOT,
            env=self.env(**changed),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def in_terminal(self, *options: str, **changed: str) -> AbstractContextManager[TerminalProgram]:
        """Start a demo in a terminal of its own."""
        return in_terminal([*COMMAND, *options], env=self.env(TERM="xterm", **changed), cwd=str(ROOT))

    @property
    def left(self) -> list[str]:
        """Every process of ours that still runs, and every file that is still there."""
        processes = [line for process in psutil.process_iter() if (line := self._of_ours(process))]
        return processes + [str(path) for path in self.temporary.iterdir()]

    def leaves_nothing(self) -> None:
        """Wait until nothing is left."""
        eventually(lambda: not self.left, within=15)

    def _of_ours(self, process: psutil.Process) -> str:
        try:
            line = " ".join(process.cmdline())
            ours = str(self.temporary) in line or process.environ().get(_MARK) == self.mark
            return line if ours and process.status() != psutil.STATUS_ZOMBIE else ""
        except psutil.Error:
            return ""


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    temporary = tmp_path / "a folder"
    temporary.mkdir()
    return Demo(temporary, str(uuid.uuid4()))


def pid_of(words: str, program: TerminalProgram) -> int:
    """Return the pid of the demo's part whose command line has *words*."""
    found = eventually(lambda: [pid for pid, line in descendants(program.process.pid).items() if words in line])
    return found[0]
