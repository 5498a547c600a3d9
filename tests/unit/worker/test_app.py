import subprocess
import sys

ENVIRONMENT = {
    "LONGWATCH_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "LONGWATCH_BROKER_URL": "redis://127.0.0.1:1/0",
}
COUNTED = """
import gc
from celery import signals
import worker.app
signals.worker_before_create_process.send(sender=None)
print(gc.get_freeze_count())
signals.worker_process_init.send(sender=None)
print(gc.get_threshold()[0])
"""


def test_children_share_what_the_worker_has_loaded_for_their_whole_life_and_collect_seldom() -> None:
    # What is frozen before the fork is never written to by a collection in a child.
    done = subprocess.run([sys.executable, "-c", COUNTED], env=ENVIRONMENT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    frozen, young = map(int, done.stdout.split())
    assert frozen > 10_000
    assert young == 10_000
