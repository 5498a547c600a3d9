"""A worker that dies, or freezes, where it is told.

`python -m tests.support.worker_program DATABASE_URL UPSTREAM_URL POINT [SIGNAL LEASE_SECONDS]`
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from signal import Signals
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import event

from longwatch.store.engine import Engine, Tx
from longwatch.upstream.client import InteractionsClient
from longwatch.upstream.http import Timeouts
from longwatch.upstream.outcomes import CancelOutcome, CreateOutcome, ReadOutcome
from tests.support.cursors import watched
from tests.support.house import Upstream, a_client, house


@dataclass(frozen=True, slots=True)
class Moment:
    """The commit of a transaction that holds a statement with *words*: just before it, or just after.

    A statement that commits by itself is met before it is sent, or after its connection was given back.
    """

    words: str
    committed: bool


MOMENTS = {
    "intent about to be committed": Moment("INSERT INTO interaction", committed=False),
    "intent committed": Moment("INSERT INTO interaction", committed=True),
    "answer about to be committed": Moment("UPDATE interaction SET upstream_id", committed=False),
    "answer committed": Moment("UPDATE interaction SET upstream_id", committed=True),
    "bytes about to be committed": Moment("INSERT INTO result", committed=False),
    "bytes committed": Moment("INSERT INTO result", committed=True),
    "end about to be committed": Moment("finished_at = lw_now()", committed=False),
    "end committed": Moment("finished_at = lw_now()", committed=True),
    "attempt about to be committed": Moment("INSERT INTO delivery_attempt", committed=False),
}


@dataclass(slots=True)
class Fate:
    """Signals our own process, as an out-of-memory killer or a paused machine would, once, at one *point*."""

    point: str
    signal: Signals = Signals.SIGKILL
    met: bool = False

    def meet(self, point: str) -> None:
        """Take the signal if this is the point."""
        if self.point == point and not self.met:
            self.met = True
            os.kill(os.getpid(), self.signal)


class MortalClient(InteractionsClient):
    """Meets its fate at points of a conversation with the upstream."""

    fate = Fate("")

    async def create(self, body: bytes, key: str) -> CreateOutcome:
        """Create, and meet it before or after."""
        self.fate.meet("request about to be sent")
        outcome = await super().create(body, key)
        self.fate.meet("answer read")
        return outcome

    async def get(self, interaction_id: str, key: str) -> ReadOutcome:
        """Read, and meet it after."""
        outcome = await super().get(interaction_id, key)
        self.fate.meet("run read")
        return outcome

    async def cancel(self, interaction_id: str, key: str) -> CancelOutcome:
        """Cancel, and meet it after."""
        outcome = await super().cancel(interaction_id, key)
        self.fate.meet("cancel sent")
        return outcome


@contextmanager
def _meeting_at_commits(engine: Engine, fate: Fate, moment: Moment) -> Iterator[None]:
    fated: set[Any] = set()
    begin = engine.begin

    def alone(cursor: Any, statement: str, _values: Any) -> None:
        by_itself = cursor.connection.info.transaction_status is TransactionStatus.IDLE
        if by_itself and moment.words in statement and not moment.committed:
            fate.meet(fate.point)

    def mark(cursor: Any, statement: str, _values: Any) -> None:
        if moment.words in statement:
            fated.update((cursor.connection, asyncio.current_task()))

    @asynccontextmanager
    async def mortal() -> AsyncIterator[Tx]:
        async with begin() as tx:
            yield tx
            if asyncio.current_task() in fated and not moment.committed:
                fate.meet(fate.point)

    @event.listens_for(engine.pool, "checkin")
    def given_back(connection: Any, _record: Any) -> None:
        if connection is not None and connection.driver_connection in fated:
            fate.meet(fate.point)

    engine.begin = mortal
    with watched(engine, before=alone, after=mark):
        yield


async def main(database_url: str, upstream_url: str, fate: Fate, lease: str) -> None:
    """Do what is due, over and over, until the end."""
    async with house(database_url, Upstream(upstream_url), webhook_allow="127.0.0.0/8", lease=lease) as home:
        client = a_client(home.runtime.settings, Timeouts(), kind=MortalClient)
        client.fate = fate
        home.runtime.upstream = client
        with ExitStack() as stack:
            if fate.point in MOMENTS:
                stack.enter_context(_meeting_at_commits(home.runtime.engine, fate, MOMENTS[fate.point]))
            while True:
                await home.pump()


if __name__ == "__main__":
    _, database, upstream, point, *more = sys.argv
    by, seconds = more or ("SIGKILL", "30")
    asyncio.run(main(database, upstream, Fate(point, Signals[by]), seconds))
