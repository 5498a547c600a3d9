"""Which workers and schedulers are there? Each says so now and then; whoever falls silent is forgotten in time."""

import os
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Literal

from longwatch.domain import ids
from longwatch.store.engine import Tx
from longwatch.store.statements import text

Kind = Literal["worker", "scheduler"]
LIVES = timedelta(seconds=60)
"""Who has not been seen for so long is taken for gone."""
REMEMBERED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of ours, by an id of its own: a name may be taken again."""

    id: uuid.UUID
    kind: Kind
    name: str
    version: str


def a_process(kind: Kind) -> Process:
    """Return what this very process is to be known as."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    return Process(id=ids.new(), kind=kind, name=name, version=version("longwatch"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenProcess:
    """A process as the database knows it: when it was seen last, and whether it ended because it was deaf."""

    kind: Kind
    name: str
    version: str
    seen_ago: timedelta
    deaf: bool

    @property
    def lives(self) -> bool:
        """Whether it has been seen of late."""
        return self.seen_ago < LIVES and not self.deaf


_SEEN = """
INSERT INTO process (id, kind, name, version) VALUES (:id, :kind, :name, :version)
ON CONFLICT (id) DO UPDATE SET seen_at = lw_now()
"""
_ALL = """
SELECT kind, name, version, lw_now() - seen_at AS seen_ago, deaf_at IS NOT NULL AS deaf
FROM process ORDER BY kind, name, id
"""
_COUNTS = """
SELECT (SELECT count(*) FROM process WHERE kind = 'worker' AND deaf_at IS NULL AND seen_at > lw_now() - :lives),
    (SELECT count(*) FROM process WHERE kind = 'scheduler' AND seen_at > lw_now() - :lives),
    (SELECT count(*) FROM process WHERE deaf_at > lw_now() - :lately)
"""
_GONE = "DELETE FROM process WHERE seen_at < lw_now() - :after RETURNING id, kind"


async def seen(tx: Tx, process: Process) -> None:
    """Write that *process* lives."""
    values = {"id": process.id, "kind": process.kind, "name": process.name, "version": process.version}
    await tx.execute(text(_SEEN), values)


async def ended(tx: Tx, process_id: uuid.UUID) -> None:
    """Forget a process that ends in order, unless it ends because it is deaf."""
    await tx.execute(text("DELETE FROM process WHERE id = :id AND deaf_at IS NULL"), {"id": process_id})


async def deaf(tx: Tx, process_id: uuid.UUID) -> None:
    """Write that a worker ends because it hears nothing."""
    await tx.execute(text("UPDATE process SET deaf_at = lw_now() WHERE id = :id"), {"id": process_id})


async def listed(tx: Tx) -> Sequence[SeenProcess]:
    """Return every process that is remembered."""
    return [SeenProcess(**row) for row in (await tx.execute(text(_ALL))).mappings()]


@dataclass(frozen=True, slots=True)
class Present:
    """How many workers and schedulers live, and how many workers have ended as deaf within the last hour."""

    workers: int
    schedulers: int
    deaf: int


async def present(tx: Tx) -> Present:
    """Return how many of each there are."""
    return Present(*(await tx.execute(text(_COUNTS), {"lives": LIVES, "lately": REMEMBERED})).one())


async def forget_gone(tx: Tx, *, after: timedelta = REMEMBERED) -> Sequence[uuid.UUID]:
    """Forget who has not been seen for so long; return the workers among them."""
    return [gone for gone, kind in await tx.execute(text(_GONE), {"after": after}) if kind == "worker"]
