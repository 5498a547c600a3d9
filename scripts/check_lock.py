"""Does requirements.lock still answer pyproject.toml? Offline: every dependency pinned, permitted and hashed."""

# ruff: noqa: INP001  a script beside others, not a package

import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)")


def main(root: Path) -> int:
    """Print what is wrong and return 1, or return 0."""
    problems = list(find_problems((root / "pyproject.toml").read_text(), (root / "requirements.lock").read_text()))
    for problem in problems:
        sys.stderr.write(f"requirements.lock: {problem}\n")
    if problems:
        sys.stderr.write("run `make lock`, and commit what it writes\n")
    return 1 if problems else 0


def find_problems(pyproject: str, lock: str) -> Iterator[str]:
    """Yield one sentence for each fault of *lock*."""
    pins = {canonicalize_name(match["name"]): match["version"] for match in _pins(lock)}
    for requirement in _wanted(pyproject):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"{requirement.name} is not pinned"
        elif not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement.name} is pinned at {version}, pyproject.toml wants {requirement.specifier}"
    yield from _unhashed(lock)
    if "://" in lock:
        yield "it names an address; it must install from any index"


def _pins(lock: str) -> Iterator[re.Match[str]]:
    return (match for line in lock.splitlines() if (match := PIN.match(line)))


def _wanted(pyproject: str) -> Iterator[Requirement]:
    document = tomllib.loads(pyproject)
    texts = [*document["project"]["dependencies"], *document["dependency-groups"]["dev"]]
    return (requirement for text in texts if _applies(requirement := Requirement(text)))


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def _unhashed(lock: str) -> Iterator[str]:
    for line, following in pairwise([*lock.splitlines(), ""]):
        if (match := PIN.match(line)) and "--hash=sha256:" not in following:
            yield f"{match['name']} has no hash"


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
