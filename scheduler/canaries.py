"""Does the queue carry to every worker? Sends canaries through each queue, and forgets who is gone."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

import psycopg
from celery import Celery

from longwatch.broker.canaries import forget_queue, send_canary
from longwatch.broker.queues import QUEUES
from longwatch.domain.hearing import TURNS
from longwatch.store import canaries, processes
from longwatch.store.canaries import Turn
from longwatch.store.engine import Engine
from longwatch.store.processes import a_process
from scheduler.lengths import QueueLengths
from scheduler.nudges import QUEUE_LIMIT

_LOOKS = 4
"""How often within the time between two canaries it is looked whose turn it is."""


def pace(deaf_after: timedelta) -> timedelta:
    """Return how often it is looked whose turn it is."""
    return deaf_after / TURNS / _LOOKS


class Canaries:
    """The duty of sending canaries; of several schedulers, one sends each."""

    def __init__(self, engine: Engine, app: Celery, lengths: QueueLengths, *, deaf_after: timedelta) -> None:
        self._engine = engine
        self._app = app
        self._lengths = lengths
        self._every = deaf_after / TURNS
        self._self = a_process("scheduler")

    async def run_once(self) -> int:
        """Send what is due; nothing here is ever a reason to hurry. Raise BrokerAwayError."""
        await self._round()
        return 0

    async def close(self) -> None:
        """Say that this scheduler ends; while the database is away, it is found out in time."""
        with suppress(psycopg.Error, OSError, TimeoutError):
            async with self._engine.begin() as tx:
                await processes.ended(tx, self._self.id)

    async def _round(self) -> None:
        async with self._engine.begin() as tx:
            await processes.seen(tx, self._self)
            gone = await processes.forget_gone(tx)
            for queue in QUEUES:
                await canaries.open_queue(tx, queue.value)
            due = await canaries.turns(tx, every=self._every)
        for worker in gone:
            forget_queue(self._app, worker)
        for turn in await self._with_room(due):
            await self._send(turn)

    async def _with_room(self, due: Iterable[Turn]) -> list[Turn]:
        """Return those that do not lengthen a queue that nobody empties."""
        room = {queue.value: left for queue, left in (await self._lengths.room(QUEUE_LIMIT)).items()}
        return [turn for turn in due if room.get(turn.queue, 1) > 0]

    async def _send(self, turn: Turn) -> None:
        send_canary(self._app, turn.queue, turn.number)
        async with self._engine.begin() as tx:
            await canaries.sent(tx, turn)
