"""How does one run go? All starts, the producer posts while the nemesis rages, all settles, the ledgers are read."""

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from chaos.database import Database
from chaos.evidence import Evidence
from chaos.gathering import gathered
from chaos.house import House, furnished
from chaos.nemesis import Nemesis
from chaos.pace import Pace
from chaos.plan import Scale, acts
from chaos.producer import Producer, wishes
from chaos.settling import concluded, settled
from chaos.upstream import Upstream

_POSTING_SECONDS = 120.0
_WORTHWHILE, _JOBS_OF_ONE_OPEN = 2, 80


class HouseNotReadyError(Exception):
    """The house did not come up: nothing was tested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run."""

    seed: int
    jobs: int
    scale: Scale

    @property
    def worthwhile(self) -> int:
        """How many creates must be open for a worker to be worth a kill: nine of them are to hit one in ten."""
        return max(_WORTHWHILE, self.jobs // _JOBS_OF_ONE_OPEN)


def run(order: Order, folder: Path) -> Evidence:
    """Run one seed in an empty *folder*; raise HouseNotReadyError if the house does not start."""
    with furnished(folder, order.scale, jobs=order.jobs) as house:
        return asyncio.run(_lived(order, house))


async def _lived(order: Order, house: House) -> Evidence:
    try:
        if not await house.start():
            raise HouseNotReadyError(f"the house did not start: see the logs in {house.folder}")
        return await _tested(order, house)
    finally:
        await house.stop()


async def _tested(order: Order, house: House) -> Evidence:
    database = Database(house.database_url)
    upstream = Upstream(house.upstream_url, seed=order.seed, create_seconds=order.scale.create_seconds)
    await database.watch()
    pace = Pace(database)
    producer = Producer(house.doors(), pace, receiver_url=house.receiver_url)
    nemesis = Nemesis(house, database, upstream, pace, worthwhile=order.worthwhile)
    await _rage(order, pace, producer, nemesis)
    await upstream.heal()
    settled_after = await settled(database)
    await concluded(database)
    ledger = await upstream.ledger()
    evidence = await gathered(
        producer, ledger, database, house.received, harms=nemesis.harms, settled_after=settled_after
    )
    kept = json.dumps(asdict(evidence), default=_as_json, indent=1)
    (house.folder / "evidence.json").write_text(kept, encoding="utf-8")
    return evidence


def _as_json(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


async def _rage(order: Order, pace: Pace, producer: Producer, nemesis: Nemesis) -> None:
    wanted = wishes(order.seed, jobs=order.jobs, seconds=order.scale.seconds)
    async with asyncio.TaskGroup() as group:
        passing = group.create_task(pace.keep())
        posting = group.create_task(producer.post(wanted))
        await nemesis.rage(acts(order.seed, order.scale))
        # Whoever was not answered by then is not accepted, and that is the producer's right to know.
        await asyncio.wait({posting}, timeout=_POSTING_SECONDS)
        for task in (posting, passing):
            task.cancel()
