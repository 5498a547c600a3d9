"""Where was it measured? The machine and the versions of everything that matters."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.programs import ROOT

_OURS = ("aiohttp", "celery", "httpx", "httpx-aiohttp", "kombu", "psycopg", "redis", "sqlalchemy")
_PEERS = {"celery": ("celery", "gevent"), "asynchronous": ("aiohttp", "arq", "httpx", "procrastinate")}
_ASK = "import sys, importlib.metadata as m; print(' '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"


def machine() -> dict[str, str]:
    """Return what a reader needs to judge the figures."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "commit": _commit(),
        "ours": " ".join(f"{name} {version(name)}" for name in _OURS),
        **{f"peers ({environment})": _asked(environment, names) for environment, names in _PEERS.items()},
    }


def load() -> str:
    """Return how many processes wanted to run in the last 1, 5 and 15 minutes."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"


def _asked(environment: str, names: tuple[str, ...]) -> str:
    python = ROOT / ".cache" / "bench" / environment / "bin" / "python"
    if not python.exists():
        return "not built"
    return subprocess.run([python, "-c", _ASK, *names], capture_output=True, text=True, check=True).stdout.strip()
