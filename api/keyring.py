"""Whom may this key act for? Asked of the database, remembered for a few seconds."""

from dataclasses import dataclass, field

from longwatch.domain.clock import Clock
from longwatch.store import keys
from longwatch.store.engine import Engine
from longwatch.store.keys import Caller

FIRST_PROJECT = "default"
_REMEMBER_SECONDS = 5.0
_MOST_KEYS = 10_000


@dataclass(slots=True)
class Keyring:
    """Looks keys up; *first_key* is made valid for the project `default` before the first look."""

    engine: Engine
    first_key: str | None
    clock: Clock = field(default_factory=Clock)
    _known: dict[bytes, tuple[Caller, float]] = field(default_factory=dict)
    _ensured: bool = False

    async def caller(self, key: str) -> Caller | None:
        """Return whom *key* acts for; None if it is unknown, or has been revoked for five seconds."""
        digest, now = keys.hashed(key), self.clock.monotonic()
        caller, until = self._known.get(digest, (None, 0.0))
        if now < until:
            return caller
        return self._remember(digest, await self._ask(key), now)

    async def _ask(self, key: str) -> Caller | None:
        async with self.engine.begin() as tx:
            if self.first_key and not self._ensured:
                await keys.ensure(tx, self.first_key, project=FIRST_PROJECT, name="first", admin=True)
            caller = await keys.caller_of(tx, key)
        self._ensured = True
        return caller

    def _remember(self, digest: bytes, caller: Caller | None, now: float) -> Caller | None:
        if len(self._known) >= _MOST_KEYS:
            self._known.clear()
        if caller is None:
            self._known.pop(digest, None)
        else:
            self._known[digest] = (caller, now + _REMEMBER_SECONDS)
        return caller
