"""What is due, and who is told? Nudges workers, lane by lane, without ever filling a queue."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from celery import Celery

from longwatch.broker.queues import Nudge, Queue, send
from longwatch.store import due
from longwatch.store.engine import Engine
from scheduler.lengths import QueueLengths

QUEUE_LIMIT = 8
"""Most nudges in a queue: enough for every child of a small fleet, few enough that a dead one finds it short."""

POLL_BATCH = 200
CREATE_BATCH = 5
DELIVERY_BATCH = 20


@dataclass(slots=True)
class Nudges:
    """The duty of nudging; doubled nudges cost one empty claim each."""

    engine: Engine
    app: Celery
    lengths: QueueLengths
    wait: timedelta | None = field(default=None, init=False)
    """How long it was until the next row is due, at the last look: negative if one was; None if nothing is planned."""
    _last: dict[Queue, int] = field(default_factory=dict, init=False)
    """Whose turn it was last: of more busy lanes than a queue takes, the first would have it each time."""
    _hastened: set[int] = field(default_factory=set, init=False)
    """Who was put first in the last round: its nudge may still be in the queue, and another would fill that up."""

    async def run_once(self) -> int:
        """Send nudges for what is due now; return how many rows were seen due. Raise BrokerAwayError."""
        async with self.engine.each_by_itself() as tx:
            seen = await due.look(
                tx,
                polls=POLL_BATCH * QUEUE_LIMIT,
                creates=CREATE_BATCH * QUEUE_LIMIT,
                deliveries=DELIVERY_BATCH * QUEUE_LIMIT,
            )
        self.wait = seen.wait
        if seen.wait is None or seen.wait > timedelta():
            self._hastened = set()
            return 0
        room = await self.lengths.room(QUEUE_LIMIT)
        polls = {lane.lane: _batches(lane.polls, POLL_BATCH) for lane in seen.lanes}
        creates = {lane.lane: _batches(lane.creates, CREATE_BATCH) for lane in seen.lanes}
        lapsed = {lane.lane for lane in seen.lanes if lane.lapsed} - self._hastened
        self._hastened = set()
        self._nudge(Queue.POLL, polls, room[Queue.POLL])
        self._nudge(Queue.CREATE, creates, room[Queue.CREATE], first=lapsed)
        for _ in range(min(_batches(seen.deliveries, DELIVERY_BATCH), room[Queue.DELIVER])):
            send(self.app, Nudge(Queue.DELIVER))
        return seen.deliveries + sum(lane.polls + lane.creates for lane in seen.lanes)

    def _nudge(
        self, queue: Queue, batches: Mapping[int, int], room: int, *, first: AbstractSet[int] = frozenset()
    ) -> None:
        for lane in islice(in_turn(batches, after=self._last.get(queue, 0), first=first), max(room, 0)):
            send(self.app, Nudge(queue, lane))
            if lane in first:
                self._hastened.add(lane)
            else:
                self._last[queue] = lane


def in_turn(batches: Mapping[int, int], *, after: int, first: AbstractSet[int] = frozenset()) -> Iterator[int]:
    """Yield each lane as often as it has batches, one at a time in turn: *first*, then whoever follows *after*.

    A long lane does not take all the room, nor do the first of many lanes.
    """
    order = sorted(batches, key=lambda lane: (lane not in first, lane <= after, lane))
    for turn in range(max(batches.values(), default=0)):
        yield from (lane for lane in order if batches[lane] > turn)


def _batches(rows: int, size: int) -> int:
    return -(-rows // size)
