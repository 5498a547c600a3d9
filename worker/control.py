"""What do Flower's Revoke and Terminate do to a research job? Ask for its cancel, as the API does, and no more."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
import structlog
from celery.utils.functional import maybe_list
from celery.worker.control import Panel, control_command

from longwatch.broker.event_sender import EventSender
from longwatch.broker.task_events import task_event
from longwatch.domain import ids
from longwatch.domain.ids import MalformedIdError
from longwatch.domain.shown import ShownJob
from longwatch.store.engine import Engine, connect
from longwatch.store.operator import cancel_by_operator
from longwatch.store.showing import shown

PATIENCE_SECONDS = 10

Cancel = Callable[[Sequence[UUID], str], dict[str, str]]
"""Cancels jobs in the name of the worker that was asked; returns what it says to who asked."""

log = structlog.get_logger()


def register(cancel: Cancel) -> None:
    """Put *cancel* before Celery's own revoke and terminate, which go on for Celery's own tasks."""
    original = Panel.data["revoke"]

    @control_command(name="revoke", variadic="task_id", signature="[id1 [id2 [... [idN]]]]")
    def revoke(state: Any, task_id: Any, *, terminate: bool = False, **rest: Any) -> Any:
        """Cancel research jobs and revoke tasks by their ids."""
        jobs, tasks = _sorted(maybe_list(task_id) or [])
        told = cancel(jobs, state.hostname) if jobs else {}
        return original(state, tasks, terminate=terminate, **rest) if tasks else told

    @control_command(name="terminate", variadic="task_id", signature="<signal> [id1 ...]", args=[("signal", str)])
    def terminate(state: Any, signal: str, task_id: Any, **rest: Any) -> Any:
        """Cancel research jobs and terminate tasks by their ids."""
        return revoke(state, task_id, terminate=True, signal=signal, **rest)


def _sorted(task_ids: Sequence[str]) -> tuple[list[UUID], list[str]]:
    jobs, tasks = [], []
    for task_id in task_ids:
        try:
            jobs.append(ids.decode(ids.JOB, task_id))
        except MalformedIdError:
            tasks.append(task_id)
    return jobs, tasks


class OperatorCancel:
    """Cancels from the worker's main process, which has no loop and shares no connection with its children."""

    def __init__(self, sender: EventSender, *, database_url: str, show_prompts: bool) -> None:
        self._sender = sender
        self._database_url = database_url
        self._show_prompts = show_prompts

    def __call__(self, job_ids: Sequence[UUID], hostname: str) -> dict[str, str]:
        """Ask for every job to be cancelled and show it so; `{"ok"}` or `{"error"}` for who asked."""
        try:
            jobs = asyncio.run(self._cancel(job_ids))
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("a cancel from Flower was lost: the database is away", trouble=type(error).__name__)
            return {"error": "the database is away: cancel again later, or through the API"}
        self._sender.send((task_event(job, show_prompt=self._show_prompts) for job in jobs), hostname=hostname)
        return {"ok": f"cancel requested: {[ids.encode(ids.JOB, job.id) for job in jobs]}"}

    async def _cancel(self, job_ids: Sequence[UUID]) -> list[ShownJob]:
        engine = connect(self._database_url, pool_size=1)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for job_id in job_ids:
                    await _ask(engine, job_id)
                async with engine.connect() as tx:
                    return await shown(tx, job_ids, words=self._show_prompts)
        finally:
            await engine.dispose()


async def _ask(engine: Engine, job_id: UUID) -> None:
    async with engine.begin() as tx:
        status = await cancel_by_operator(tx, job_id)
    log.info("cancel asked by an operator", job=ids.encode(ids.JOB, job_id), status=status or "unknown")
