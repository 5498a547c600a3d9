"""`longwatch migrate`: bring the database to this version's schema."""

import typer

from longwatch.cli.place import DataDir, settings_at
from longwatch.embedded.access import database
from longwatch.store.migrate import upgrade


def migrate(*, data_dir: DataDir = None) -> None:
    """Bring the database to this version's schema; safe to run twice, and by several at once."""
    with database(settings_at(data_dir), command="longwatch migrate") as url:
        upgrade(url)
    typer.echo("the database is at the newest schema")
