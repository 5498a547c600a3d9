"""How is an interaction streamed? Server-sent events of the asked revision, taken up again after any of them."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Response
from starlette.responses import StreamingResponse

from api.context import Context
from api.door.errors import invalid
from api.door.events import Reel
from api.door.reading import Standing
from longwatch.domain.errors import GoneError, NotFoundError
from longwatch.upstream.revisions.interactions import Revision
from longwatch.upstream.revisions.streams import DONE, LegacyStream, written

Place = tuple[int, int]

START: Final[Place] = (-1, 0)
_TOKEN = re.compile(r"lw_(\d{1,9})_(\d{1,9})")
_STILL_HERE: Final = b": still here\n\n"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def place_after(event_id: str | None) -> Place:
    """Return the place of the event with this id; raise DoorError if it is none of ours."""
    if not event_id:
        return START
    if found := _TOKEN.fullmatch(event_id):
        return int(found[1]), int(found[2])
    raise invalid("'last_event_id' is no event's id. Send the `event_id` of the last event that came, or leave it out.")


@dataclass(slots=True)
class Writer:
    """Writes events in one revision, from the place *after* which the reader wants them."""

    revision: Revision
    after: Place
    _legacy: LegacyStream | None = field(init=False)

    def __post_init__(self) -> None:
        """Begin the translation that a legacy reader needs."""
        self._legacy = None if self.revision == "steps" else LegacyStream(self.revision)

    def write(self, position: int, event: Mapping[str, Any]) -> bytes:
        """Return *event* as bytes; empty for what the reader has, or what its revision does not say."""
        said = [event] if self._legacy is None else self._legacy.translate(event)
        parts = ((position, part) for part in range(len(said)))
        return b"".join(
            written(item, event_id=f"lw_{place[0]}_{place[1]}")
            for place, item in zip(parts, said, strict=True)
            if place > self.after
        )


def streamed(
    here: Context,
    project: str,
    standing: Standing,
    writer: Writer,
    *,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the stream of the interaction that *standing* shows."""
    chunks = _chunks(here, project, standing, writer)
    return StreamingResponse(chunks, media_type="text/event-stream", headers={**_HEADERS, **(headers or {})})


async def _chunks(here: Context, project: str, standing: Standing, writer: Writer) -> AsyncIterator[bytes]:
    reel = Reel(here, project, standing.id)
    with here.feeds.watch(standing.found.job_id) as watch:
        try:
            async for placed in reel.events(watch, standing):
                yield _STILL_HERE if placed is None else writer.write(*placed)
        except (NotFoundError, GoneError) as error:
            yield written({"event_type": "error", "error": {"code": "not_found", "message": error.detail}}, event_id="")
            return
    if not here.feeds.closed:
        yield DONE
