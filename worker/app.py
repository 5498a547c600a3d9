"""The worker process: `celery -A worker.app worker`. An edge: it reads the environment."""

import sys
from typing import Any

from celery.signals import setup_logging, worker_process_shutdown

from longwatch.broker import app
from longwatch.logs import configure
from longwatch.settings import load
from worker.flower import FlowerAnnouncer
from worker.process import WorkerProcess
from worker.tasks import register

settings = load()
if settings.database_url is None or settings.broker_url is None:
    sys.exit(
        "The worker needs LONGWATCH_DATABASE_URL and LONGWATCH_BROKER_URL. "
        "`longwatch up` starts private servers and sets both.",
    )

process = WorkerProcess(settings, lambda: FlowerAnnouncer(app, settings), database_url=settings.database_url)
register(app, process)


@setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    configure(settings)


@worker_process_shutdown.connect
def _close(**_: Any) -> None:
    process.close()
