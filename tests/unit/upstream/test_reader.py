"""Does a quick look at an answer find its id, status, labels, usage and newest thought?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.outcomes import Ended
from longwatch.upstream.reader import ENDED, PROGRESS_LIMIT, RUNNING, Peek, peek, progress, readable_id

STATUSES = (
    "queued in_progress requires_action requires_continuation completed failed cancelled incomplete budget_exceeded"
)


def thought(*texts: str) -> dict[str, Any]:
    return {"type": "thought", "summary": [{"type": "text", "text": text} for text in texts]}


def test_every_documented_status_is_either_running_or_ended() -> None:
    assert RUNNING | ENDED.keys() == set(STATUSES.split())
    assert not RUNNING & ENDED.keys()


def test_a_peek_finds_what_decides_the_next_step() -> None:
    body = {
        "id": "v1_a",
        "status": "in_progress",
        "labels": {"longwatch_job": "job_1", "odd": 3},
        "usage": {"total_tokens": 5},
        "steps": [thought("Reading")],
    }
    assert peek(json.dumps(body).encode()) == Peek(
        id="v1_a",
        status="in_progress",
        progress="Reading",
        usage={"total_tokens": 5},
        labels={"longwatch_job": "job_1"},
    )


@given(st.binary())
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    peek(raw)


@given(st.dictionaries(st.sampled_from(["id", "status", "steps", "outputs", "usage", "labels"]), st.from_type(object)))
def test_no_odd_field_makes_it_raise(fields: dict[str, object]) -> None:
    peek(json.dumps(fields, default=str).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"<html>", b"[" * 100_000])
def test_what_cannot_be_read_says_nothing(raw: bytes) -> None:
    assert peek(raw) == Peek()


@pytest.mark.parametrize("status", [None, 3, "", [], {}])
def test_a_status_that_is_no_text_is_no_status(status: object) -> None:
    assert peek(json.dumps({"id": "v1_a", "status": status}).encode()).status is None


@pytest.mark.parametrize("identifier", ["v1_abc-_=", "interactions/7", "x" * 512, "作业"])
def test_an_id_is_opaque(identifier: str) -> None:
    assert readable_id(identifier) == identifier


@pytest.mark.parametrize("value", [None, 3, "", "a b", "a\n", "a\x00", "\ud800", ".", "..", "x" * 513, ["a"]])
def test_what_could_not_be_asked_for_again_is_no_id(value: object) -> None:
    assert readable_id(value) is None


def test_progress_is_the_newest_thought_that_says_something() -> None:
    steps = [thought("first"), thought("second", "third"), {"type": "google_search_call"}, thought(), thought(" ")]
    assert progress({"steps": steps}) == "third"


def test_progress_is_read_from_the_legacy_shape_too() -> None:
    assert progress({"outputs": [thought("reading")]}) == "reading"


def test_progress_is_one_line_that_no_terminal_can_be_hurt_by() -> None:
    assert progress({"steps": [thought("**Plan**\n\n\x1b[31mred\t\x00 end")]}) == "**Plan** [31mred \ufffd end"


def test_progress_is_cut_at_its_limit() -> None:
    line = progress({"steps": [thought("word " * 200)]})
    assert line is not None
    assert len(line) == PROGRESS_LIMIT
    assert line.endswith("…")


@pytest.mark.parametrize("steps", [None, [], {}, "x", [3], [{"type": "thought"}], [{"type": "thought", "summary": 3}]])
def test_no_thought_is_no_progress(steps: object) -> None:
    assert progress({"steps": steps}) is None


@pytest.mark.parametrize("usage", [None, {}, [], 3, "many"])
def test_usage_that_is_not_there_yet_is_none(usage: object) -> None:
    assert peek(json.dumps({"usage": usage}).encode()).usage is None


def test_the_legacy_name_of_thought_tokens_is_translated() -> None:
    usage = peek(b'{"usage":{"total_reasoning_tokens":7,"total_tokens":9}}').usage
    assert usage == {"total_thought_tokens": 7, "total_tokens": 9}


def test_an_outcome_does_not_show_the_result_in_logs() -> None:
    assert "secret" not in repr(Ended(upstream_status="completed", raw=b"secret", content_type="application/json"))
