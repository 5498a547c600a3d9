"""How do several seeds run at once? Each in a process of its own; what it said is shown whole, when it is over."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial


def run_together(seeds: Sequence[int], command: Sequence[str], *, most: int) -> list[bool]:
    """Run *command* once with each seed as its last argument, up to *most* at a time; say which of them held."""
    with ThreadPoolExecutor(most) as pool:
        try:
            return list(pool.map(partial(_held, command), seeds))
        except KeyboardInterrupt:
            # Those that run were interrupted with us, and put their houses away; no other begins.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _held(command: Sequence[str], seed: int) -> bool:
    sys.stdout.write(f"seed {seed} begins\n")
    sys.stdout.flush()
    ran = subprocess.run(
        [*command, str(seed)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    sys.stdout.write(ran.stdout)
    sys.stdout.flush()
    return ran.returncode == 0
