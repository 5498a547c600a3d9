"""How does a database get today's tables? Alembic, once, under an advisory lock; who only works never imports it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from longwatch.store.address import driver_url

LOCK = 0x10_6E_3A_7C
"""The advisory lock under which migrations run."""
_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at *url* up to *revision*; others that try meanwhile wait and find it done."""
    with _migrating(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database at *url* back to *revision* (`base` drops everything)."""
    with _migrating(url) as config:
        command.downgrade(config, revision)


def check(url: str) -> None:
    """Raise alembic's CommandError if the migrations and `tables` disagree."""
    with _migrating(url) as config:
        command.check(config)


def head() -> str:
    """Return the revision that this code expects."""
    revision = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    assert revision is not None
    return revision


@contextmanager
def _migrating(url: str) -> Iterator[Config]:
    engine = sa.create_engine(driver_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        connection.commit()
        try:
            yield _config(connection)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
            connection.commit()


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    return config
