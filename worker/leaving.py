"""How does a worker end? In order and soon; if its main thread hears nothing, children first, then at once."""

import os
import signal
import threading
from collections.abc import Callable, Collection
from contextlib import suppress

import structlog
from billiard import pool

WARM_SECONDS = 60.0
"""What an orderly end may take: children wait for their open creates."""
_TICK_SECONDS = 0.2
_UNREAD_RETRIES = 10

log = structlog.get_logger()


def hurry_children() -> None:
    """Let a child that ends wait 1 s, not 30 s, until its last answers are read; call it before children are made.

    A worker that is told to end reads none that belong to messages which came in that moment (Celery 5.7 drops those
    from its pool's books). The wait would come before the one for open creates, and the whole be killed for taking
    too long. Nothing is lost by it: no answer of ours says anything.
    """
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = _UNREAD_RETRIES


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
