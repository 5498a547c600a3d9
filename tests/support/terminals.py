"""A program in a terminal of its own, so that Ctrl-C is the real one."""

import os
import pty
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.waiting import eventually


@dataclass
class TerminalProgram:
    """A program that believes in its terminal; everything it wrote is in `shown`."""

    process: subprocess.Popen[bytes]
    keyboard: int
    pieces: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """What the terminal shows."""
        return "".join(self.pieces)

    def press_ctrl_c(self) -> None:
        """Press Ctrl-C: the terminal signals its whole foreground group."""
        os.write(self.keyboard, b"\x03")

    def shows(self, text: str, *, within: float = 90.0) -> None:
        """Wait until *text* is on the screen."""
        eventually(lambda: text in self.shown, within=within)

    def exit_code(self, *, within: float = 90.0) -> int:
        """Return its exit code once it has ended."""
        return self.process.wait(within)

    def read(self) -> None:
        """Keep what it writes until it ends."""
        # Reading a terminal whose programs have all ended is an error on Linux.
        with suppress(OSError):
            while piece := os.read(self.keyboard, 65_536):
                self.pieces.append(piece.decode(errors="replace"))


@contextmanager
def in_terminal(argv: Sequence[str], *, env: Mapping[str, str], cwd: str) -> Iterator[TerminalProgram]:
    """Run *argv* in a new terminal; whatever is left of it at the end is killed."""
    keyboard, screen = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *argv],  # noqa: S607 - util-linux is where the tests that use it run
        env=dict(env),
        cwd=cwd,
        stdin=screen,
        stdout=screen,
        stderr=screen,
    )
    os.close(screen)
    program = TerminalProgram(process, keyboard)
    reader = threading.Thread(target=program.read)
    reader.start()
    try:
        yield program
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)
        reader.join()
