"""Do the make targets hold on machines less orderly than ours? (None of these tests installs anything.)"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
REAL_PYTHON = Path(sys.executable).resolve()
LYING_SHIM = '#!/bin/sh\necho "pyenv: $0: command not found" >&2\nexit 127\n'
SYSTEM_PATH = "/usr/bin:/bin"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What the targets need of the project, in a path with a space."""
    tree = tmp_path / "a clone"
    shutil.copytree(ROOT / "scripts", tree / "scripts")
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tree)
    return tree


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env: Mapping[str, str] = {"PATH": SYSTEM_PATH, "HOME": str(cwd)} | environment
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=60)


def pretend_installed(tree: Path) -> None:
    """Give *tree* a .venv whose stamp says that nothing has changed."""
    program(tree / ".venv/bin/python", '#!/bin/sh\necho "python $*"\nenv\n')
    stamp = run("sh", "-c", 'root=$(pwd -P); { printf "%s\\n" "$root" && cat "$@"; } | cksum', "-", *STAMPED, cwd=tree)
    (tree / ".venv/.installed").write_text(stamp.stdout)


STAMPED = ("requirements.lock", "pyproject.toml", "scripts/bootstrap")


def test_help_is_the_default_and_names_every_target(tree: Path) -> None:
    listed = run("make", cwd=tree).stdout
    targets = (tree / "Makefile").read_text().partition(".PHONY: ")[2].partition("\n")[0].split()
    assert [line.split()[1] for line in listed.splitlines()] == targets


def test_a_shim_that_only_pretends_to_be_python_is_passed_over(tree: Path) -> None:
    for name in ("python3", "python3.13", "python3.12"):
        program(tree / "bin" / name, LYING_SHIM)
    (tree / "bin" / "python3.11").symlink_to(REAL_PYTHON)
    found = run("scripts/bootstrap", "--python", cwd=tree, PATH=f"{tree}/bin:{SYSTEM_PATH}")
    assert found.stdout == f"{tree}/bin/python3.11\n"


def test_the_python_that_was_asked_for_comes_first(tree: Path) -> None:
    mine = tree / "bin" / "my python"
    mine.parent.mkdir()
    mine.symlink_to(REAL_PYTHON)
    assert run("scripts/bootstrap", "--python", cwd=tree, PYTHON=str(mine)).stdout == f"{mine}\n"


def test_without_any_python_it_says_what_to_install(tree: Path) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        program(tree / "bin" / name, LYING_SHIM)
    failed = run("scripts/bootstrap", cwd=tree, PATH=f"{tree}/bin:{SYSTEM_PATH}")
    assert failed.returncode == 1
    assert "apt install python3 python3-venv" in failed.stderr


def test_an_installation_that_is_up_to_date_is_left_alone_and_in_silence(tree: Path) -> None:
    pretend_installed(tree)
    again = run("make", "install", cwd=tree)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.parametrize("changed", STAMPED)
def test_a_changed_lock_project_or_installer_installs_again(tree: Path, changed: str) -> None:
    pretend_installed(tree)
    with (tree / changed).open("a") as file:
        file.write("\n")
    program(tree / "bin" / "uv", "#!/bin/sh\nexit 0\n")
    again = run("scripts/bootstrap", cwd=tree, PATH=f"{tree}/bin:{SYSTEM_PATH}")
    assert again.returncode == 0, again.stderr
    assert "installing what requirements.lock pins" in again.stderr
    assert run("scripts/bootstrap", cwd=tree).stderr == ""


@pytest.mark.parametrize("trace", ["unfinished", "moved", "broken"])
def test_an_installation_that_cannot_be_trusted_is_made_anew(tree: Path, trace: str) -> None:
    pretend_installed(tree)
    (tree / ".venv/.installed").unlink()
    match trace:
        case "unfinished":
            (tree / ".venv/.unfinished").touch()
        case "moved":
            (tree / ".venv/.root").write_text("/somewhere/else\n")
        case _:
            program(tree / ".venv/bin/python", LYING_SHIM)
    program(tree / "bin" / "uv", "#!/bin/sh\nexit 0\n")
    made = run("scripts/bootstrap", cwd=tree, PATH=f"{tree}/bin:{SYSTEM_PATH}", PYTHON=str(REAL_PYTHON))
    assert made.returncode == 0, made.stderr
    assert "making it anew" in made.stderr
    assert (tree / ".venv/pyvenv.cfg").exists()
    assert not (tree / ".venv/.unfinished").exists()


def test_a_failed_installation_is_not_taken_for_a_whole_one(tree: Path) -> None:
    program(tree / "bin" / "uv", '#!/bin/sh\n[ "$1" = --version ]\n')
    unreachable = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PYTHON": str(REAL_PYTHON)}
    failed = run("make", "install", cwd=tree, PATH=f"{tree}/bin:{SYSTEM_PATH}", **unreachable)
    assert failed.returncode == 2
    assert "using pip" in failed.stderr
    assert "the installation failed" in failed.stderr
    assert not (tree / ".venv/.installed").exists()
    assert (tree / ".venv/.unfinished").exists()


@pytest.mark.parametrize("target", ["test", "demo"])
def test_the_callers_keys_servers_and_settings_stay_out(tree: Path, target: str) -> None:
    pretend_installed(tree)
    mine = {"GEMINI_API_KEY": "k", "GOOGLE_API_KEY": "k", "LONGWATCH_DATABASE_URL": "x", "LONGWATCH_ANYTHING": "y"}
    seen = run("make", target, cwd=tree, **mine).stdout
    assert "python -m" in seen
    assert not any(f"{name}=" in seen for name in mine)


def test_up_keeps_the_callers_settings(tree: Path) -> None:
    pretend_installed(tree)
    program(tree / ".venv/bin/longwatch", '#!/bin/sh\necho "longwatch $*"\nenv\n')
    seen = run("make", "up", "ARGS=--no-flower", cwd=tree, LONGWATCH_MAX_RUNNING="7").stdout
    assert "longwatch up --no-flower" in seen
    assert "LONGWATCH_MAX_RUNNING=7" in seen


def test_a_real_demo_keeps_the_key_and_nothing_else(tree: Path) -> None:
    pretend_installed(tree)
    seen = run("make", "demo", "REAL=1", cwd=tree, GEMINI_API_KEY="k", LONGWATCH_DATABASE_URL="x").stdout
    assert "python -m longwatch.demo" in seen
    assert "REAL=1" in seen
    assert "GEMINI_API_KEY=k" in seen
    assert "LONGWATCH_DATABASE_URL=" not in seen


def test_clean_never_touches_data(tree: Path) -> None:
    pretend_installed(tree)
    (tree / "data").mkdir()
    (tree / "package" / "__pycache__").mkdir(parents=True)
    assert run("make", "clean", cwd=tree).returncode == 0
    assert not (tree / ".venv").exists()
    assert not (tree / "package" / "__pycache__").exists()
    assert (tree / "data").exists()
