"""What is left to see at the end? The report's head, where everything is, the webhook, and what each step took."""

import json
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from longwatch.demo.console import WIDEST
from longwatch.demo.receiver import Received
from longwatch.demo.steps import Steps
from longwatch.demo.story import PROMPT, Told
from longwatch.demo.wording import clean
from longwatch.supervisor.installation import Installation

_REPORT_LINES = 15
_SOURCES = 8
_SHOWN_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")


def introduce(console: Console, installation: Installation, *, kept: bool) -> None:
    """Say what is about to happen, and whether it is real."""
    console.print(Text.assemble(("Longwatch demo", "bold"), ": one Deep Research task, from request to signed webhook"))
    console.print(Text(f"“{PROMPT}”"))
    for line in _upstream(installation):
        console.print(Text(line))
    console.print(Text(f"Data: {installation.data_dir}{'' if kept else ', temporary'}", style="dim"), soft_wrap=True)
    console.print()


def _upstream(installation: Installation) -> tuple[str, ...]:
    if installation.simulator_port is None:
        return ("The upstream is Google's API, and this run is paid with your key; it takes 2-20 minutes.",)
    speed = installation.settings.simulator_speed
    return (f"The upstream is a SIMULATOR, {speed:g} times faster than life: nothing is researched or paid.",)


class Summary:
    """Prints the end of the demo, part by part."""

    def __init__(self, console: Console, installation: Installation, told: Told) -> None:
        self._console = console
        self._installation = installation
        self._told = told

    def show(self, steps: Steps, *, kept: bool) -> None:
        """Print everything."""
        self._report()
        self._sources()
        self._webhook(self._told.webhook)
        self._stored(kept=kept)
        self._flower()
        self._steps(steps)
        self._end()

    def _report(self) -> None:
        lines = list(self._report_lines())
        self._heading("Report", f"its first {min(_REPORT_LINES, len(lines))} of {len(lines)} lines")
        for line in lines[:_REPORT_LINES]:
            self._console.print(Padding(line, (0, 0, 0, 2)))

    def _report_lines(self) -> Iterator[Text]:
        width = max(min(self._console.width, WIDEST) - 2, 10)
        for line in clean(self._told.result["text"] or "").strip().split("\n"):
            style = "bold" if line.startswith("#") else ""
            yield from Text(line, style=style).wrap(self._console, width) or [Text()]

    def _sources(self) -> None:
        sources = {citation["url"]: citation for citation in self._told.result["citations"] if citation.get("url")}
        self._heading("Sources", f"{len(sources)}, cited {len(self._told.result['citations'])} times")
        for number, (url, source) in enumerate(list(sources.items())[:_SOURCES], start=1):
            self._line(f"{number}. {clean(source.get('title') or url)}  {clean(url)}")
        if len(sources) > _SOURCES:
            self._line(f"… and {len(sources) - _SOURCES} more in the report")

    def _webhook(self, received: Received) -> None:
        self._heading("Webhook", "as received; signature verified by the standardwebhooks package")
        self._line(f"POST {self._told.receiver_url}")
        for name in _SHOWN_HEADERS:
            self._line(f"{name}: {clean(received.headers.get(name, ''))}")
        for line in _pretty(received.event).split("\n"):
            self._line(line)

    def _stored(self, *, kept: bool) -> None:
        job_url = f"{self._installation.api_url}/v1/jobs/{self._told.job['id']}"
        directory = self._installation.data_dir
        self._heading("Stored", f"in PostgreSQL, table `result`, job {self._told.job['id']}")
        self._line(f"{self._told.raw_bytes:,} bytes exactly as the upstream sent them: {job_url}/result/raw")
        self._line(f"{len(self._told.result['text'] or ''):,} characters and their citations: {job_url}/result")
        self._line(f'curl -H "Authorization: Bearer $(cat {quote(str(directory / "api-key"))})" {job_url}/report.md')
        for line in _kept(directory) if kept else _GONE:
            self._line(line)

    def _flower(self) -> None:
        self._heading("Flower", self._installation.flower_url or "")
        self._line(f"login longwatch / {self._installation.keys.flower_password}, while the demo ran")

    def _steps(self, steps: Steps) -> None:
        self._heading("What each step took", "")
        for took in [*((took.title, took.seconds) for took in steps.done), ("all together", steps.seconds)]:
            self._line(f"{took[1]:6.1f} s  {took[0]}")

    def _end(self) -> None:
        self._heading("Done", "everything is stopped, nothing is left running")
        if self._installation.simulator_port is not None:
            for line in _SIMULATED:
                self._line(line)

    def _heading(self, title: str, detail: str) -> None:
        self._console.print()
        self._console.print(Text.assemble((title, "bold"), ("  " if detail else "") + detail), soft_wrap=True)

    def _line(self, line: str) -> None:
        self._console.print(Text(f"  {line}"), soft_wrap=True)


_GONE = (
    "This ran in a temporary directory, removed by now;",
    'make demo ARGS="--keep DIR" keeps it, `longwatch up` in your own keeps everything.',
)
_SIMULATED = (
    "The upstream was a SIMULATOR: the report is made up from the prompt's own words.",
    "The real one:  GEMINI_API_KEY=... make demo REAL=1   (one run, about $1-3; it asks first)",
    "               GEMINI_API_KEY=... make up            (to stay)",
)


def _kept(directory: Path) -> tuple[str, ...]:
    return (f"Kept. To serve it again: longwatch up --data-dir {quote(str(directory))}",)


def _pretty(event: dict[str, Any]) -> str:
    return clean(json.dumps(event, indent=2, ensure_ascii=False))
