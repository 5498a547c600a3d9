import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.broker import task_words
from longwatch.domain.states import Status
from tests.support.shown import a_shown_job, body_with


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (0.4, "0 s"), (61, "61 s"), (119, "119 s"), (125, "2 min 5 s"), (7200, "2 h 0 min")],
)
def test_time_is_told_as_a_person_would(seconds: float, words: str) -> None:
    assert task_words.clock(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    "given_input",
    [
        "Tidal power",
        "  Tidal\n  power ",
        {"type": "text", "text": "Tidal power"},
        [{"type": "text", "text": "Tidal"}, {"type": "image", "data": "aGk="}, {"type": "text", "text": "power"}],
        [{"type": "user_input", "content": [{"type": "text", "text": "Tidal power"}]}],
        [{"role": "user", "content": "Tidal power"}],
    ],
)
def test_the_prompt_is_found_in_every_shape_of_input(given_input: Any) -> None:
    assert task_words.prompt(a_shown_job(body=body_with(given_input))) == "Tidal power"


def test_a_chinese_prompt_stays_chinese() -> None:
    assert task_words.prompt(a_shown_job(body=body_with("研究谷歌TPU的历史"))) == "研究谷歌TPU的历史"


def test_only_the_head_of_a_long_prompt_is_shown() -> None:
    assert task_words.prompt(a_shown_job(body=body_with("x" * 200))) == "x" * 80 + "…"


def test_a_prompt_that_is_erased_or_huge_is_not_shown() -> None:
    assert task_words.prompt(a_shown_job(body=None)) == "(prompt not kept here)"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "content", "x"]), inner),
)


@given(json_values)
def test_whatever_the_input_is_its_head_is_short_and_can_be_sent(given_input: Any) -> None:
    head = task_words.prompt(a_shown_job(body=json.dumps({"input": given_input}).encode()))
    assert len(head) <= 81
    assert head.encode()


@pytest.mark.parametrize(
    ("status", "changed", "line"),
    [
        (Status.QUEUED, {}, "queued"),
        (Status.QUEUED, {"queue_detail": "rate_limited: slow down"}, "queued: rate_limited: slow down"),
        (Status.WAITING, {}, "waiting for the job before it"),
        (Status.SUBMITTING, {}, "being created upstream"),
        (Status.IN_PROGRESS, {}, "researching: in_progress, 61 s elapsed"),
        (Status.IN_PROGRESS, {"upstream_status": "queued"}, "researching: queued, 61 s elapsed"),
        (Status.IN_PROGRESS, {"said": "Reading"}, "researching: in_progress, 61 s elapsed: Reading"),
        (Status.IN_PROGRESS, {"cancel_requested": True}, "researching: in_progress, 61 s elapsed; cancel requested"),
        (Status.REQUIRES_ACTION, {}, "requires action: a tool result or a decision"),
        (Status.COMPLETED, {}, "completed in 61 s"),
        (
            Status.COMPLETED,
            {"characters": 12345, "sources": 17, "usage": {"total_tokens": 6789}},
            "completed in 61 s: 12,345 characters, 17 sources, 6,789 tokens",
        ),
        (Status.CANCELLED, {}, "cancelled after 61 s"),
        (Status.EXPIRED, {"error": {"code": "deadline", "message": "Late."}}, "expired after 61 s: deadline"),
    ],
)
def test_each_state_has_its_line(status: Status, changed: dict[str, Any], line: str) -> None:
    assert task_words.line(a_shown_job(status, **changed)) == line


def test_a_job_that_needs_a_person_says_so() -> None:
    job = a_shown_job(Status.SUBMITTING, attention_code="submit_unknown", attention_detail="read time-out")
    assert task_words.line(job) == "being created upstream; attention: submit_unknown: read time-out"


@pytest.mark.parametrize("status", list(Status))
def test_no_state_is_without_words(status: Status) -> None:
    assert task_words.line(a_shown_job(status))


def test_a_failure_is_told_with_what_to_do_about_it() -> None:
    job = a_shown_job(Status.FAILED, error={"code": "empty_output", "message": "There is nothing in it."})
    account = task_words.account(job)
    assert task_words.failure(job) == "empty_output: There is nothing in it."
    assert "ended as failed after 61 s, in attempt 1" in account
    assert "/result/raw" in account
    assert account.count("job_") >= 3
    assert "/retry" in account


def test_an_ending_without_an_error_is_told_by_its_state() -> None:
    assert task_words.failure(a_shown_job(Status.INCOMPLETE)) == "incomplete: The job ended as incomplete."
