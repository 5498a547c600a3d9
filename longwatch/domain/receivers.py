"""Who may be told now? However many attempts hang at one receiver, there is room for the others'."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ORIGIN: Final = "^[^/?#]+//[^/?#]+"
"""What tells receivers apart, as Python and PostgreSQL both read it, in lower case: scheme, host and port."""


class Attempts:
    """The attempts under way, by receiver.

    A receiver may have as many as there is room left for: one that hangs takes half of the room, a second one half of
    what is left. (Dynamic thresholds, as switches share a buffer: Choudhury and Hahne, 1998.)
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._under_way: Counter[str] = Counter()

    def allow(self, url: str) -> bool:
        """Say whether one more attempt may be made at *url*."""
        return self._under_way[_origin(url)] < self._room

    def crowded(self) -> list[str]:
        """Return the origins of which no more may be tried now."""
        return [origin for origin, number in self._under_way.items() if number >= self._room]

    @contextmanager
    def one_more(self, url: str) -> Iterator[None]:
        """Count an attempt at *url* while the block runs."""
        origin = _origin(url)
        self._under_way[origin] += 1
        try:
            yield
        finally:
            self._under_way[origin] -= 1
            if not self._under_way[origin]:
                del self._under_way[origin]

    @property
    def _room(self) -> int:
        return self._most - self._under_way.total()


def _origin(url: str) -> str:
    found = re.match(ORIGIN, url)
    return (found[0] if found else url).lower()
