"""How does the kit look at the installation's database? With its own eyes: none of the product's queries."""

import asyncio
from datetime import timedelta
from typing import Any

import psycopg

from longwatch.domain import ids

Row = tuple[Any, ...]

# What the product tells of itself is one thing; what its rows went through is another.
_WITNESS = r"""
CREATE TABLE chaos_transition (job_id uuid, old text, new text, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE chaos_claim (kind text, id uuid, claim bigint, held boolean, holder int,
    at timestamptz DEFAULT clock_timestamp());

CREATE INDEX ON chaos_claim (at);

CREATE FUNCTION chaos_note_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chaos_transition VALUES (new.id, old.status, new.status);
    RETURN NULL;
END $$;
CREATE FUNCTION chaos_note_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chaos_claim VALUES (tg_table_name, new.id, new.claim, new.claimed_at IS NOT NULL,
        substring(current_setting('application_name') FROM '^longwatch (\d+)$')::int);
    RETURN NULL;
END $$;

CREATE TRIGGER chaos_transition AFTER UPDATE ON job FOR EACH ROW
    WHEN (old.status IS DISTINCT FROM new.status) EXECUTE FUNCTION chaos_note_transition();
CREATE TRIGGER chaos_claim AFTER UPDATE ON job FOR EACH ROW
    WHEN (old.claim <> new.claim OR (old.claimed_at IS NULL) <> (new.claimed_at IS NULL))
    EXECUTE FUNCTION chaos_note_claim();
CREATE TRIGGER chaos_claim AFTER UPDATE ON interaction FOR EACH ROW
    WHEN (old.claim <> new.claim OR (old.claimed_at IS NULL) <> (new.claimed_at IS NULL))
    EXECUTE FUNCTION chaos_note_claim();
CREATE TRIGGER chaos_claim AFTER UPDATE ON delivery FOR EACH ROW
    WHEN (old.claim <> new.claim OR (old.claimed_at IS NULL) <> (new.claimed_at IS NULL))
    EXECUTE FUNCTION chaos_note_claim();
CREATE TRIGGER chaos_first_claim AFTER INSERT ON delivery FOR EACH ROW
    WHEN (new.claimed_at IS NOT NULL) EXECUTE FUNCTION chaos_note_claim();
"""
_AHEAD = "SELECT extract(epoch FROM lw_now() - statement_timestamp())"
_SET_CLOCK = """
CREATE OR REPLACE FUNCTION lw_now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT statement_timestamp() + interval ''{seconds} s'''
"""
_OPEN_CREATES = "SELECT id FROM interaction WHERE create_outcome IS NULL AND upstream_id IS NULL"


class Database:
    """The installation's database; every call raises psycopg.OperationalError while it is away."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def rows(self, query: str) -> list[Row]:
        """Return what *query* selects."""
        return await asyncio.to_thread(self._rows, query)

    async def watch(self) -> None:
        """Have every change of a state and of a claim noted from now on."""
        await asyncio.to_thread(self._execute, _WITNESS)

    async def move_clock(self, by: timedelta) -> None:
        """Move the database's clock, for every session at once."""
        [(ahead,)] = await self.rows(_AHEAD)
        seconds = f"{float(ahead) + by.total_seconds():.3f}"
        await asyncio.to_thread(self._execute, _SET_CLOCK.format(seconds=seconds))

    async def open_creates(self) -> frozenset[str]:
        """Return the interactions whose create is meant and not yet answered."""
        found = await self.rows(_OPEN_CREATES)
        return frozenset(ids.encode(ids.INTERACTION, row[0]) for row in found)

    def _rows(self, query: str) -> list[Row]:
        with psycopg.connect(self._url, connect_timeout=5) as connection:
            return connection.execute(query).fetchall()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._url, connect_timeout=5) as connection:
            connection.execute(statement)
