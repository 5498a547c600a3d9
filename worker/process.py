"""What lives as long as a worker child? Its loop and its runtime, made at the first task, closed at its end."""

from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import structlog
from celery.utils.nodenames import default_nodename

from longwatch.settings import Settings
from longwatch.store.engine import Engine
from worker.announcing import Announcer
from worker.loop import PersistentLoop
from worker.runtime import Runtime, open_runtime

log = structlog.get_logger()

Work = Callable[[Runtime], Coroutine[Any, Any, None]]
MakeAnnouncer = Callable[[Engine, str], Announcer]
"""Makes the announcer of the worker with this name, reading by this engine."""


class WorkerProcess:
    """One prefork child; inherited unused over the fork, so that no connection is shared."""

    def __init__(self, settings: Settings, announcer: MakeAnnouncer, *, database_url: str) -> None:
        self._settings = settings
        self._announcer = announcer
        self._database_url = database_url
        self._loop = PersistentLoop()
        self._runtime: Runtime | None = None
        self.hostname = default_nodename("")

    def run(self, work: Work) -> None:
        """Run *work* on the loop; what is due stays due if the database is away."""
        try:
            self._loop.run(self._work(work))
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("a batch waits for the database", trouble=type(error).__name__)

    async def _work(self, work: Work) -> None:
        if self._runtime is None:
            self._runtime = open_runtime(
                self._settings,
                lambda engine: self._announcer(engine, self.hostname),
                database_url=self._database_url,
            )
        await work(self._runtime)

    def close(self) -> None:
        """Wait for open creates and let go of everything; twice is once, and who never worked has nothing to close."""
        if self._loop.started() and self._runtime is not None:
            self._loop.run(self._runtime.close())
            self._runtime = None
