"""How is a sample run? As a program of its own, in a folder with the files it reads, against an endpoint."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.support import shapes
from tests.contract.support.judging import events
from tests.contract.support.sdks import Sdk
from tests.contract.support.wire import Exchange

_PATIENCE = 90


@dataclass(frozen=True, slots=True)
class Ran:
    """What a sample printed, left behind and exchanged."""

    said: str
    folder: Path
    exchanges: Sequence[Exchange]

    @property
    def answers(self) -> list[Any]:
        """Every interaction that came back whole, in order."""
        whole = [each for each in self.exchanges if each.content_type == "application/json" and each.status == 200]
        return [json.loads(each.answer) for each in whole if "/interactions" in each.path]

    @property
    def requests(self) -> list[Any]:
        """Every body that was sent to create an interaction."""
        posts = [each for each in self.exchanges if each.method == "POST" and each.path.endswith("/interactions")]
        return [json.loads(each.body) for each in posts]

    @property
    def events(self) -> list[Any]:
        """The events of the only stream."""
        (stream,) = [each for each in self.exchanges if each.content_type == "text/event-stream"]
        return events(stream)


def run_program(program: str, sdk: Sdk, folder: Path, settings: Mapping[str, str]) -> str:
    """Run a Python or JavaScript program with its SDK, and return what it printed; fail if it fails."""
    source = folder / ("sample.py" if sdk.language == "python" else "sample.mjs")
    source.write_text(program)
    if sdk.language == "node":
        (folder / "node_modules").symlink_to(sdk.folder / "node_modules")
    return _run([str(sdk.interpreter), str(source)], folder, settings)


def run_command(command: str, folder: Path, settings: Mapping[str, str]) -> str:
    """Run a shell command that calls curl, and return what came."""
    quiet = command.replace("curl ", "curl --silent --show-error --no-buffer ", 1)
    return _run(["/bin/sh", "-c", quiet], folder, settings)


def run_script(source: Path, folder: Path, settings: Mapping[str, str]) -> str:
    """Run a shell script that checks what it gets by itself, and return what it printed."""
    return _run(["/bin/sh", str(source)], folder, settings)


def _run(argv: Sequence[str], folder: Path, settings: Mapping[str, str]) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **settings}
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def text_said(answer: str) -> str:
    """Return the text in what curl printed: an interaction, or its stream."""
    if answer.startswith("{"):
        return shapes.text(json.loads(answer))
    return answer
