"""Where does asynchronous work run inside a prefork child? On one event loop, in its own thread, for life."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class PersistentLoop:
    """An event loop made at first use in the process that uses it, never shared over a fork."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* on the loop and return its result; an exception here (a soft time limit) cancels it there."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def started(self) -> bool:
        """Say whether this process has used the loop."""
        return self._pid == os.getpid()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or not self.started():
            self._pid, self._loop = os.getpid(), asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="longwatch-loop", daemon=True).start()
        return self._loop
