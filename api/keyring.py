"""Which project may this key act for? Asked of the database, remembered for a few seconds."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.domain.clock import Clock
from longwatch.store import keys

FIRST_PROJECT = "default"
_REMEMBER_SECONDS = 5.0
_MOST_KEYS = 10_000


@dataclass(slots=True)
class Keyring:
    """Looks keys up; *first_key* is made valid for the project `default` before the first look."""

    engine: AsyncEngine
    first_key: str | None
    clock: Clock = field(default_factory=Clock)
    _known: dict[bytes, tuple[str, float]] = field(default_factory=dict)
    _ensured: bool = False

    async def project(self, key: str) -> str | None:
        """Return the project of *key*; None if it is unknown, or has been revoked for five seconds."""
        digest, now = keys.hashed(key), self.clock.monotonic()
        project, until = self._known.get(digest, (None, 0.0))
        if now < until:
            return project
        return self._remember(digest, await self._ask(key), now)

    async def _ask(self, key: str) -> str | None:
        async with self.engine.begin() as tx:
            if self.first_key and not self._ensured:
                await keys.ensure(tx, self.first_key, project=FIRST_PROJECT, name="first")
            project = await keys.project_of(tx, key)
        self._ensured = True
        return project

    def _remember(self, digest: bytes, project: str | None, now: float) -> str | None:
        if len(self._known) >= _MOST_KEYS:
            self._known.clear()
        if project is None:
            self._known.pop(digest, None)
        else:
            self._known[digest] = (project, now + _REMEMBER_SECONDS)
        return project
