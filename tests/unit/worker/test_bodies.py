"""Which bytes does a worker make: an event's body, a progress mark, a continuation?"""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from longwatch.store.claims import DueDelivery, Held
from longwatch.upstream.requests import continued
from worker.delivering import body_of
from worker.watching import hash_of

AT = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)


def a_delivery(**data: Any) -> DueDelivery:
    return DueDelivery(
        held=Held("delivery", UUID(int=1), 1, 0),
        job_id=UUID(int=2),
        sequence=5,
        url="https://example.com/hook",
        attempts=0,
        type="job.completed",
        at=AT,
        interaction_id=None,
        data=data,
        metadata={"order": 7},
    )


def test_a_body_names_every_field_whether_or_not_the_event_fills_it() -> None:
    told = json.loads(body_of(a_delivery(status="completed")))
    assert (told["type"], told["timestamp"]) == ("job.completed", "2026-11-22T19:00:00.000000Z")
    assert set(told["data"]) == {
        "job_id",
        "sequence",
        "status",
        "interaction_id",
        "metadata",
        "usage",
        "error",
        "attention",
        "action",
        "preview",
        "result_url",
    }
    assert told["data"]["metadata"] == {"order": 7}


def test_a_body_is_the_same_bytes_at_every_attempt() -> None:
    assert body_of(a_delivery(preview="潮汐")) == body_of(a_delivery(preview="潮汐"))


@given(st.text())
def test_a_progress_mark_fits_its_column_and_is_the_same_for_the_same_words(words: str) -> None:
    assert 0 <= hash_of(words) < 2**63
    assert hash_of(words) == hash_of(words)


def test_other_words_have_another_mark() -> None:
    assert hash_of("Reading sources") != hash_of("Writing the report")


def test_a_continuation_repeats_everything_but_the_input() -> None:
    body = {"agent": "deep-research", "input": "the tides", "tools": [{"type": "google_search"}]}
    assert continued(body, previous_id="run-1", token="t") == {
        "agent": "deep-research",
        "tools": [{"type": "google_search"}],
        "previous_interaction_id": "run-1",
        "continuation_token": "t",
    }


def test_a_continuation_without_a_token_names_only_its_predecessor() -> None:
    assert continued({"model": "m", "input": "x"}, previous_id="run-1", token=None) == {
        "model": "m",
        "previous_interaction_id": "run-1",
    }
