"""What has a stream said that is not kept yet?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from longwatch.upstream.streaming import Said

GATHER_SECONDS: Final = 0.2


@dataclass(slots=True)
class Inbox:
    """The events of one open stream, from whoever reads it to whoever keeps them."""

    _said: list[Said] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _over: bool = False

    async def fill(self, said: AsyncIterator[Said]) -> None:
        """Take in what is *said*; raise what ends it early. Either way there is nothing more to wait for."""
        try:
            async for event in said:
                self._said.append(event)
                self._changed.set()
        finally:
            self._over = True
            self._changed.set()

    async def batches(self) -> AsyncIterator[list[Said]]:
        """Yield what has come, some at a time, until it is over."""
        while not self._over or self._said:
            await self._changed.wait()
            if not self._over:
                await asyncio.sleep(GATHER_SECONDS)
            said, self._said = self._said, []
            if not self._over:
                self._changed.clear()
            yield said
