import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.calls import open_calls


def calls_in(**document: Any) -> list[dict[str, Any]]:
    return open_calls(json.dumps(document).encode())


def a_call(call_id: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": call_id, "name": "weather", "arguments": arguments}


def test_parallel_calls_come_in_their_order() -> None:
    found = calls_in(steps=[{"type": "thought"}, a_call("one", city="Bern"), a_call("two", city="Basel")])
    assert found == [
        {"call_id": "one", "name": "weather", "arguments": {"city": "Bern"}},
        {"call_id": "two", "name": "weather", "arguments": {"city": "Basel"}},
    ]


def test_a_call_whose_result_was_seen_is_not_open() -> None:
    steps = [a_call("one"), {"type": "function_result", "call_id": "one", "result": "7"}, a_call("two")]
    assert [call["call_id"] for call in calls_in(steps=steps)] == ["two"]


def test_the_old_schema_has_its_calls_among_the_outputs() -> None:
    assert [call["call_id"] for call in calls_in(outputs=[a_call("one")])] == ["one"]


def test_a_call_that_cannot_be_answered_is_passed_over() -> None:
    assert calls_in(steps=[{"type": "function_call", "name": "weather"}]) == []


def test_what_postgresql_cannot_keep_is_replaced() -> None:
    [call] = calls_in(steps=[a_call("one", city="a\x00b")])
    assert call["arguments"] == {"city": "a\ufffdb"}


@given(st.binary())
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    assert open_calls(raw) == []
