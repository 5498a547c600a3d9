"""`longwatch migrate`: bring the database to this version's schema."""

import typer

from longwatch.embedded.access import database
from longwatch.settings import load
from longwatch.store.migrate import upgrade


def migrate() -> None:
    """Bring the database to this version's schema; safe to run twice, and by several at once."""
    with database(load(), command="longwatch migrate") as url:
        upgrade(url)
    typer.echo("the database is at the newest schema")
