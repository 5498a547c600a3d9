"""Would each line that the architecture draws be noticed if it were crossed?"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("longwatch", "api", "scheduler", "worker", "simulator", "chaos", "benchmarks")

CROSSINGS = [
    ("api/crossing.py", "import scheduler", "processes never import each other"),
    ("worker/crossing.py", "import api", "processes never import each other"),
    ("scheduler/crossing.py", "import worker", "processes never import each other"),
    ("simulator/crossing.py", "import longwatch.domain", "simulator and longwatch are independent"),
    ("longwatch/crossing.py", "import simulator", "simulator and longwatch are independent"),
    ("worker/crossing.py", "import simulator", "processes do not lean on the simulator"),
    ("worker/crossing.py", "import chaos", "nothing leans on the chaos kit"),
    ("chaos/crossing.py", "import longwatch.store", "the chaos kit judges from outside"),
    ("longwatch/crossing.py", "import benchmarks", "nothing leans on the benchmarks"),
    ("benchmarks/peers/crossing.py", "import longwatch.domain", "peers know nothing of ours"),
    ("longwatch/domain/crossing.py", "import longwatch.settings", "imports run one way"),
    ("longwatch/domain/crossing.py", "import longwatch.store", "imports run one way"),
    ("longwatch/upstream/crossing.py", "import longwatch.store", "imports run one way"),
    ("longwatch/webhooks/crossing.py", "import longwatch.upstream", "imports run one way"),
    ("longwatch/store/crossing.py", "import longwatch.embedded", "imports run one way"),
    ("longwatch/embedded/crossing.py", "import longwatch.cli", "imports run one way"),
    ("longwatch/webhooks/crossing.py", "import worker", "imports run one way"),
    ("longwatch/domain/crossing.py", "import asyncio", "the domain does no I/O"),
]
FORBIDDEN_TO_THE_DOMAIN = ("httpx", "sqlalchemy", "sqlmodel", "celery", "redis", "fastapi", "asyncio", "socket")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the tree that a test may spoil."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contracts(tree: Path) -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([script, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False, timeout=60)


def broken(tree: Path) -> set[str]:
    """Return the names of the contracts that *tree* breaks."""
    report = contracts(tree).stdout
    return {line.removesuffix(" BROKEN").strip() for line in report.splitlines() if line.endswith(" BROKEN")}


def test_the_tree_as_it_is_breaks_nothing(copy: Path) -> None:
    report = contracts(copy)
    assert report.returncode == 0, report.stdout


@pytest.mark.parametrize(("file", "line", "contract"), CROSSINGS)
def test_crossing_a_line_breaks_its_contract(copy: Path, file: str, line: str, contract: str) -> None:
    (copy / file).write_text(f'"""A crossing."""\n\n{line}\n')
    assert contract in broken(copy)


def test_the_domain_may_use_no_door_to_the_outside(copy: Path) -> None:
    imports = "\n".join(f"import {module}" for module in FORBIDDEN_TO_THE_DOMAIN)
    (copy / "longwatch/domain/crossing.py").write_text(f'"""A crossing."""\n\n{imports}\n')
    report = contracts(copy).stdout
    for module in FORBIDDEN_TO_THE_DOMAIN:
        assert f"longwatch.domain is not allowed to import {module}" in report


def test_every_contract_is_shown_to_break() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]} == {
        contract for *_, contract in CROSSINGS
    }
