"""Who tells Flower about research jobs? This: it gathers ids, reads their rows afresh, and sends from a thread."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import structlog

from longwatch.broker.event_sender import EventSender
from longwatch.broker.task_events import task_event
from longwatch.domain.clock import Clock
from longwatch.domain.shown import ShownJob
from longwatch.store.engine import Engine
from longwatch.store.showing import shown
from worker.flower_budget import Budget, LastTold

GATHER_SECONDS = 0.5
MOST_AT_ONCE = 500

log = structlog.get_logger()


class FlowerAnnouncer:
    """Shows jobs as rows in Flower; everything but the sending happens on the worker's loop."""

    def __init__(self, engine: Engine, sender: EventSender, *, hostname: str, show_prompts: bool) -> None:
        self._engine = engine
        self._sender = sender
        self._hostname = hostname
        self._show_prompts = show_prompts
        self._pending: dict[UUID, None] = {}
        self._budget = Budget(Clock())
        self._told = LastTold(Clock())
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="flower")
        self._telling: asyncio.Task[None] | None = None

    def moved(self, job_id: UUID) -> None:
        """Say that the job changed its state; always told."""
        self._tell(job_id)

    def progressed(self, job_id: UUID) -> None:
        """Say that the job has something new to tell; told while the budget lasts."""
        if job_id in self._pending or self._budget.take():
            self._tell(job_id)

    def seen(self, job_id: UUID) -> None:
        """Say that the job was found at work, as before; told once a minute while the budget lasts."""
        if self._told.long_ago(job_id) and self._budget.take():
            self._tell(job_id)

    def close(self) -> None:
        """Stop telling and let go of the broker, without waiting for it."""
        if self._telling is not None:
            self._telling.cancel()
        self._thread.submit(self._sender.close)
        self._thread.shutdown(wait=False)

    def _tell(self, job_id: UUID) -> None:
        self._told.note(job_id)
        self._pending[job_id] = None
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._rounds(), name="flower")

    async def _rounds(self) -> None:
        while self._pending:
            await asyncio.sleep(GATHER_SECONDS)
            due = list(self._pending)[:MOST_AT_ONCE]
            for job_id in due:
                del self._pending[job_id]
            await self._round(due)

    async def _round(self, job_ids: Sequence[UUID]) -> None:
        try:
            async with self._engine.each_by_itself() as tx:
                jobs = await shown(tx, job_ids, words=self._show_prompts)
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.info("Flower is not told while the database is away", trouble=type(error).__name__)
            return
        await asyncio.get_running_loop().run_in_executor(self._thread, self._send, jobs)

    def _send(self, jobs: Sequence[ShownJob]) -> None:
        events = [task_event(job, show_prompt=self._show_prompts) for job in jobs]
        self._sender.send(events, hostname=self._hostname)
