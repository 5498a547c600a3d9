"""What Flower's buttons reach in a worker's main process, on real PostgreSQL and Valkey."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker.control import Panel

from longwatch.broker.application import make_app
from longwatch.broker.event_sender import EventSender
from longwatch.domain import ids
from longwatch.domain.states import Status
from longwatch.settings import Settings
from longwatch.store.operator import cancel_by_operator
from longwatch.store.rows import RowMapping
from tests.support import store
from tests.support.event_listener import listening
from tests.support.waiting import eventually
from worker import control
from worker.control import OperatorCancel

HERE = "celery@here"


def in_database(url: str, act: Any) -> Any:
    async def story() -> Any:
        async with store.connected(url) as engine:
            return await act(engine)

    return asyncio.run(story())


def job_row(url: str, job_id: uuid.UUID) -> RowMapping:
    row: RowMapping = in_database(url, lambda engine: store.job_row(engine, job_id))
    return row


def operator(database_url: str, broker_url: str) -> OperatorCancel:
    sender = EventSender(make_app(Settings(broker_url=broker_url)))
    return OperatorCancel(sender, database_url=database_url, show_prompts=False)


def test_a_queued_job_is_cancelled_at_once_and_shown_so(database_url: str, valkey_url: str) -> None:
    job_id = in_database(database_url, store.a_job)
    with listening(valkey_url) as listener:
        said = operator(database_url, valkey_url)([job_id], HERE)
        eventually(lambda: listener.shows(job_id, "REVOKED"))
    assert said == {"ok": f"cancel requested: ['{ids.encode(ids.JOB, job_id)}']"}
    assert job_row(database_url, job_id)["status"] == "cancelled"


def test_a_running_job_of_any_project_is_asked_to_end_and_shown_so(database_url: str, valkey_url: str) -> None:
    running = in_database(database_url, lambda engine: store.a_running_interaction(engine, project="another"))
    with listening(valkey_url) as listener:
        operator(database_url, valkey_url)([running.job_id], HERE)
        eventually(lambda: listener.shows(running.job_id, "STARTED"))
        assert "cancel requested" in listener.row(running.job_id).result
    assert job_row(database_url, running.job_id)["cancel_requested_at"] is not None


def test_two_workers_that_hear_of_one_cancel_ask_for_it_once(database_url: str, valkey_url: str) -> None:
    running = in_database(database_url, store.a_running_interaction)
    for worker in ("celery@one", "celery@two"):
        operator(database_url, valkey_url)([running.job_id], worker)
    events = in_database(database_url, lambda engine: store.event_types(engine, running.job_id))
    assert events.count("job.cancel_requested") == 1


def test_an_ended_job_stays_as_it_ended_and_an_unknown_one_is_nobodys(database_url: str) -> None:
    async def story(engine: Any) -> list[Status | None]:
        job_id = await store.a_job(engine)
        async with engine.begin() as tx:
            return [await cancel_by_operator(tx, each) for each in (job_id, job_id, uuid.uuid4())]

    assert in_database(database_url, story) == [Status.CANCELLED, Status.CANCELLED, None]


def test_a_database_that_is_away_is_told_to_who_asked(valkey_url: str) -> None:
    away = operator("postgresql+psycopg://nobody@127.0.0.1:1/none", valkey_url)
    assert "cancel again later" in away([uuid.uuid4()], HERE)["error"]


class Panels:
    """The commands before ours, and what reached either."""

    def __init__(self) -> None:
        self.jobs: list[uuid.UUID] = []
        self.tasks: list[tuple[Any, dict[str, Any]]] = []

    def cancel(self, job_ids: Any, hostname: str) -> dict[str, str]:
        assert hostname == HERE
        self.jobs.extend(job_ids)
        return {"ok": "asked"}

    def revoke(self, _state: Any, task_id: Any, **options: Any) -> dict[str, str]:
        self.tasks.append((task_id, options))
        return {"ok": "revoked"}

    def call(self, command: str, **arguments: Any) -> Any:
        return Panel.data[command](SimpleNamespace(hostname=HERE), **arguments)


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> Panels:
    """Our commands, put before a revoke that only notes what it is given."""
    panels = Panels()
    monkeypatch.setattr(Panel, "data", {"revoke": panels.revoke})
    monkeypatch.setattr(Panel, "meta", {})
    control.register(panels.cancel)
    return panels


def test_revoke_and_terminate_reach_the_job_and_never_a_process(panels: Panels) -> None:
    one, two = uuid.uuid4(), uuid.uuid4()
    panels.call("revoke", task_id=ids.encode(ids.JOB, one), terminate=True, signal="SIGTERM")
    panels.call("terminate", signal="KILL", task_id=[ids.encode(ids.JOB, two)])
    assert panels.jobs == [one, two]
    assert not panels.tasks


def test_ids_that_are_not_ours_go_to_celery(panels: Panels) -> None:
    job, task = uuid.uuid4(), "1480b55c-b8b2-462c-985e-24af3e9158f9"
    assert panels.call("revoke", task_id=[task, ids.encode(ids.JOB, job)], signal="SIGTERM") == {"ok": "revoked"}
    assert panels.call("terminate", signal="KILL", task_id=task) == {"ok": "revoked"}
    assert panels.jobs == [job]
    assert panels.tasks == [
        ([task], {"terminate": False, "signal": "SIGTERM"}),
        ([task], {"terminate": True, "signal": "KILL"}),
    ]
