"""What is due, and who is told? Nudges workers, lane by lane, without ever filling a queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from celery import Celery
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.broker.queues import Nudge, Queue, send
from longwatch.store import due
from longwatch.store.due import LaneDue
from scheduler.lengths import QueueLengths

QUEUE_LIMIT = 8
"""Most nudges in a queue: enough for every child of a small fleet, few enough that a dead one finds it short."""

POLL_BATCH = 200
CREATE_BATCH = 5
DELIVERY_BATCH = 20


@dataclass(frozen=True, slots=True)
class Nudges:
    """The duty of nudging; doubled nudges cost one empty claim each."""

    engine: AsyncEngine
    app: Celery
    lengths: QueueLengths

    async def run_once(self) -> int:
        """Send nudges for what is due now; return how many rows were seen due. Raise BrokerAwayError."""
        async with self.engine.begin() as tx:
            lanes = await due.lanes_due(tx, polls=POLL_BATCH * QUEUE_LIMIT, creates=CREATE_BATCH * QUEUE_LIMIT)
            deliveries = await due.deliveries_due(tx, limit=DELIVERY_BATCH * QUEUE_LIMIT)
        room = await self.lengths.room(QUEUE_LIMIT)
        for nudge in (*_fair(lanes), *([Nudge(Queue.DELIVER)] * _batches(deliveries, DELIVERY_BATCH))):
            if room[nudge.queue] > 0:
                send(self.app, nudge)
                room[nudge.queue] -= 1
        return deliveries + sum(lane.polls + lane.creates for lane in lanes)


def _fair(lanes: list[LaneDue]) -> Iterator[Nudge]:
    """Yield each lane's nudges in turn, so that a long lane does not take all the room."""
    wanted = [
        [
            *([Nudge(Queue.POLL, lane.lane)] * _batches(lane.polls, POLL_BATCH)),
            *([Nudge(Queue.CREATE, lane.lane)] * _batches(lane.creates, CREATE_BATCH)),
        ]
        for lane in lanes
    ]
    for turn in zip_longest(*wanted):
        yield from (nudge for nudge in turn if nudge is not None)


def _batches(rows: int, size: int) -> int:
    return -(-rows // size)
