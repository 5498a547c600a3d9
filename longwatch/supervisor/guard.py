"""End what a killed supervisor left: reads `+GROUP SIGNAL` and `-GROUP` lines, acts when its stdin closes.

A script of its own, outside the supervisor's session, because nothing in a process survives its SIGKILL.
"""

import os
import signal
import sys
import time

_GRACE_SECONDS = 10.0
_TICK_SECONDS = 0.1


def main() -> None:
    """Note the groups until the supervisor ends, then give them a few seconds, then kill them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups = _groups_until_eof()
    if sys.platform != "linux":
        for group, stop in groups.items():
            _signal(group, stop)
    limit = time.monotonic() + _GRACE_SECONDS
    while any(_signal(group, 0) for group in groups) and time.monotonic() < limit:
        time.sleep(_TICK_SECONDS)
    for group in groups:
        _signal(group, signal.SIGKILL)


def _groups_until_eof() -> dict[int, int]:
    groups: dict[int, int] = {}
    for line in sys.stdin:
        words = line.split()
        group = int(words[0][1:])
        if line.startswith("+"):
            groups[group] = int(words[1])
        else:
            groups.pop(group, None)
    return groups


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
