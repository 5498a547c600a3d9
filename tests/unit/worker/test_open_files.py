"""Limits hold for a whole process: each case has one of its own."""

import subprocess
import sys

import pytest

from worker.open_files import NEEDED

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from worker.open_files import allow_open_files
allow_open_files()
print("soft:", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "allowed", "warned"),
    [
        (256, NEEDED, NEEDED, False),
        (NEEDED, NEEDED, NEEDED, False),
        (256, 512, 512, True),
        (512, 512, 512, True),
    ],
)
def test_a_process_may_open_what_it_needs_or_says_that_it_may_not(
    soft: int, hard: int, allowed: int, *, warned: bool
) -> None:
    argv = [sys.executable, "-c", LIMITED, str(soft), str(hard)]

    done = subprocess.run(argv, capture_output=True, text=True, check=True)

    assert f"soft: {allowed}" in done.stdout
    assert ("too few files may be open" in done.stdout) is warned
