"""All the parts of one installation: started stage by stage, stopped turn by turn."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import groupby

from longwatch.supervisor.unit import Unit


class Fleet:
    """Units in stages; the units of one stage start together, once the stage before is ready."""

    def __init__(self, stages: Sequence[Sequence[Unit]]) -> None:
        self.stages = stages
        self.units = [unit for stage in stages for unit in stage]
        self.is_ready = False

    @property
    def pids(self) -> dict[str, int]:
        """The pid of each part that runs now."""
        return {unit.part.name: unit.pid for unit in self.units if unit.pid is not None}

    def watch(self, changed: Callable[[], None]) -> None:
        """Have *changed* called whenever a part has become ready, again too."""
        for unit in self.units:
            unit.on_ready = changed

    async def start(self) -> None:
        """Start every stage; raise the StartError of the first part that fails."""
        for stage in self.stages:
            await start_together(stage)
        self.is_ready = True

    async def stop(self) -> None:
        """Stop every part, each turn once the turn before has ended."""
        in_turn = sorted(self.units, key=lambda unit: unit.part.turn)
        for _, units in groupby(in_turn, key=lambda unit: unit.part.turn):
            await asyncio.gather(*(unit.stop() for unit in units))

    def kill(self) -> None:
        """Kill every part now."""
        for unit in self.units:
            unit.kill()


async def start_together(stage: Sequence[Unit]) -> None:
    """Start the units of one stage; raise the StartError of the first that fails."""
    await asyncio.gather(*(unit.start() for unit in stage))
