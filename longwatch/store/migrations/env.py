"""Runs migrations on the connection that `longwatch.store.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

from longwatch.store import house_tables, tables  # noqa: F401  (declare the metadata)

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
