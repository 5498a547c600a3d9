"""Is all that a run brought found, in both wire revisions, and nothing that is not its answer?"""

import hashlib
import json
from typing import Any

import pytest
from google.genai._gaos.types.interactions import Interaction
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.derive import Derived, derive
from longwatch.upstream.failures import BLOCKED, GENERATION_FAULT, NO_DETAIL
from longwatch.upstream.media import Artifact

IMAGE = {"type": "image", "mime_type": "image/png", "data": "aGVsbG8="}
SEARCH = {"type": "google_search_call", "id": "1", "arguments": {"queries": ["x"]}}
THOUGHT = {"type": "thought", "signature": "", "summary": [{"type": "text", "text": "hm"}]}


def text(words: str, *annotations: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, "annotations": list(annotations)}


def output(*content: dict[str, Any] | str) -> dict[str, Any]:
    return {"type": "model_output", "content": [text(item) if isinstance(item, str) else item for item in content]}


def asked(words: str = "the prompt") -> dict[str, Any]:
    return {"type": "user_input", "content": [text(words)]}


def derived(steps: list[Any] | None = None, **fields: Any) -> Derived:
    body = {"id": "v1_a", "status": "completed"} | ({} if steps is None else {"steps": steps}) | fields
    return derive(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("steps", "full"),
    [
        pytest.param([asked(), THOUGHT, output("report")], "report", id="the prompt and the thoughts are left out"),
        pytest.param([output("old"), asked(), output("new")], "new", id="only what follows the last input"),
        pytest.param([output("a ", "b")], "a b", id="pieces of one run are joined to the letter"),
        pytest.param([output("a "), THOUGHT, output("b")], "a b", id="a thought does not part a run"),
        pytest.param([output("a", IMAGE, "b")], "a\n\nb", id="a picture parts two runs"),
        pytest.param([output("a\n", IMAGE, "b")], "a\nb", id="runs that are parted already stay so"),
        pytest.param([output("a"), SEARCH, SEARCH, output("b")], "a\n\nb", id="a tool parts two runs"),
        pytest.param([SEARCH, output("a"), SEARCH], "a", id="nothing is added at the ends"),
        pytest.param([output("a", IMAGE, "", "b")], "a\n\nb", id="an empty text is no run"),
        pytest.param([output("张量"), SEARCH, output("处理器")], "张量\n\n处理器", id="Chinese stays Chinese"),
        pytest.param([output("a\u0000b\ud800c")], "a\ufffdb\ufffdc", id="what PostgreSQL cannot keep is replaced"),
        pytest.param([output({"type": "hologram"}), output("a")], "a", id="unknown content is passed over"),
        pytest.param([{"type": "dance"}, 3, None, output("a")], "a", id="unknown steps are passed over"),
        pytest.param([output({"type": "text"}, {"type": "text", "text": 3}, "a")], "a", id="text without text"),
    ],
)
def test_the_full_text_is_every_text_of_the_answer(steps: list[Any], full: str) -> None:
    result = derived(steps)
    assert (result.text, result.revision) == (full, "steps")


def test_the_legacy_shape_is_read_as_well() -> None:
    result = derived(outputs=[THOUGHT, text("a"), IMAGE, text("b"), {"type": "google_search_result"}])
    assert (result.text, result.revision, len(result.artifacts)) == ("a\n\nb", "legacy", 1)


def test_outputs_on_the_current_api_are_read_as_well() -> None:
    audio = {"type": "audio", "mime_type": "audio/mp3", "uri": "https://example.com/song"}
    result = derived([], model="lyria-3-pro-preview", outputs=[text("la la"), audio])
    assert (result.text, result.artifacts[0].uri, result.empty) == ("la la", "https://example.com/song", False)


def test_steps_win_over_outputs_where_both_speak() -> None:
    assert derived([output("new")], outputs=[text("old")]).text == "new"


TEXTS = st.lists(st.sampled_from(["", "a", "b\n", " ", "张"]), max_size=3)
PARTS = st.one_of(
    TEXTS.map(lambda texts: output(*texts)),
    TEXTS.map(lambda texts: output(*texts, IMAGE, *texts)),
    st.sampled_from([THOUGHT, SEARCH, asked()]),
)


@given(st.lists(PARTS, max_size=6))
def test_the_full_text_ends_with_what_the_official_sdk_calls_the_output_text(steps: list[dict[str, Any]]) -> None:
    theirs = Interaction.model_validate({"id": "v1_a", "status": "completed", "steps": steps}).output_text
    assert (derived(steps).text or "").endswith(theirs or "")


@given(st.binary())
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    derive(raw, structured=True)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["text", "model_output"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "content", "annotations", "start_index", "end_index", "error", "code", "data"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["steps", "outputs", "errors", "error", "usage", "status"]), ODD))
def test_no_odd_shape_makes_it_raise(body: dict[str, Any]) -> None:
    derive(json.dumps(body).encode(), structured=True)


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ({"status": "completed"}, True),
        ({"status": "completed", "steps": []}, True),
        ({"status": "completed", "steps": [asked(), THOUGHT]}, True),
        ({"status": "completed", "steps": [output(" \n")]}, True),
        ({"status": "completed", "steps": [output(IMAGE)]}, False),
        ({"status": "completed", "steps": [output("a")]}, False),
        ({"status": "failed"}, False),
        ({"status": "incomplete"}, False),
    ],
)
def test_completed_with_nothing_in_it_is_empty(body: dict[str, Any], *, empty: bool) -> None:
    assert derive(json.dumps(body).encode()).empty is empty


def test_media_are_listed_in_order_without_their_bytes() -> None:
    chart = {"type": "image", "mime_type": "image/png", "uri": "gs://b/c"}
    result = derived([output(IMAGE, "text", chart)])
    digest = hashlib.sha256(b"hello").hexdigest()
    assert result.artifacts == (
        Artifact(index=0, type="image", mime_type="image/png", uri=None, size=5, sha256=digest),
        Artifact(index=1, type="image", mime_type="image/png", uri="gs://b/c"),
    )
    assert [(file.index, file.data) for file in result.files] == [(0, b"hello")]


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"errors": [{"code": "safety", "message": "blocked"}]}, "safety", "blocked"),
        ({"errors": [{}, {"code": "api_error"}]}, "api_error", NO_DETAIL),
        ({"error": {"code": "api_error", "message": "oops"}}, "api_error", "oops"),
        ({"error": {"code": 13, "message": "internal"}}, "13", "internal"),
        ({"error": "it broke"}, "upstream_failed", "it broke"),
        ({"steps": [output() | {"error": {"code": 8, "message": "exhausted"}}]}, "8", "exhausted"),
        ({}, "upstream_failed", NO_DETAIL),
        ({"errors": [], "error": None}, "upstream_failed", NO_DETAIL),
        ({"errors": "x", "error": 3}, "upstream_failed", NO_DETAIL),
    ],
)
def test_a_failure_is_explained_by_whatever_the_upstream_says(fields: dict[str, Any], code: str, message: str) -> None:
    error = derived(status="failed", **fields).error
    assert error is not None
    assert (error.code, error.message) == (code, message)


@pytest.mark.parametrize("code", sorted(BLOCKED))
def test_blocked_content_is_known_as_such(code: str) -> None:
    error = derived(status="failed", errors=[{"code": code}]).error
    assert error is not None
    assert error.kind == "blocked"


@pytest.mark.parametrize("code", sorted(GENERATION_FAULT))
def test_a_fault_of_generation_is_known_as_such(code: str) -> None:
    error = derived(status="failed", errors=[{"code": code}]).error
    assert error is not None
    assert error.kind == "generation_fault"


def test_a_completed_run_has_no_error() -> None:
    assert derived([output("a")]).error is None


def structured(words: str | list[Any]) -> Derived:
    steps = [output(words)] if isinstance(words, str) else words
    return derive(json.dumps({"status": "completed", "steps": steps}).encode(), structured=True)


def test_a_structured_answer_is_parsed() -> None:
    assert structured('{"a": ["\\u0000", 1]}').parsed == {"a": ["\ufffd", 1]}


def test_a_structured_answer_after_talk_is_parsed() -> None:
    assert structured([output("let me look"), SEARCH, output('{"a":1}')]).parsed == {"a": 1}


@pytest.mark.parametrize("words", ["", "nothing", '{"a":', "[" * 5000])
def test_a_structured_answer_that_is_none_says_so_and_keeps_the_text(words: str) -> None:
    result = structured(words)
    assert (result.parsed, result.text) == (None, words or None)
    assert result.parse_error


def test_a_structured_answer_too_deep_to_keep_says_so() -> None:
    assert structured("[" * 250 + '"\\ud800"' + "]" * 250).parse_error == "nested too deeply"


def test_an_unstructured_answer_is_not_parsed() -> None:
    result = derived([output("{}")])
    assert (result.parsed, result.parse_error) == (None, None)


def test_a_continuation_token_is_kept() -> None:
    assert derived(status="requires_continuation", continuation_token="t1").continuation_token == "t1"


def test_unreadable_bytes_derive_to_nothing() -> None:
    result = derive(b"<html>")
    assert (result.text, result.status, result.usage, result.citations) == (None, None, None, ())


def test_the_words_of_earlier_hops_come_before_the_last_ones_and_citations_still_point_at_theirs() -> None:
    note = {"type": "url_citation", "url": "https://example.com", "title": "t", "start_index": 0, "end_index": 6}
    hops = [
        {"status": "requires_continuation", "steps": [output("潮汐 turn ")]},
        {"status": "completed", "steps": [output(text("again.", note))]},
    ]
    first, last = (json.dumps(hop).encode() for hop in hops)
    whole = derive(last, earlier=[first])
    assert whole.text == "潮汐 turn again."
    span = whole.citations[0].span
    assert span is not None
    assert whole.text[span.start : span.end] == "again."


def test_an_error_quotes_neither_the_request_nor_the_turn_that_it_answers() -> None:
    words = "How high are the tides today?"
    raw = json.dumps({"status": "failed", "error": {"code": "bad", "message": f"No: {words} {words[::-1]}"}}).encode()
    error = derive(raw, asked=[{"input": words}, {"input": [{"type": "text", "text": words[::-1]}]}]).error
    assert error is not None
    assert (error.code, error.message) == ("bad", "No: […]")


def test_an_error_of_megabytes_is_told_by_its_head() -> None:
    error = derive(json.dumps({"status": "failed", "error": "so " * 500_000}).encode()).error
    assert error is not None
    assert (len(error.message), error.message[-1]) == (2000, "…")
