"""How is Celery set up? Every option that is not a default has its reason beside it."""

from typing import Any

from celery import Celery

from longwatch.broker.queues import QUEUES
from longwatch.settings import Settings

_UNSET = "redis://longwatch-broker-url-is-not-set.invalid/0"

OPTIONS: dict[str, Any] = {
    # A message is a nudge: the lease in the database brings work back, so nothing is acknowledged late.
    "task_acks_late": False,
    "task_reject_on_worker_lost": False,
    # A child takes one batch at a time: nothing is hoarded by a busy child.
    "worker_prefetch_multiplier": 1,
    # Ends a batch that hangs. No hard limit: it would SIGKILL the child with its open POSTs.
    "task_soft_time_limit": 50,
    # The database is the truth: results are never stored in the broker.
    "task_ignore_result": True,
    # Flower sees workers and buttons; the rows of research jobs are sent by hand.
    "worker_send_task_events": True,
    "task_send_sent_event": False,
    "worker_enable_remote_control": True,
    # The broker may be away at start and at any time, for as long as it likes.
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    # True would SIGTERM children, and the paid POSTs in them, at every restart of the broker.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    # What a killed worker had fetched comes back in seconds; kombu's default scan takes 100.
    "broker_transport_options": {
        "visibility_timeout": 180,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 2,
        "queue_order_strategy": "priority",
        "socket_connect_timeout": 5,
        # A connection that hangs without closing must not hang whoever sends on it.
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    # SIGQUIT still gives open work a moment.
    "worker_soft_shutdown_timeout": 5,
    # structlog writes our lines.
    "worker_hijack_root_logger": False,
    "timezone": "UTC",
    "enable_utc": True,
    "task_serializer": "json",
    "result_serializer": "json",
    "accept_content": ["json"],
}


def make_app(settings: Settings) -> Celery:
    """Return the Celery application on the configured broker; nothing connects before it is used."""
    app = Celery("longwatch", broker=settings.broker_url or _UNSET)
    app.conf.update(OPTIONS)
    app.conf.task_queues = {queue.value: {"exchange": queue.value, "routing_key": queue.value} for queue in QUEUES}
    app.conf.task_default_queue = QUEUES[0].value
    return app
