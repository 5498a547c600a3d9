"""Ctrl-C and SIGTERM: the first asks for an orderly stop, the second is final."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


class StopRequests:
    """How often we were asked to stop."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()

    def note(self) -> None:
        """Count one more request."""
        (self.second if self.first.is_set() else self.first).set()


@contextmanager
def stop_requests() -> Iterator[StopRequests]:
    """Take over the signals for the block, also where a shell has had them ignored."""
    loop, requests = asyncio.get_running_loop(), StopRequests()
    # A closing terminal may say so more than once, which must not count as impatience.
    actions = {signal.SIGINT: requests.note, signal.SIGTERM: requests.note, signal.SIGHUP: requests.first.set}
    for number, action in actions.items():
        loop.add_signal_handler(number, action)
    try:
        yield requests
    finally:
        for number in actions:
            loop.remove_signal_handler(number)
