"""What a person sees: every part's lines, each behind its part's name, and in a log file of its own."""

import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from longwatch.embedded.private import private_directory
from longwatch.supervisor.logfile import LogFile

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)
_WIDTH = 10
_TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class Terminal:
    """Lines to *stream*, coloured when it is a terminal and NO_COLOR is not set."""

    stream: IO[str]

    def show(self, line: str, *, name: str = "up", colour: int = 1) -> None:
        """Print *line* behind the name of the part that said it."""
        prefix = f"{name:<{_WIDTH}}|"
        self.plain(f"\x1b[{colour}m{prefix}\x1b[0m {line}" if self._coloured else f"{prefix} {line}")

    def plain(self, line: str) -> None:
        """Print *line* as it is; a reader that has gone is no reason to stop."""
        with suppress(OSError, ValueError):
            self.stream.write(f"{line}\n")
            self.stream.flush()

    @property
    def _coloured(self) -> bool:
        return self.stream.isatty() and not os.environ.get("NO_COLOR")


@dataclass(slots=True)
class PartOutput:
    """Where the lines of one part go, and its last ones."""

    name: str
    terminal: Terminal
    log: LogFile
    colour: int
    quiet: bool = False
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_TAIL_LINES))

    def line(self, line: str) -> None:
        """Show, keep and log one line that the part wrote."""
        self.tail.append(line)
        self.log.write(line)
        if not self.quiet:
            self.terminal.show(line, name=self.name, colour=self.colour)

    def note(self, text: str) -> None:
        """Say something about the part; its log gets it too."""
        self.log.write(f"longwatch up: {text}")
        self.terminal.show(f"{self.name} {text}")


class Outputs:
    """The outputs of all parts, under one folder of logs."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self.terminal = terminal
        self._folder = private_directory(folder)
        self._open: list[LogFile] = []

    def of(self, name: str, *, quiet: bool = False) -> PartOutput:
        """Return the output of the part *name*; a *quiet* one is only logged."""
        colour = _COLOURS[len(self._open) % len(_COLOURS)]
        self._open.append(LogFile(self._folder / f"{name}.log"))
        return PartOutput(name, self.terminal, self._open[-1], colour, quiet)

    def close(self) -> None:
        """Close every log file."""
        for log in self._open:
            log.close()
