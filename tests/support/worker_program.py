"""A worker that dies where it is told: `python -m tests.support.worker_program DATABASE_URL UPSTREAM_URL POINT`."""

import asyncio
import os
import signal
import sys

from longwatch.upstream.client import InteractionsClient
from longwatch.upstream.http import Timeouts
from longwatch.upstream.outcomes import CreateOutcome, ReadOutcome
from tests.support.house import Upstream, a_client, house


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

    def _die_at(self, point: str) -> None:
        if self.point == point:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(database_url: str, upstream_url: str, point: str) -> None:
    """Do what is due, over and over, until the end."""
    async with house(database_url, Upstream(upstream_url)) as home:
        client = a_client(home.runtime.settings, Timeouts(), kind=MortalClient)
        client.point = point
        home.runtime.upstream = client
        while True:
            await home.pump()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
