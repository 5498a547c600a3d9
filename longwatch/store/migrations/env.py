"""Runs migrations on the connection that `longwatch.store.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

from longwatch.store import tables  # noqa: F401  (declares the metadata)

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
