"""What does a reader of a stream get? Our opening, the upstream's steps as they come, and the stored end."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from api.context import Context
from api.door.feeds import Watch
from api.door.reading import Standing, read
from longwatch.store import streams
from longwatch.store.streams import KeptEvent
from longwatch.upstream.document import parse
from longwatch.upstream.replay import Told, completion, opening

Placed = tuple[int, dict[str, Any]]

KEEP_ALIVE_SECONDS: Final = 15.0
_PATIENCE_SECONDS: Final = 10.0
_PAGE: Final = 500
# The job's story and the document tell these, so that they agree with what a read says.
_OURS_TO_TELL: Final = frozenset(
    {"interaction.created", "interaction.status_update", "interaction.completed", "error"},
)


@dataclass(slots=True)
class Reel:
    """One pass over an interaction's events, from the first on; each keeps its place for every reader."""

    here: Context
    project: str
    name: str
    _told: Told = field(default_factory=Told)
    _position: int = 0

    async def events(self, watch: Watch, standing: Standing) -> AsyncIterator[Placed | None]:
        """Yield each event at its place as it comes, up to the last; None while there is nothing new."""
        await self._follow(standing)
        beginning = opening(standing.document)
        for placed in enumerate(beginning):
            yield placed
        while not self.here.feeds.closed:
            standing = await read(self.here, self.project, self.name)
            kept = await self._kept(standing)
            for event in kept:
                if (step := self._placed(event, len(beginning))) is not None:
                    yield step
            if kept:
                continue
            if await self._over(standing):
                for placed in self._last(standing, len(beginning)):
                    yield placed
                return
            if not await watch.moved(within=KEEP_ALIVE_SECONDS if not standing.ended else 1.0):
                yield None

    async def _kept(self, standing: Standing) -> list[KeptEvent]:
        if standing.found.streamed_id is None:
            return []
        async with self.here.engine.begin() as tx:
            return await streams.page(tx, standing.found.streamed_id, position=self._position, limit=_PAGE)

    def _placed(self, event: KeptEvent, offset: int) -> Placed | None:
        self._position = event.position + 1
        document = parse(event.data) or {}
        self._told.add(document)
        return None if document.get("event_type") in _OURS_TO_TELL else (event.position + offset, document)

    async def _follow(self, standing: Standing) -> None:
        """Have what is still to come be kept, whoever goes on reading it."""
        found = standing.found
        if not standing.ended and not found.followed and not found.sealed:
            async with self.here.engine.begin() as tx:
                await streams.follow(tx, found.job_id, found.streamed_id)

    async def _over(self, standing: Standing) -> bool:
        """Return whether nothing more will be kept; otherwise see to it that it is, or in the end that it is not."""
        found = standing.found
        if standing.ended and (found.sealed or found.streamed_id is None):
            return True
        await self._follow(standing)
        if standing.ended and found.streamed_id is not None and not _awaited(standing):
            async with self.here.engine.begin() as tx:
                await streams.seal(tx, found.streamed_id)
        return False

    def _last(self, standing: Standing, offset: int) -> Iterator[Placed]:
        yield from enumerate(completion(standing.document, self._told), self._position + offset)


def _awaited(standing: Standing) -> bool:
    """Return whether the follower may still bring the stream's own end."""
    age = standing.found.ended_age
    return standing.found.followed and age is not None and age.total_seconds() < _PATIENCE_SECONDS
