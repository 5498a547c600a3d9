"""How often does an engine wait for the server? Counted on the wire, by what libpq's own trace says came back."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from longwatch.store.engine import Engine


@dataclass(slots=True)
class RoundTrips:
    """What was said on the wire, once the block is over."""

    trace: str = ""

    def count(self) -> int:
        """Return how often the server said that it was ready for more."""
        return self.trace.count("ReadyForQuery")


@contextmanager
def round_trips(engine: Engine) -> Iterator[RoundTrips]:
    """Count what *engine* says on connections that it takes within the block."""
    traced: list[Any] = []
    trips = RoundTrips()
    with tempfile.NamedTemporaryFile("r") as file:

        def trace(connection: Any, *_: Any) -> None:
            wire = connection.driver_connection.pgconn
            wire.trace(os.open(file.name, os.O_WRONLY | os.O_APPEND))
            traced.append(wire)

        event.listen(engine.pool, "checkout", trace)
        try:
            yield trips
        finally:
            event.remove(engine.pool, "checkout", trace)
            for wire in traced:
                wire.untrace()
            trips.trace = Path(file.name).read_text(encoding="utf-8", errors="replace")
