"""Which tasks does Celery know? One for each kind of nudge; each runs on the child's persistent loop."""

from celery import Celery

from longwatch.broker.queues import Queue
from worker import batches
from worker.process import WorkerProcess


def register(app: Celery, process: WorkerProcess) -> None:
    """Put the tasks on *app*; their own events stay out of Flower, which shows research jobs."""

    @app.task(name=Queue.POLL.value, ignore_result=True, send_events=False)
    def poll(lane: int) -> None:
        process.run(lambda runtime: batches.poll(runtime, lane))

    @app.task(name=Queue.CREATE.value, ignore_result=True, send_events=False)
    def create(lane: int) -> None:
        process.run(lambda runtime: batches.create(runtime, lane))

    @app.task(name=Queue.DELIVER.value, ignore_result=True, send_events=False)
    def deliver() -> None:
        process.run(batches.deliver_due)
