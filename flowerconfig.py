"""How is Flower set up? Read by `celery -A longwatch.broker flower`; FLOWER_… variables and options add to it."""

import os
import sys
from typing import Any

from tornado.options import options

from longwatch.domain.clock import Clock

if not (options.basic_auth or options.auth):
    sys.exit(
        "Flower needs a login, or its Terminate buttons and its API do not work: set FLOWER_BASIC_AUTH=user:password. "
        "`longwatch up` makes one and prints it."
    )
if not os.environ.get("LONGWATCH_BROKER_URL"):
    sys.exit("Flower needs LONGWATCH_BROKER_URL. `longwatch up` starts a private queue and sets it.")

tasks_columns = "uuid,state,args,result,runtime,received"
# What is older comes from the API; a scheduler tells a new Flower the last day.
max_tasks = 20_000
purge_offline_workers = 300
task_runtime_metric_buckets = [10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 2400.0, 5400.0]


def format_task(task: Any) -> Any:
    """Return the row as it is shown: a run at work, or told without its runtime, has one too."""
    ended = task.succeeded or task.failed or task.revoked
    if task.started and not task.runtime:
        task.runtime = (ended or Clock().now().timestamp()) - task.started
    return task
