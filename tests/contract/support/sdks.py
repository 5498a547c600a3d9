"""The official SDKs, each in a process of its own environment, and the calls that tests make through them."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parents[3]
ENVIRONMENTS = ROOT / ".cache" / "contract"
_PROGRAMS = Path(__file__).parents[1] / "programs"


@dataclass(frozen=True, slots=True)
class Sdk:
    """One version of an official SDK."""

    name: str
    language: Literal["python", "node"]
    revision: Literal["legacy", "steps"]

    @property
    def folder(self) -> Path:
        return ENVIRONMENTS / self.name

    @property
    def interpreter(self) -> Path:
        """What runs this SDK's programs."""
        return ENVIRONMENTS / "node" if self.language == "node" else self.folder / "bin" / "python"

    @property
    def driver(self) -> list[str]:
        """The command that takes calls on stdin."""
        if self.language == "node":
            return [str(self.interpreter), str(_PROGRAMS / "driver.mjs"), str(self.folder)]
        return [str(self.interpreter), str(_PROGRAMS / "driver.py")]


PYTHON_OLD = Sdk("python-1.55.0", "python", "legacy")
PYTHON_NEW = Sdk("python-3.4.0", "python", "steps")
NODE_OLD = Sdk("node-1.33.0", "node", "legacy")
NODE_NEW = Sdk("node-3.1.0", "node", "steps")
SDKS = (PYTHON_OLD, PYTHON_NEW, NODE_OLD, NODE_NEW)


class SdkError(Exception):
    """The SDK raised; *status* is the HTTP status it tells, if any."""

    def __init__(self, raised: dict[str, Any]) -> None:
        super().__init__(f"{raised['type']}: {raised['message']}")
        self.type: str = raised["type"]
        self.status: int | None = raised["status"]


class SdkProcess:
    """A running driver of one SDK."""

    def __init__(self, sdk: Sdk, process: "subprocess.Popen[str]") -> None:
        self.sdk = sdk
        self._process = process

    def call(self, do: str, **given: Any) -> Any:
        """Return what the SDK answers; raise `SdkError` if it raised."""
        assert self._process.stdin and self._process.stdout  # noqa: PT018 - both are pipes
        self._process.stdin.write(json.dumps({"do": do, "with": given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the driver of {self.sdk.name} ended; see its standard error"
        said = json.loads(line)
        if "error" in said:
            raise SdkError(said["error"])
        return said["value"]

    def judge(self, kind: str, document: Any) -> list[str]:
        """Return what this SDK's own models cannot take of a document."""
        found: list[str] = self.call("judge", kind=kind, document=document)
        return found


@contextmanager
def running(sdk: Sdk) -> Iterator[SdkProcess]:
    """Yield the driver of *sdk*; it ends with the block."""
    pipe = subprocess.PIPE
    with subprocess.Popen(sdk.driver, stdin=pipe, stdout=pipe, text=True, env={"LC_ALL": "C.UTF-8"}) as process:
        try:
            yield SdkProcess(sdk, process)
        finally:
            process.kill()
