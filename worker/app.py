"""The worker process: `celery -A worker.app worker`. An edge: it reads the environment."""

import gc
import signal
import sys
from typing import Any

from celery.signals import (
    celeryd_after_setup,
    celeryd_init,
    setup_logging,
    task_received,
    worker_before_create_process,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
)
from celery.worker import state

from longwatch.broker import app
from longwatch.broker.canaries import own_queue
from longwatch.broker.event_sender import EventSender
from longwatch.logs import configure
from longwatch.settings import load
from longwatch.store.engine import Engine
from longwatch.store.processes import a_process
from worker import control
from worker.announcing import Announcer
from worker.control import OperatorCancel
from worker.flower import FlowerAnnouncer
from worker.hearing import HearingWatch
from worker.leaving import hurry_children, leave
from worker.open_files import allow_open_files
from worker.process import WorkerProcess
from worker.tasks import register

settings = load()
if settings.database_url is None or settings.broker_url is None:
    sys.exit(
        "The worker needs LONGWATCH_DATABASE_URL and LONGWATCH_BROKER_URL. "
        "`longwatch up` starts private servers and sets both.",
    )
if settings.push_problem is not None:
    sys.exit(settings.push_problem)


def _announcer(engine: Engine, hostname: str) -> Announcer:
    return FlowerAnnouncer(engine, EventSender(app), hostname=hostname, show_prompts=settings.flower_show_prompts)


process = WorkerProcess(settings, _announcer, database_url=settings.database_url)
register(app, process)
hurry_children()
control.register(
    OperatorCancel(EventSender(app), database_url=settings.database_url, show_prompts=settings.flower_show_prompts)
)
hearing = HearingWatch(
    a_process("worker"),
    database_url=settings.database_url,
    broker_url=settings.broker_url,
    deaf_after=settings.deaf_after,
)


@celeryd_init.connect
def _name(sender: str, **_: Any) -> None:
    process.hostname = sender


@celeryd_after_setup.connect
def _open_own_queue(instance: Any, **_: Any) -> None:
    instance.app.amqp.queues.select_add(own_queue(hearing.process.id))


@worker_ready.connect
def _watch_hearing(sender: Any, **_: Any) -> None:
    hearing.start(
        busy=lambda: bool(state.reserved_requests),
        leave=lambda: leave(lambda: sender.pool.info["processes"]),
    )


@task_received.connect
def _heard(**_: Any) -> None:
    hearing.heard()


@worker_shutdown.connect
def _stop_watching(**_: Any) -> None:
    hearing.stop()


@setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    configure(settings)


YOUNG_OBJECTS = 10_000
"""So many new objects bring a collection on: with 700, what hundreds of runs hold for a moment was gone through again
and again, for a twentieth of a child's CPU."""


@worker_before_create_process.connect
def _share_with_children(**_: Any) -> None:
    # What is there before the fork stays shared: a collection would write into each of its pages.
    gc.collect()
    gc.freeze()


@worker_process_init.connect
def _make_room(**_: Any) -> None:
    allow_open_files()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


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
