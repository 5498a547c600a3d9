"""Is a signal heard before the server's own handler, and everything as before afterwards?"""

import signal
import threading

import pytest

from api.stopping import at_stop

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_acted_on_and_then_handed_to_whoever_listened_before(number: signal.Signals) -> None:
    heard: list[str] = []
    before = signal.signal(number, lambda *_: heard.append("server"))
    try:
        with at_stop(lambda: heard.append("streams")):
            signal.raise_signal(number)
        assert heard == ["streams", "server"]
        signal.raise_signal(number)
        assert heard == ["streams", "server", "server"]
    finally:
        signal.signal(number, before)


def test_a_default_that_is_no_function_is_left_to_be_restored() -> None:
    heard: list[str] = []
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with at_stop(lambda: heard.append("streams")):
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == ["streams"]


def test_outside_the_main_thread_no_handler_is_touched() -> None:
    handlers = [signal.getsignal(number) for number in SIGNALS]
    inside: list[object] = []

    def serve() -> None:
        with at_stop(lambda: None):
            inside.extend(signal.getsignal(number) for number in SIGNALS)

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()
    assert inside == handlers
