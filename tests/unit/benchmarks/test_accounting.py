import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import accounting
from benchmarks.accounting import Stat, parse

# The kernel counts in hundredths of a second, user's and system's apart, and rounds both down: a little more is burnt.
BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-S", "-c", {BURN.format(seconds=0.35)!r}], check=True)
print("child is dead", flush=True); sys.stdin.read()
"""
HOLDER = "import sys; held = bytes(range(256)) * 4 * 10_000; print('holding', flush=True); sys.stdin.read()"


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program until it has said its line, and on until the block ends."""
    argv = [sys.executable, "-S", "-c", program]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.communicate()


def test_a_command_with_spaces_and_brackets_is_read_over() -> None:
    words = "S 7 1 1 0 -1 0 0 0 0 0 100 50 30 20 20 0 1 0"
    assert parse(f"42 (a (very) odd) name) {words}") == Stat(parent=7, cpu=200 / os.sysconf("SC_CLK_TCK"))


def test_a_dead_child_that_was_waited_for_is_counted() -> None:
    with running(PARENT) as parent:
        assert accounting.cpu({"it": [parent.pid]})["it"] >= 0.3


def test_a_group_is_its_roots_and_all_that_descends_from_them() -> None:
    tree = {1: Stat(0, 0), 2: Stat(1, 0), 3: Stat(2, 0), 4: Stat(3, 0), 5: Stat(1, 0)}
    assert accounting.group([2], tree) == {2, 3, 4}


def test_a_root_that_is_gone_costs_nothing() -> None:
    assert accounting.group([99], {1: Stat(0, 0)}) == set()


def test_what_was_used_before_is_not_counted() -> None:
    assert accounting.since({"a": 1.5, "b": 0.0}, {"a": 2.0, "b": 0.25}) == {"a": 0.5, "b": 0.25}


def test_memory_that_a_process_holds_is_seen() -> None:
    with running("import sys; print('empty', flush=True); sys.stdin.read()") as empty, running(HOLDER) as holder:
        more = accounting.memory([holder.pid])[0] - accounting.memory([empty.pid])[0]
        resident, proportional = accounting.memory([holder.pid])
    assert more > 8_000_000
    assert 0 < proportional <= resident
