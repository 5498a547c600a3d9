"""A worker that dies, or freezes, where it is told.

`python -m tests.support.worker_program DATABASE_URL UPSTREAM_URL POINT [SIGNAL LEASE_SECONDS]`
"""

import asyncio
import os
import sys
from dataclasses import dataclass
from signal import Signals
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.upstream.client import InteractionsClient
from longwatch.upstream.http import Timeouts
from longwatch.upstream.outcomes import CancelOutcome, CreateOutcome, ReadOutcome
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


def _meet_at_commits(engine: AsyncEngine, fate: Fate, moment: Moment) -> None:
    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def mark(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        connection.info["fated"] = connection.info.get("fated", False) or moment.words in statement

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def alone(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        by_itself = connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
        if by_itself and moment.words in statement and not moment.committed:
            fate.meet(fate.point)

    @event.listens_for(engine.sync_engine, "commit")
    def before(connection: Any) -> None:
        if connection.info.get("fated") and not moment.committed:
            fate.meet(fate.point)

    @event.listens_for(engine.sync_engine, "checkin")
    def after(_connection: Any, record: Any) -> None:
        if record.info.pop("fated", False):
            fate.meet(fate.point)


async def main(database_url: str, upstream_url: str, fate: Fate, lease: str) -> None:
    """Do what is due, over and over, until the end."""
    async with house(database_url, Upstream(upstream_url), webhook_allow="127.0.0.0/8", lease=lease) as home:
        client = a_client(home.runtime.settings, Timeouts(), kind=MortalClient)
        client.fate = fate
        home.runtime.upstream = client
        if fate.point in MOMENTS:
            _meet_at_commits(home.runtime.engine, fate, MOMENTS[fate.point])
        while True:
            await home.pump()


if __name__ == "__main__":
    _, database, upstream, point, *more = sys.argv
    by, seconds = more or ("SIGKILL", "30")
    asyncio.run(main(database, upstream, Fate(point, Signals[by]), seconds))
