import subprocess
from pathlib import Path

import pytest

from tests.support.celery_programs import ROOT, celery, environment

FLOWER = celery("-A", "longwatch.broker", "flower", f"--conf={ROOT / 'flowerconfig.py'}", "--port=0")
LOGIN = {"FLOWER_BASIC_AUTH": "someone:secret"}
BROKER = {"LONGWATCH_BROKER_URL": "redis://127.0.0.1:1/0"}


@pytest.mark.parametrize(("given", "missing"), [(BROKER, "FLOWER_BASIC_AUTH"), (LOGIN, "LONGWATCH_BROKER_URL")])
def test_flower_does_not_start_without_what_it_needs(given: dict[str, str], missing: str, tmp_path: Path) -> None:
    env = environment(HOME=str(tmp_path), **given)
    ended = subprocess.run(FLOWER, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert missing in ended.stderr
    assert "Traceback" not in ended.stderr
