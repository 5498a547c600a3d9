"""Which tasks does Celery know? One for each kind of nudge, and one to be heard; all run on the child's one loop."""

from celery import Celery

from longwatch.broker.canaries import CANARY
from longwatch.broker.queues import Queue
from longwatch.store.canaries import Turn
from worker import batches
from worker.canary import hear
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

    @app.task(name=CANARY, ignore_result=True, send_events=False)
    def canary(queue: str, number: int) -> None:
        process.run(lambda runtime: hear(runtime, Turn(queue, number)))
