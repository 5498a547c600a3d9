"""Where in a database can a word still be read? Every column of every table that there is, asked of the catalogue."""

from collections.abc import Iterable

from longwatch.store.engine import Engine, Tx
from longwatch.store.statements import text

_COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY table_name, ordinal_position
"""
_WITH_COLUMN = """
SELECT DISTINCT table_name FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = ANY(:names)
"""


async def telling(engine: Engine, words: Iterable[str]) -> set[str]:
    """Return `table.column: word` for each of *words* that can be read somewhere."""
    wanted = list(words)
    async with engine.connect() as connection:
        columns = list(await connection.execute(text(_COLUMNS)))
        return {told for column in columns for told in await _told(connection, *column, words=wanted)}


async def _told(connection: Tx, table: str, column: str, kind: str, *, words: list[str]) -> Iterable[str]:
    seen = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
    read = f'SELECT DISTINCT word FROM "{table}", unnest(CAST(:words AS text[])) AS word WHERE strpos({seen}, word) > 0'  # noqa: S608
    return [f"{table}.{column}: {word}" for word in (await connection.execute(text(read), {"words": words})).scalars()]


async def tables_about_jobs(engine: Engine) -> set[str]:
    """Return the tables whose rows belong to a job or to one of its interactions."""
    async with engine.connect() as connection:
        return set((await connection.execute(text(_WITH_COLUMN), {"names": ["job_id", "interaction_id"]})).scalars())


async def filled(engine: Engine, tables: Iterable[str]) -> set[str]:
    """Return those of *tables* that hold a row."""
    async with engine.connect() as connection:
        found = {table: await connection.execute(text(f'SELECT FROM "{table}" LIMIT 1')) for table in tables}
        return {table for table, rows in found.items() if rows.first() is not None}
