"""Which events are in a stream of bytes? As much of the server-sent events format as our API writes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a job: its sequence (0 for the closing one), its type, and what the API says of it."""

    sequence: int
    type: str
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """What the event is about."""
        found: dict[str, Any] = self.body.get("data") or {}
        return found


class EventReader:
    """Takes a stream's chunks, however they are cut, and gives its events; comments are passed over."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that *chunk* completes."""
        *blocks, self._rest = (self._rest + chunk).split(b"\n\n")
        for block in blocks:
            fields = _fields(block)
            if "event" in fields:
                yield Event(
                    sequence=int(fields.get("id", "0")),
                    type=fields["event"],
                    body=json.loads(fields.get("data", "{}")),
                )


def _fields(block: bytes) -> dict[str, str]:
    lines = (line.partition(b":") for line in block.split(b"\n"))
    return {name.decode(): value.removeprefix(b" ").decode() for name, _, value in lines if name}
