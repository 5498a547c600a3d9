"""How do open streams end when the process is asked to stop? At the signal; the server would wait for them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def at_stop(act: Callable[[], None]) -> Iterator[None]:
    """Within the block, call *act* when the process is asked to stop, before the server's own handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        act()
        before = earlier[signal.Signals(number)]
        if callable(before):
            before(number, frame)

    for number in _SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, before in earlier.items():
            signal.signal(number, before)
