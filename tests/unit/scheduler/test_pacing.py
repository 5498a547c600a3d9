"""Are duties done as rarely as they should be, and none held up by another?"""

import asyncio
from datetime import timedelta

import pytest

from scheduler.pacing import Beside, NowAndThen
from tests.support.hand import Hand
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

EVERY = timedelta(seconds=60)


class Work:
    """A duty that counts its rounds, and holds or fails as it is told."""

    def __init__(self) -> None:
        self.rounds = self.open = self.most_open = 0
        self.begun = asyncio.Event()
        self.going = asyncio.Event()
        self.going.set()
        self.fails = False

    async def run_once(self) -> int:
        self.rounds += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self.begun.set()
        await self.going.wait()
        self.open -= 1
        if self.fails:
            raise LookupError
        return 7


async def begun(duty: Beside, work: Work) -> None:
    assert await duty.run_once() == 0
    await asyncio.wait_for(work.begun.wait(), 10)


async def test_it_is_done_at_once_and_then_when_its_time_has_passed() -> None:
    work, hand = Work(), Hand([100.0])
    duty = NowAndThen(work, every=EVERY, clock=hand)
    done = []
    for moment in (100, 100.1, 159.9, 160, 160.1, 500):
        hand.at[0] = moment
        done.append(await duty.run_once())
    assert done == [7, 0, 0, 7, 0, 7]


async def test_a_round_that_fails_is_not_tried_again_before_its_time() -> None:
    work, hand = Work(), Hand([100.0])
    work.fails = True
    duty = NowAndThen(work, every=EVERY, clock=hand)
    with pytest.raises(LookupError):
        await duty.run_once()
    assert await duty.run_once() == 0


async def test_beside_the_others_one_round_at_a_time_is_under_way() -> None:
    work = Work()
    work.going.clear()
    duty = Beside(work)
    await begun(duty, work)
    assert [await duty.run_once() for _ in range(5)] == [0] * 5
    work.going.set()

    async def again() -> bool:
        rounds = work.rounds
        await duty.run_once()
        return rounds > 1

    await eventually_async(again)
    assert work.most_open == 1
    await duty.close()


async def test_a_round_that_failed_beside_the_others_is_not_kept_quiet() -> None:
    work = Work()
    work.fails = True
    duty = Beside(work)
    await begun(duty, work)
    with pytest.raises(LookupError):
        await eventually_async(lambda: turned(duty))


async def turned(duty: Beside) -> bool:
    await duty.run_once()
    return False


async def test_at_the_end_the_round_under_way_is_broken_off() -> None:
    work = Work()
    work.going.clear()
    duty = Beside(work)
    await duty.close()
    await begun(duty, work)
    [under_way] = [task for task in asyncio.all_tasks() if task.get_name() == "Work"]
    await duty.close()
    assert (work.rounds, under_way.cancelled()) == (1, True)
