"""`longwatch migrate`: bring the database to this version's schema."""

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.embedded.access import database
from longwatch.store.arrival import PATIENCE, wait_for
from longwatch.store.migrate import upgrade


def migrate(*, data_dir: DataDir = None) -> None:
    """Bring the database to this version's schema, once it is up; safe to run twice, and by several at once."""
    with database(settings_at(data_dir), command="longwatch migrate") as url:
        wait_for(url, on_wait=_tell)
        upgrade(url)
    typer.echo("the database is at the newest schema")


def _tell(why: str) -> None:
    typer.echo(f"waiting up to {PATIENCE.total_seconds():g} s for the database: {why}", err=True)
