"""Run a program that the kernel signals when its parent dies: `tether.py SIGNAL PARENT PROGRAM [ARGUMENT ...]`.

A script of its own, not a `preexec_fn`: code between fork and exec is unsafe in a process with threads.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the signal, then become the program."""
    death_signal, parent = int(sys.argv[1]), int(sys.argv[2])
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal)
    # The parent may have died before the call above.
    if os.getppid() != parent:
        sys.exit(1)
    os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606 - no shell is what we want


if __name__ == "__main__":
    main()
