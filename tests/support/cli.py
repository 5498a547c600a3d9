"""The command line, as a person runs it: a process of its own, with none of our settings but those given."""

import subprocess
import sys

from tests.support.celery_programs import ROOT, environment


def longwatch(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `longwatch` with *arguments* to its end."""
    return subprocess.run(
        [sys.executable, "-m", "longwatch.cli", *arguments],
        env=environment(**settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def longwatch_on(database_url: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run it on a database."""
    return longwatch(*arguments, LONGWATCH_DATABASE_URL=database_url, **settings)
