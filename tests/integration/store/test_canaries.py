"""Do the counts of canaries tell what came through, in whatever order it is written?"""

from datetime import timedelta

import pytest

from longwatch.domain import ids
from longwatch.store import canaries, processes
from longwatch.store.canaries import Turn
from longwatch.store.engine import Engine
from longwatch.store.processes import Process
from tests.support.store import advance, read

pytestmark = pytest.mark.anyio

EVERY = timedelta(seconds=15)
QUEUE = "a-queue"
WORKER = Process(id=ids.new(), kind="worker", name="host:1", version="1.0.0")


async def opened(engine: Engine) -> None:
    async with engine.begin() as tx:
        await processes.seen(tx, WORKER)
        await canaries.open_queue(tx, QUEUE, process_id=WORKER.id)


async def turns(engine: Engine) -> list[Turn]:
    async with engine.begin() as tx:
        return list(await canaries.turns(tx, every=EVERY))


async def send(engine: Engine) -> Turn:
    [turn] = await turns(engine)
    async with engine.begin() as tx:
        await canaries.sent(tx, turn)
    return turn


async def hear(engine: Engine, turn: Turn) -> None:
    async with engine.begin() as tx:
        await canaries.heard(tx, turn)


async def missed(engine: Engine) -> tuple[int, int]:
    """Return how many are unheard, and for how many seconds."""
    async with engine.begin() as tx:
        found = await canaries.unheard_by(tx, WORKER.id)
    return (0, 0) if found is None else (found.missed, round(found.since.total_seconds()))


async def test_what_does_not_come_through_is_counted_from_the_first_of_it(engine: Engine) -> None:
    await opened(engine)
    for _ in range(3):
        await send(engine)
        await advance(engine, EVERY)
    assert await missed(engine) == (3, 45)


async def test_one_that_comes_through_clears_those_that_were_lost_before_it(engine: Engine) -> None:
    await opened(engine)
    for _ in range(2):
        await send(engine)
        await advance(engine, EVERY)
    await hear(engine, await send(engine))
    assert await missed(engine) == (0, 0)


async def test_one_that_comes_late_does_not_hide_those_that_are_missing(engine: Engine) -> None:
    await opened(engine)
    first = await send(engine)
    for _ in range(3):
        await advance(engine, EVERY)
        await send(engine)
    await hear(engine, first)
    assert await missed(engine) == (3, 45)


async def test_one_that_is_heard_before_it_is_written_as_sent_is_not_missing(engine: Engine) -> None:
    await opened(engine)
    [turn] = await turns(engine)
    await hear(engine, turn)
    async with engine.begin() as tx:
        await canaries.sent(tx, turn)
    assert await missed(engine) == (0, 0)
    await advance(engine, EVERY)
    assert (await send(engine)).number == 2


async def test_one_that_the_broker_did_not_take_is_never_missing(engine: Engine) -> None:
    await opened(engine)
    await turns(engine)
    await advance(engine, timedelta(minutes=5))
    assert await missed(engine) == (0, 0)


async def test_each_turn_is_taken_once_and_not_before_its_time(engine: Engine) -> None:
    await opened(engine)
    assert len(await turns(engine)) == 1
    assert await turns(engine) == []
    await advance(engine, EVERY)
    assert len(await turns(engine)) == 1


async def test_nothing_is_sent_to_a_worker_that_is_gone_or_deaf(engine: Engine) -> None:
    await opened(engine)
    await advance(engine, timedelta(seconds=61))
    assert await turns(engine) == []
    async with engine.begin() as tx:
        await processes.seen(tx, WORKER)
        await processes.deaf(tx, WORKER.id)
    assert await turns(engine) == []


async def test_a_queue_of_work_is_sent_to_whoever_is_there(engine: Engine) -> None:
    async with engine.begin() as tx:
        await canaries.open_queue(tx, QUEUE)
        await canaries.open_queue(tx, QUEUE)
    await send(engine)
    await advance(engine, EVERY)
    async with engine.begin() as tx:
        assert (await canaries.unheard(tx))[QUEUE] >= EVERY


async def test_who_ends_in_order_is_forgotten_and_who_was_deaf_is_remembered_for_an_hour(engine: Engine) -> None:
    deaf = Process(id=ids.new(), kind="worker", name="host:2", version="1.0.0")
    async with engine.begin() as tx:
        for process in (WORKER, deaf):
            await processes.seen(tx, process)
        await processes.deaf(tx, deaf.id)
        for process in (WORKER, deaf):
            await processes.ended(tx, process.id)
        [left] = await processes.listed(tx)
        assert (left.name, left.deaf, left.lives) == ("host:2", True, False)
    await advance(engine, timedelta(minutes=61))
    async with engine.begin() as tx:
        assert await processes.forget_gone(tx) == [deaf.id]
        assert await processes.listed(tx) == []


async def test_the_canaries_of_a_forgotten_worker_go_with_it(engine: Engine) -> None:
    await opened(engine)
    await advance(engine, timedelta(minutes=61))
    async with engine.begin() as tx:
        await processes.forget_gone(tx)
    assert await read(engine, "SELECT FROM canary") == []
