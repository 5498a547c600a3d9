"""What is left to see at the end? The report's head, the webhook, where everything is, and what each step took."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import urlsplit

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from longwatch.demo.console import WIDEST
from longwatch.demo.steps import Steps
from longwatch.demo.story import PROMPT, Told
from longwatch.demo.wording import clean, duration
from longwatch.supervisor.installation import Installation

_REPORT_LINES = 15
_SOURCES = 8
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type")
_REAL = (
    "The upstream was a SIMULATOR: that report is made of the prompt's own words.",
    "For a real one:  GEMINI_API_KEY=... make demo REAL=1  (about $1-3; it asks first)",
    "           or:  GEMINI_API_KEY=... make up",
)


def introduce(console: Console, installation: Installation, *, kept: bool) -> None:
    """Say what is about to happen, and whether it is real."""
    place = f"Data: {installation.data_dir}{'' if kept else ' (removed at the end)'}"
    console.print(Text.assemble(("Longwatch demo", "bold"), ": one Deep Research task, from request to signed webhook"))
    for line in (f"“{PROMPT}”", _upstream(installation), place):
        console.print(Text(line), soft_wrap=True)
    console.print()


def _upstream(installation: Installation) -> str:
    if installation.simulator_port is None:
        return "The upstream is Google's: it takes 2-20 minutes and your key pays for it."
    speed = installation.settings.simulator_speed
    return f"The upstream is a SIMULATOR at {speed:g} times life's speed: nothing is researched or paid."


def conclude(console: Console, installation: Installation, told: Told, steps: Steps, *, kept: bool) -> None:
    """Show what came of it all, part by part."""
    show_report(console, clean(told.result["text"] or ""))
    show_sources(console, told.result["citations"])
    _show_webhook(console, told)
    job_url = f"{installation.api_url}/v1/jobs/{told.job['id']}"
    _section(console, "Stored", f"in PostgreSQL, table `result`; GET {job_url}", _stored(told))
    for command in _commands(installation.data_dir, job_url, kept=kept):
        console.print(Text(f"  {command}"), soft_wrap=True)
    login = f"longwatch / {installation.keys.flower_password}"
    _section(console, "Flower", f"{installation.flower_url}", [f"login {login}, while the demo ran"])
    _section(console, "What each step took", "", _taken(steps))
    simulated = installation.simulator_port is not None
    _section(console, "Done", "everything is stopped, nothing is left running", _REAL if simulated else ())


def show_report(console: Console, text: str) -> None:
    """Show the head of a report, wrapped as the console is wide."""
    width = max(min(console.width, WIDEST) - 2, 10)
    lines = [line for paragraph in text.strip().split("\n") for line in _wrapped(console, paragraph, width)]
    _section(console, "Report", f"its first {min(_REPORT_LINES, len(lines))} of {len(lines)} lines", [])
    for line in lines[:_REPORT_LINES]:
        console.print(Text.assemble("  ", line))


def _wrapped(console: Console, paragraph: str, width: int) -> list[Text]:
    lines = Text(paragraph, style="bold" if paragraph.startswith("#") else "").wrap(console, width)
    for line in lines:
        line.rstrip()
    return list(lines) or [Text()]


def show_sources(console: Console, citations: list[dict[str, Any]]) -> None:
    """Show the first sources, each once."""
    titles = {clean(cited["url"]): clean(cited.get("title") or "") for cited in citations if cited.get("url")}
    lines = [f"{number}. {title}  {url}" for number, (url, title) in enumerate(titles.items(), start=1)]
    more = [f"… and {len(lines) - _SOURCES} more"] if len(lines) > _SOURCES else []
    _section(console, "Sources", f"{len(lines)}, cited {len(citations)} times", [*lines[:_SOURCES], *more])


def _show_webhook(console: Console, told: Told) -> None:
    headers = [f"{name}: {clean(told.webhook.headers.get(name, ''))}" for name in _HEADERS]
    _section(console, "Webhook", "signature verified by the standardwebhooks package", headers)
    _lines(console, _pretty(told.webhook.event))


def _pretty(event: Mapping[str, Any]) -> Iterator[str]:
    """Yield *event* as JSON, a line for each field of its data."""
    fields = [f"    {_json(name)}: {_json(value)}" for name, value in event["data"].items()]
    others = [f"  {_json(name)}: {_json(value)}" for name, value in event.items() if name != "data"]
    yield from ("{", *(f"{line}," for line in others), '  "data": {')
    yield from ",\n".join(fields).split("\n")
    yield from ("  }", "}")


def _json(value: object) -> str:
    return clean(json.dumps(value, ensure_ascii=False))


def _stored(told: Told) -> Iterator[str]:
    characters, citations = len(told.result["text"] or ""), len(told.result["citations"])
    yield f"/result/raw  {told.raw_bytes:,} bytes, exactly as the upstream sent them"
    yield f"/result      {characters:,} characters, {citations} citations"
    yield "/report.md   the same for people"


def _commands(directory: Path, job_url: str, *, kept: bool) -> Iterator[str]:
    if not kept:
        yield f"curl -H 'Authorization: Bearer KEY' {job_url}/report.md"
        yield 'That was in a temporary directory, now removed. To keep it: make demo ARGS="--keep DIR"'
        return
    yield "To read it again:"
    yield f"  .venv/bin/longwatch up --data-dir {quote(str(directory))} --api-port {urlsplit(job_url).port}"
    yield f'  curl -H "Authorization: Bearer $(cat {quote(str(directory / "api-key"))})" {job_url}/report.md'


def _taken(steps: Steps) -> Iterator[str]:
    for took in steps.done:
        yield f"{duration(took.seconds):>8}  {took.title}"
    yield f"{duration(steps.seconds):>8}  all together"


def _section(console: Console, title: str, detail: str, lines: Iterable[str]) -> None:
    console.print()
    console.print(Text.assemble((title, "bold"), f"  {detail}" if detail else ""), soft_wrap=True)
    _lines(console, lines)


def _lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(_hanging(console, f"  {line}"), soft_wrap=True)


def _hanging(console: Console, line: str) -> Text:
    """Return *line*, wrapped between words below its own beginning where a person reads it."""
    indent = " " * (len(line) - len(line.lstrip()))
    room = console.width - len(indent) - 2
    if not console.is_terminal or max(map(cell_len, line.split()), default=0) > room:
        return Text(line)
    return Text.assemble(indent, Text(f"\n{indent}  ").join(Text(line.lstrip()).wrap(console, room)))
