"""`longwatch reparse`: derive results anew from the bytes that are stored."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.domain import ids
from longwatch.domain.ids import MalformedIdError
from longwatch.embedded.access import database
from longwatch.embedded.keys import vault_of
from longwatch.logs import configure
from longwatch.results.reparsing import AlreadyRunningError, Reparse, Report
from longwatch.store.engine import connect
from longwatch.store.reparsing import Scope
from longwatch.store.vault import Vault, VaultError


def reparse(
    *,
    since: Annotated[datetime | None, typer.Option(help="Only results received since then, in UTC.")] = None,
    job: Annotated[str | None, typer.Option(help="Only the results of this job.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again, though a pass was not finished.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Derive results anew from the stored bytes, after an upgrade; states and events stay. Interrupted, it goes on."""
    settings = settings_at(data_dir)
    configure(settings)
    scope = Scope(since=since and since.replace(tzinfo=since.tzinfo or UTC), job_id=_id_of(job) if job else None)
    with database(settings, command="longwatch reparse") as url:
        report = asyncio.run(_reparsed(url, vault_of(settings), scope, dry_run=dry_run, anew=anew))
    typer.echo(_words(report, dry_run=dry_run))


async def _reparsed(url: str, vault: Vault, scope: Scope, *, dry_run: bool, anew: bool) -> Report:
    engine = connect(url, pool_size=2)
    try:
        return await Reparse(engine, vault, scope, dry=dry_run).run(anew=anew)
    except VaultError as error:
        typer.echo(f"{error} What was done so far is done; run it again.", err=True)
        raise typer.Exit(1) from error
    except AlreadyRunningError as error:
        typer.echo("another `longwatch reparse` runs on this database: wait for its end", err=True)
        raise typer.Exit(1) from error
    finally:
        await engine.dispose()


def _id_of(job: str) -> UUID:
    try:
        return ids.decode(ids.JOB, job)
    except MalformedIdError as error:
        raise typer.BadParameter(f"{job!r} is no job's id", param_hint="--job") from error


def _words(report: Report, *, dry_run: bool) -> str:
    changed = "would change" if dry_run else "changed"
    head = f"{report.read:,} results read, {report.changed:,} {changed}, {report.failed:,} could not be derived"
    rows = [
        f"  {name:<13}{number:>8,}   {' '.join(report.examples[name])}"
        for name, number in sorted(report.fields.items(), key=lambda item: (-item[1], item[0]))
    ]
    return "\n".join([head, *rows])
