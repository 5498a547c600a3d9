"""Is the lock whole, and would `make check` notice if it were not?"""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.check_lock import find_problems, main

ROOT = Path(__file__).parents[3]
PYPROJECT = """
[project]
dependencies = ["httpx>=0.28,<0.29", "celery[redis]>=5.7", "tomli; python_version < '3.0'"]
[dependency-groups]
dev = ["types_PyYAML"]
"""
HASH = " \\\n    --hash=sha256:" + "0" * 64 + "\n"
LOCK = f"celery==5.7.0{HASH}httpx==0.28.1{HASH}types-pyyaml==6.0{HASH}"


def problems(lock: str) -> list[str]:
    return list(find_problems(PYPROJECT, lock))


def test_the_lock_as_it_is_answers_pyproject() -> None:
    assert main(ROOT) == 0


def test_a_whole_lock_has_no_problems_whatever_the_names_spelling() -> None:
    assert problems(LOCK) == []


@pytest.mark.parametrize(
    ("lock", "words"),
    [
        (LOCK.replace("httpx==0.28.1", "httpy==0.28.1"), "httpx is not pinned"),
        (LOCK.replace("types-pyyaml==", "pyyaml=="), "types_PyYAML is not pinned"),
        (LOCK.replace("0.28.1", "0.29.0"), "httpx is pinned at 0.29.0, pyproject.toml wants <0.29,>=0.28"),
        (LOCK.replace("5.7.0", "5.6.9"), "celery is pinned at 5.6.9"),
        (LOCK + "anyio==4.0\n", "anyio has no hash"),
        (LOCK + "# from https://example.org/simple\n", "it names an address"),
    ],
)
def test_each_fault_is_named(lock: str, words: str) -> None:
    (problem,) = problems(lock)
    assert words in problem


def test_a_stale_lock_fails_the_check_and_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "check_lock.py"
    script.write_text((ROOT / "scripts" / "check_lock.py").read_text())
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "requirements.lock").write_text("")
    checked = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "make lock" in checked.stderr


def test_the_installers_own_pin_is_hashed_and_names_no_address() -> None:
    text = (ROOT / "scripts" / "uv.txt").read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
