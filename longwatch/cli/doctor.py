"""`longwatch doctor`: what is wrong here, and what is to be done about it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from longwatch.cli.place import DataDir, settings_at
from longwatch.cli.wording import settings_message
from longwatch.doctor.examination import examine
from longwatch.doctor.finding import Finding, well, wrong
from longwatch.doctor.place import placed
from longwatch.doctor.report import all_well, as_json, show
from longwatch.embedded.errors import EmbeddedError

FAILED = 1


def doctor(
    *,
    data_dir: DataDir = None,
    api: Annotated[str | None, typer.Option(help="Where an api process answers, as a base URL.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check settings, clocks, versions, servers, schema, workers and the upstream, without spending anything."""
    findings = _findings(data_dir, api)
    if json:
        typer.echo(as_json(findings))
    else:
        show(findings, Console(highlight=False))
    raise typer.Exit(0 if all_well(findings) else FAILED)


def _findings(data_dir: Path | None, api: str | None) -> list[Finding]:
    try:
        settings = settings_at(data_dir)
    except ValidationError as error:
        remedy = "Correct them: docs/reference/settings.md says what each may be."
        return [wrong("settings", settings_message(error), remedy)]
    try:
        with placed(settings, api_url=api) as place:
            return [well("settings", "can be read"), *asyncio.run(examine(place))]
    except EmbeddedError as error:
        return [wrong("private database", str(error), "See DATA_DIR/logs/postgres.log.")]
