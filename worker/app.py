"""The worker process: `celery -A worker.app worker`. An edge: it reads the environment."""

import signal
import sys
from typing import Any

from celery.signals import celeryd_init, setup_logging, worker_process_init, worker_process_shutdown
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.broker import app
from longwatch.broker.event_sender import EventSender
from longwatch.logs import configure
from longwatch.settings import load
from worker import control
from worker.announcing import Announcer
from worker.control import OperatorCancel
from worker.flower import FlowerAnnouncer
from worker.process import WorkerProcess
from worker.tasks import register

settings = load()
if settings.database_url is None or settings.broker_url is None:
    sys.exit(
        "The worker needs LONGWATCH_DATABASE_URL and LONGWATCH_BROKER_URL. "
        "`longwatch up` starts private servers and sets both.",
    )


def _announcer(engine: AsyncEngine, hostname: str) -> Announcer:
    return FlowerAnnouncer(engine, EventSender(app), hostname=hostname, show_prompts=settings.flower_show_prompts)


process = WorkerProcess(settings, _announcer, database_url=settings.database_url)
register(app, process)
control.register(
    OperatorCancel(EventSender(app), database_url=settings.database_url, show_prompts=settings.flower_show_prompts)
)


@celeryd_init.connect
def _name(sender: str, **_: Any) -> None:
    process.hostname = sender


@setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    configure(settings)


@worker_process_init.connect
def _outlive_sigterm(**_: Any) -> None:
    # systemd and process groups send SIGTERM to children too, and its default would end them with their open creates.
    signal.signal(signal.SIGTERM, _leave)


def _leave(*_: object) -> None:
    process.close()
    raise SystemExit(0)


@worker_process_shutdown.connect
def _close(**_: Any) -> None:
    process.close()
