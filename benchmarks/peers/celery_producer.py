"""The process that enqueues Celery's jobs: `python -m benchmarks.peers.celery_producer loop|retry`."""

import sys

from benchmarks.peers import celery_app

if __name__ == "__main__":
    celery_app.produce(getattr(celery_app, sys.argv[1]))
