"""How does a worker end itself? As SIGTERM ends it; if its main thread hears nothing, children first, then at once."""

import os
import signal
import threading
from collections.abc import Callable, Collection
from contextlib import suppress

import structlog

WARM_SECONDS = 60.0
"""What an orderly end may take: children wait for their open creates."""
_TICK_SECONDS = 0.2

log = structlog.get_logger()


def leave(children: Callable[[], Collection[int]], *, warm_seconds: float = WARM_SECONDS) -> None:
    """End this process in order, from any thread of it, and whatever its main thread hangs in."""
    never = threading.Event()
    os.kill(os.getpid(), signal.SIGTERM)
    never.wait(warm_seconds)
    log.error("the worker hangs: its children end first, and it with them")
    pids = set(children())
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for _ in range(int(warm_seconds / _TICK_SECONDS)):
        if all(map(_has_ended, pids)):
            break
        never.wait(_TICK_SECONDS)
    os._exit(1)


def _has_ended(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True
