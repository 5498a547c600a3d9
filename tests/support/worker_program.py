"""A worker that dies where it is told: `python -m tests.support.worker_program DATABASE_URL UPSTREAM_URL POINT`."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.upstream.client import InteractionsClient
from longwatch.upstream.http import Timeouts
from longwatch.upstream.outcomes import CancelOutcome, CreateOutcome, ReadOutcome
from tests.support.house import Upstream, a_client, house


@dataclass(frozen=True, slots=True)
class Moment:
    """The commit of a transaction that holds a statement with *words*: just before it, or just after."""

    words: str
    committed: bool


MOMENTS = {
    "intent about to be committed": Moment("INSERT INTO interaction", committed=False),
    "answer about to be committed": Moment("UPDATE interaction SET upstream_id", committed=False),
    "answer committed": Moment("UPDATE interaction SET upstream_id", committed=True),
    "bytes about to be committed": Moment("INSERT INTO result", committed=False),
    "bytes committed": Moment("INSERT INTO result", committed=True),
    "end about to be committed": Moment("finished_at = lw_now()", committed=False),
    "end committed": Moment("finished_at = lw_now()", committed=True),
    "attempt about to be committed": Moment("INSERT INTO delivery_attempt", committed=False),
}


class MortalClient(InteractionsClient):
    """Kills its process, as an out-of-memory killer would, at one point of its work."""

    point = ""

    async def create(self, body: bytes, key: str) -> CreateOutcome:
        """Create, and die before or after it."""
        self._die_at("intent committed")
        outcome = await super().create(body, key)
        self._die_at("answer read")
        return outcome

    async def get(self, interaction_id: str, key: str) -> ReadOutcome:
        """Read, and die after it."""
        outcome = await super().get(interaction_id, key)
        self._die_at("run read")
        return outcome

    async def cancel(self, interaction_id: str, key: str) -> CancelOutcome:
        """Cancel, and die after it."""
        outcome = await super().cancel(interaction_id, key)
        self._die_at("cancel sent")
        return outcome

    def _die_at(self, point: str) -> None:
        if self.point == point:
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_around_commit(engine: AsyncEngine, moment: Moment) -> None:
    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def mark(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        connection.info["doomed"] = connection.info.get("doomed", False) or moment.words in statement

    @event.listens_for(engine.sync_engine, "commit")
    def before(connection: Any) -> None:
        if connection.info.get("doomed") and not moment.committed:
            _die()

    @event.listens_for(engine.sync_engine, "checkin")
    def after(_connection: Any, record: Any) -> None:
        if record.info.get("doomed"):
            _die()


async def main(database_url: str, upstream_url: str, point: str) -> None:
    """Do what is due, over and over, until the end."""
    async with house(database_url, Upstream(upstream_url), webhook_allow="127.0.0.0/8") as home:
        client = a_client(home.runtime.settings, Timeouts(), kind=MortalClient)
        client.point = point
        home.runtime.upstream = client
        if point in MOMENTS:
            _die_around_commit(home.runtime.engine, MOMENTS[point])
        while True:
            await home.pump()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
