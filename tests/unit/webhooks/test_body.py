"""Is an event's body always valid UTF-8 JSON, and always the same bytes?"""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.webhooks.body import build_body

AT = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
JSON_TEXT = st.text(st.characters(codec="utf-8"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | JSON_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(JSON_TEXT, inner, max_size=4),
    max_leaves=12,
)


def test_the_body_is_the_event_in_compact_json_in_the_order_given() -> None:
    body = build_body("job.completed", at=AT, data={"job_id": "job_1", "sequence": 3, "a": None})
    assert body == (
        b'{"type":"job.completed","timestamp":"2026-11-22T12:00:00.123456Z",'
        b'"data":{"job_id":"job_1","sequence":3,"a":null}}'
    )


def test_the_timestamp_is_utc_whatever_its_zone() -> None:
    shanghai = AT.astimezone(timezone(timedelta(hours=8)))
    assert build_body("job.failed", at=shanghai, data={}) == build_body("job.failed", at=AT, data={})


def test_chinese_text_travels_as_itself() -> None:
    body = build_body("job.completed", at=AT, data={"preview": "张量处理器的历史"})
    assert "张量处理器的历史".encode() in body


@pytest.mark.parametrize("lone", ["\ud800", "a\ud83d", "\ude00b"])
def test_a_lone_surrogate_is_replaced_rather_than_breaking_the_delivery(lone: str) -> None:
    data = json.loads(build_body("job.completed", at=AT, data={"preview": lone, lone: 1}))["data"]
    assert "\N{REPLACEMENT CHARACTER}" in data["preview"]
    assert data[data["preview"]] == 1


@given(st.dictionaries(JSON_TEXT, JSON_VALUES, max_size=5))
def test_any_values_come_out_as_they_went_in(data: dict[str, object]) -> None:
    body = build_body("job.completed", at=AT, data=data)
    assert json.loads(body)["data"] == data
    assert build_body("job.completed", at=AT, data=data) == body


@given(st.text())
def test_any_text_gives_valid_utf8(text: str) -> None:
    json.loads(build_body("job.completed", at=AT, data={"preview": text}).decode())


def test_a_number_that_is_not_json_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        build_body("job.completed", at=AT, data={"cost": float("nan")})
