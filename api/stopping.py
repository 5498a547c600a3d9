"""How do open streams end when the process is asked to stop? At the signal; the server would wait for them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def at_stop(act: Callable[[], None]) -> Iterator[None]:
    """Within the block, call *act* when the process is asked to stop, before whoever listened already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}

    def restore() -> None:
        for number, handler in earlier.items():
            signal.signal(number, handler)

    def handle(number: int, _frame: object) -> None:
        act()
        restore()
        signal.raise_signal(number)

    for number in _SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
