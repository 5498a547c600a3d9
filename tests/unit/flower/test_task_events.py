"""The rows are made by Celery's own event state, which Flower shows."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from celery.events.state import State
from hypothesis import given
from hypothesis import strategies as st

from longwatch.broker.task_events import TaskEvent, task_event
from longwatch.domain import ids
from longwatch.domain.shown import ShownJob
from longwatch.domain.states import ALIVE, TERMINAL, Status
from tests.support.shown import CREATED, JOB_ID, PROMPT, a_shown_job, body_with

ENDED = CREATED + timedelta(seconds=63)
SHOWN_AS = {
    Status.QUEUED: "RECEIVED",
    Status.WAITING: "RECEIVED",
    Status.SUBMITTING: "RECEIVED",
    Status.IN_PROGRESS: "STARTED",
    Status.REQUIRES_ACTION: "STARTED",
    Status.COMPLETED: "SUCCESS",
    Status.FAILED: "FAILURE",
    Status.CANCELLED: "REVOKED",
    Status.INCOMPLETE: "FAILURE",
    Status.BUDGET_EXCEEDED: "FAILURE",
    Status.EXPIRED: "FAILURE",
}


def a_job(status: Status) -> ShownJob:
    if status in TERMINAL:
        return a_shown_job(status, finished_at=ENDED)
    if status in {Status.QUEUED, Status.WAITING, Status.SUBMITTING}:
        return a_shown_job(status, started_at=None)
    return a_shown_job(status)


def row_after(*events: TaskEvent) -> Any:
    """Return the row that Flower would show."""
    state: Any = State()
    clock = count(1)
    for event in events:
        tick = next(clock)
        state.event(
            {
                **event.fields,
                "type": event.type,
                "hostname": "celery@here",
                "timestamp": CREATED.timestamp() + tick,
                "local_received": CREATED.timestamp() + tick,
                "clock": tick,
                "utcoffset": 0,
                "pid": 1,
            }
        )
    [task] = state.tasks.values()
    return task


def shown(*jobs: ShownJob) -> Any:
    return row_after(*(task_event(job, show_prompt=False) for job in jobs))


@pytest.mark.parametrize("status", list(Status))
def test_each_state_has_a_state_of_celery(status: Status) -> None:
    assert shown(a_job(status)).state == SHOWN_AS[status]


@pytest.mark.parametrize("status", list(Status))
def test_one_event_makes_a_whole_row(status: Status) -> None:
    row = shown(a_job(status))
    assert row.uuid == row.root_id == ids.encode(ids.JOB, JOB_ID)
    assert (row.name, row.args) == ("research", "(prompt hidden)")
    assert "'agent': 'deep-research'" in row.kwargs
    assert row.received == CREATED.timestamp()
    assert row.eta
    assert row.result
    assert row.worker.hostname == "celery@here"


def test_progress_does_not_move_the_start() -> None:
    later = a_shown_job(elapsed=timedelta(minutes=5))
    row = shown(a_shown_job(), later, later)
    assert row.started == (CREATED + timedelta(seconds=2)).timestamp()
    assert row.result == "researching: in_progress, 5 min 0 s elapsed"


def test_a_job_that_goes_back_to_the_queue_is_shown_there_and_starts_again() -> None:
    refused = a_shown_job(Status.QUEUED, tried=True, started_at=None, queue_detail="rate_limited: later")
    assert shown(a_shown_job(), refused).state == "RETRY"
    assert shown(a_shown_job(), refused, a_job(Status.SUBMITTING)).state == "RECEIVED"
    assert shown(a_shown_job(), refused, a_shown_job()).state == "STARTED"


def test_retries_count_the_attempts_after_the_first() -> None:
    assert shown(a_shown_job(attempt=3)).retries == 2


def test_success_has_a_runtime_and_the_time_of_the_end() -> None:
    row = shown(a_job(Status.COMPLETED))
    assert (row.runtime, row.succeeded) == (61.0, ENDED.timestamp())


def test_a_second_telling_is_not_counted_by_flowers_histogram() -> None:
    again = task_event(a_job(Status.COMPLETED), show_prompt=False, runtime=False)
    assert "runtime" not in again.fields
    assert row_after(task_event(a_job(Status.COMPLETED), show_prompt=False), again).runtime == 61.0


def test_a_failure_has_its_reason_and_an_account() -> None:
    failed = a_shown_job(Status.FAILED, finished_at=ENDED, error={"code": "boom", "message": "It broke."})
    row = shown(a_shown_job(), failed)
    assert row.exception == "boom: It broke."
    assert "ended as failed" in row.traceback
    assert row.failed == ENDED.timestamp()


def test_nobody_sees_a_prompt_who_has_not_asked_to() -> None:
    for status in Status:
        assert PROMPT not in str(task_event(a_job(status), show_prompt=False).fields)


def test_a_prompt_is_shown_to_who_asks() -> None:
    job = a_shown_job(body=body_with("研究谷歌TPU的历史"))
    assert task_event(job, show_prompt=True).fields["args"] == "研究谷歌TPU的历史"


@given(st.lists(st.sampled_from(sorted(ALIVE))), st.sampled_from(sorted(TERMINAL)))
def test_whatever_came_before_an_ending_is_shown_and_leaves_nothing_behind(before: list[Status], end: Status) -> None:
    row = shown(*(a_job(status) for status in before), a_job(end))
    alone = shown(a_job(end))
    assert row.state == SHOWN_AS[end]
    assert (row.result, row.exception, row.traceback) == (alone.result, alone.exception, alone.traceback)


@given(st.lists(st.sampled_from(sorted(ALIVE)), min_size=1))
def test_a_living_job_always_has_a_button(statuses: list[Status]) -> None:
    assert shown(*map(a_job, statuses)).state in {"RECEIVED", "STARTED", "RETRY"}
