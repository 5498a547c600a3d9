"""Which rows tell how the house itself does: who lives in it, and what past runs have taught? Beside `tables`."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

_NOW = sa.text("lw_now()")


class Hazard(SQLModel, table=True):
    """How likely an agent's run ends at which age, as its newest runs teach: one rate a second for each bin of age."""

    __tablename__ = "hazard"

    agent: str = Field(primary_key=True, sa_type=sa.Text)
    rates: list[float] = Field(sa_column=sa.Column(ARRAY(sa.Float(53)), nullable=False))
    ends: int
    fitted_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})


class Sighting(SQLModel, table=True):
    """How one run's end was seen that push was to tell of; kept for some days, and outlives the run's own row."""

    __tablename__ = "sighting"
    __table_args__ = (sa.Index("sighting_seen_at", "seen_at"),)

    interaction_id: uuid.UUID = Field(primary_key=True)
    seen_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    seen_by: str = Field(sa_type=sa.Text)
    lag_seconds: float | None = None
    expected: bool
    pushed_at: datetime | None = None
    push_idle: bool


class Process(SQLModel, table=True):
    """A worker or scheduler that says now and then that it lives."""

    __tablename__ = "process"

    id: uuid.UUID = Field(primary_key=True)
    kind: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    version: str = Field(sa_type=sa.Text)
    started_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    seen_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    deaf_at: datetime | None = None


class Canary(SQLModel, table=True):
    """What was sent through one queue only to be heard: how often, and since when nothing came through."""

    __tablename__ = "canary"

    queue: str = Field(sa_type=sa.Text, primary_key=True)
    process_id: uuid.UUID | None = Field(default=None, foreign_key="process.id", ondelete="CASCADE")
    sent: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    sent_at: datetime | None = None
    heard: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    heard_at: datetime | None = None
    unheard_since: datetime | None = None
