"""Who does the harm? Takes each track's acts in order, does them, and writes down what it did."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import httpx
import psycopg

from chaos.database import Database
from chaos.evidence import Harm
from chaos.faults import KILLS, LOSES_CREATES, STOPS, STOPS_WORKERS, UPSTREAM, Fault
from chaos.gathering import hooks_in
from chaos.house import House
from chaos.outages import flush, restart
from chaos.pace import Pace
from chaos.plan import Act
from chaos.processes import SIGCONT, SIGKILL, SIGSTOP, Victims, victims
from chaos.receiver import MODE
from chaos.targets import felled, targets
from chaos.upstream import Upstream
from chaos.waiting import until
from longwatch.domain.clock import Clock

_TRIES = 5
_PATIENCE = 60.0
# A worker that is hit while none is at work again proves little, and for as long as all are starting, nothing.
_WORTHWHILE_SECONDS, _SECONDS_OF_ONE_OPEN = 15.0, 4.0
_TURN_SECONDS = 4.0
_FEWEST_CALLS = 2
_FELT_SECONDS = 15.0
_FAILING, _WELL = "503", "204"


class Nemesis:
    """Harms one house; `harms` is what it has done, in the order in which it was over."""

    def __init__(self, house: House, database: Database, upstream: Upstream, pace: Pace, *, worthwhile: int) -> None:
        self._house = house
        self._database = database
        self._upstream = upstream
        self._pace = pace
        self._worthwhile = worthwhile
        self._worthwhile_seconds = max(_WORTHWHILE_SECONDS, worthwhile * _SECONDS_OF_ONE_OPEN)
        self._turn = asyncio.Lock()
        self._clock = Clock()
        self.harms: list[Harm] = []

    async def rage(self, tracks: dict[str, list[Act]]) -> None:
        """Do everything that is planned."""
        async with asyncio.TaskGroup() as group:
            for acts in tracks.values():
                group.create_task(self._follow(acts))

    async def _follow(self, acts: list[Act]) -> None:
        for act in acts:
            await self._pace.reach(act.at)
            tries = iter(range(_TRIES))
            while not await self._attempt(act) and next(tries, None) is not None:
                pass

    async def _attempt(self, act: Act) -> bool:
        """Do *act* and note it; False if there was nothing to do it to."""
        pids = await self._aim(act)
        with victims(pids, self._house.data_dir) as aimed:
            if act.fault in STOPS_WORKERS:
                await self._wait_for_my_turn()
            opened = await self._open_creates() if act.fault in LOSES_CREATES else frozenset()
            fallen = felled(self._house, act, pids)
            at = self._clock.now()
            if not await self._harm(act, aimed):
                return False
        over = self._clock.now()
        self.harms.append(Harm(fault=act.fault, at=at, until=over, open_creates=opened, felled=fallen))
        return True

    async def _aim(self, act: Act) -> list[int]:
        async def there() -> list[int]:
            return targets(self._house, act)

        aimed = act.fault in KILLS | STOPS
        return (await until(there, within=_PATIENCE) if aimed else None) or []

    async def _wait_for_my_turn(self) -> None:
        """Wait for a moment at which workers are at work: the next one who waits sees what came of this act."""
        await self._turn.acquire()
        await self._pace.motion(within=_PATIENCE)
        await until(self._is_worthwhile, within=self._worthwhile_seconds)
        asyncio.get_running_loop().call_later(_TURN_SECONDS, self._turn.release)

    async def _is_worthwhile(self) -> bool:
        return len(await self._open_creates()) >= self._worthwhile

    async def _open_creates(self) -> frozenset[str]:
        try:
            return await self._database.open_creates()
        except psycopg.OperationalError:
            return frozenset()

    async def _harm(self, act: Act, aimed: Victims) -> bool:
        if act.fault in KILLS:
            return aimed.send(SIGKILL) > 0
        if act.fault in STOPS:
            return await _stopped(aimed, act.lasts)
        if act.fault in UPSTREAM:
            return await self._spoil(act)
        return await self._disturb(act)

    async def _disturb(self, act: Act) -> bool:
        match act.fault:
            case Fault.RECEIVER_FAILS:
                return await self._deafen(act)
            case Fault.CLOCK:
                return await self._move_clock(timedelta(seconds=act.lasts))
            case Fault.FLUSHALL:
                return await flush(self._house.broker_url)
        return await restart(self._house, act)

    async def _spoil(self, act: Act) -> bool:
        await self._upstream.begin(act.fault)
        await self._while_felt(partial(self._upstream.met, act.fault), act)
        await self._upstream.end(act.fault)
        return True

    async def _deafen(self, act: Act) -> bool:
        async with httpx.AsyncClient(base_url=self._house.receiver_url, trust_env=False, timeout=30) as receiver:
            await receiver.put(MODE, content=_FAILING)
            await self._while_felt(self._webhooks, act)
            await receiver.put(MODE, content=_WELL)
        return True

    async def _while_felt(self, calls: Callable[[], Awaitable[int]], act: Act) -> None:
        """Let *act* last its time, and a while longer if hardly any *calls* have met it by then."""
        before = await calls()

        async def felt() -> bool:
            return await calls() >= before + _FEWEST_CALLS

        begun = self._pace.elapsed
        await self._pace.reach(begun + act.lasts)
        await until(felt, within=_FELT_SECONDS)

    async def _webhooks(self) -> int:
        return len(hooks_in(self._house.received))

    async def _move_clock(self, by: timedelta) -> bool:
        try:
            await self._database.move_clock(by)
        except psycopg.OperationalError:
            await asyncio.sleep(1)
            return False
        return True


async def _stopped(aimed: Victims, seconds: float) -> bool:
    stopped = aimed.send(SIGSTOP)
    try:
        await asyncio.sleep(seconds if stopped else 0)
    finally:
        aimed.send(SIGCONT)
    return stopped > 0
