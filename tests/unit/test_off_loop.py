import asyncio
import threading

import pytest

from longwatch.off_loop import AT_ONCE_BYTES, off_loop


@pytest.mark.parametrize(
    ("size", "at_once", "here"),
    [(AT_ONCE_BYTES, AT_ONCE_BYTES, True), (AT_ONCE_BYTES + 1, AT_ONCE_BYTES, False), (10, 9, False), (9, 9, True)],
)
def test_short_work_is_done_on_the_loop_and_long_work_beside_it(size: int, at_once: int, *, here: bool) -> None:
    thread = asyncio.run(off_loop(threading.get_ident, size=size, at_once=at_once))
    assert (thread == threading.get_ident()) is here


@pytest.mark.parametrize("size", [1, AT_ONCE_BYTES + 1])
def test_what_fails_beside_the_loop_fails_for_who_waits(size: int) -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(off_loop(lambda: 1 // 0, size=size))
