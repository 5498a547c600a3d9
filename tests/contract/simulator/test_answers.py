"""In which shapes errors and odd texts are written."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.answers import CODES, Answer, ApiError, BodyShape, error_answer, json_answer, to_json
from simulator.keys import key_refusal
from simulator.ops import Op

JSON_SHAPES: list[BodyShape] = ["json", "google", "array"]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("lone \ud800"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def document(answer: Answer) -> Any:
    return json.loads(answer.body)


@pytest.mark.parametrize("status", CODES)
def test_every_status_has_the_code_of_the_interactions_api(status: int) -> None:
    error = document(error_answer(status, message="m"))["error"]
    assert error == {"code": CODES[status][0], "message": "m"}


@pytest.mark.parametrize("status", CODES)
def test_every_status_has_the_name_of_the_google_front_end(status: int) -> None:
    error = document(error_answer(status, message="m", shape="google"))["error"]
    assert error == {"code": status, "message": "m", "status": CODES[status][1]}


def test_the_array_wraps_the_google_shape() -> None:
    google, array = (error_answer(503, shape=shape) for shape in ("google", "array"))
    assert document(array) == [document(google)]


def test_details_belong_to_the_google_shape() -> None:
    details = [{"@type": "x"}]
    assert document(error_answer(400, shape="google", details=details))["error"]["details"] == details


@pytest.mark.parametrize("shape", JSON_SHAPES)
@pytest.mark.parametrize("status", [418, 599])
def test_a_status_that_nobody_knows_is_written_too(status: int, shape: BodyShape) -> None:
    answer = error_answer(status, shape=shape)
    assert answer.status == status
    assert str(status) in answer.body.decode()


def test_the_page_of_a_proxy_is_html_and_names_its_status() -> None:
    answer = error_answer(502, shape="html")
    assert answer.content_type.startswith("text/html")
    assert b"502" in answer.body


def test_an_empty_error_has_no_byte() -> None:
    assert error_answer(504, shape="empty").body == b""


def test_a_refusal_carries_its_answer_and_its_words() -> None:
    refusal = ApiError(400, "no such field", code="parameter_unknown")
    assert str(refusal) == "no such field"
    assert document(refusal.answer)["error"]["code"] == "parameter_unknown"


@given(JSON_VALUES)
def test_any_json_is_written_and_read_back(value: Any) -> None:
    assert json.loads(to_json(value)) == value


def test_text_is_written_as_utf8_unless_it_cannot_be() -> None:
    assert to_json("文") == '"文"'.encode()
    assert to_json("文\ud800") == b'"\\u6587\\ud800"'


def test_a_digest_is_of_the_bytes_that_are_sent() -> None:
    answer = json_answer({"a": "文"})
    assert answer.sha256 == hashlib.sha256('{"a":"文"}'.encode()).hexdigest()


@pytest.mark.parametrize("op", ["create", "get", "cancel", "delete"])
def test_a_quota_of_none_stops_creates_only(op: Op) -> None:
    assert (key_refusal("quota-zero-key", op=op) is not None) == (op == "create")


@given(st.text(min_size=1).filter(lambda key: not key.endswith("-key")))
def test_any_other_key_is_good(key: str) -> None:
    assert key_refusal(key, op="create") is None
