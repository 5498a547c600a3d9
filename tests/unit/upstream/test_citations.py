"""Do citations point at the words they were given for, in bytes and in characters of the full text?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.citations import Citation, Span
from longwatch.upstream.derive import Derived, derive


def url(start: Any, end: Any, **more: Any) -> dict[str, Any]:
    indices = {"start_index": start, "end_index": end}
    return {"type": "url_citation", "url": "https://example.com", "title": "Example"} | indices | more


def report(*texts: tuple[str, list[dict[str, Any]]], between: dict[str, Any] | None = None) -> Derived:
    content: list[dict[str, Any]] = []
    for words, annotations in texts:
        content += [{"type": "text", "text": words, "annotations": annotations}, *([between] if between else [])]
    steps = [{"type": "model_output", "content": content}]
    return derive(json.dumps({"status": "completed", "steps": steps}).encode())


def only(result: Derived) -> Citation:
    (citation,) = result.citations
    return citation


def test_a_citation_names_its_source_and_its_words() -> None:
    citation = only(report(("The TPU was announced.", [url(4, 7)])))
    assert (citation.type, citation.url, citation.title) == ("url_citation", "https://example.com", "Example")
    assert citation.span == Span(start_byte=4, end_byte=7, start=4, end=7, text="TPU")


def test_offsets_are_bytes_of_utf8_with_the_end_left_out() -> None:
    span = only(report(("谷歌的TPU是芯片", [url(9, 15)]))).span
    assert span == Span(start_byte=9, end_byte=15, start=3, end=7, text="TPU是")


def test_offsets_are_moved_to_the_full_text() -> None:
    image = {"type": "image", "uri": "gs://a/b"}
    result = report(("芯片", []), ("TPU v7 🚀", [url(4, 11)]), between=image)
    assert result.text == "芯片\n\nTPU v7 🚀"
    assert only(result).span == Span(start_byte=12, end_byte=19, start=8, end=12, text="v7 🚀")


def test_characters_that_are_replaced_do_not_shift_what_follows() -> None:
    result = report(("a\x00\ud800b TPU", [url(7, 10)]))
    assert result.text == "a\ufffd\ufffdb TPU"
    assert only(result).span == Span(start_byte=9, end_byte=12, start=5, end=8, text="TPU")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(0, 99, id="past the end"),
        pytest.param(5, 2, id="backwards"),
        pytest.param(-3, 2, id="negative"),
        pytest.param(None, None, id="null"),
        pytest.param("x", "y", id="words"),
        pytest.param(True, True, id="booleans"),
        pytest.param(0, 10**30, id="huge"),
        pytest.param([], {}, id="shapes"),
        pytest.param(1, 3, id="inside a character"),
        pytest.param(0, 2, id="through a character"),
    ],
)
def test_senseless_offsets_lose_the_span_but_not_the_source(start: Any, end: Any) -> None:
    citation = only(report(("谷歌的TPU", [url(start, end)])))
    assert (citation.span, citation.url) == (None, "https://example.com")


def test_a_start_of_zero_may_be_left_out_on_the_wire() -> None:
    annotation = url(0, 3)
    del annotation["start_index"]
    span = only(report(("TPU", [annotation]))).span
    assert span is not None
    assert span.text == "TPU"


def test_a_missing_end_is_no_span() -> None:
    annotation = url(0, 3)
    del annotation["end_index"]
    assert only(report(("TPU", [annotation]))).span is None


def test_offsets_written_as_text_are_read() -> None:
    span = only(report(("TPU v7", [url("4", "6")]))).span
    assert span is not None
    assert span.text == "v7"


def test_a_file_is_a_source() -> None:
    citation = only(
        report(
            (
                "see the file",
                [
                    {
                        "type": "file_citation",
                        "document_uri": "files/7",
                        "file_name": "tpu.pdf",
                        "page_number": 3,
                        "custom_metadata": {"k": "\x00"},
                        "start_index": 0,
                        "end_index": 3,
                    },
                ],
            ),
        ),
    )
    assert (citation.type, citation.url, citation.title) == ("file_citation", "files/7", "tpu.pdf")
    assert citation.details == {"page_number": 3, "custom_metadata": {"k": "\ufffd"}}


def test_a_place_is_a_source() -> None:
    place = {"type": "place_citation", "place_id": "p1", "name": "Café", "url": "https://maps.example"}
    citation = only(report(("x", [place])))
    assert (citation.type, citation.title, citation.details) == ("place_citation", "Café", {"place_id": "p1"})


@pytest.mark.parametrize(
    ("source", "where", "title"),
    [("https://a.example/b", "https://a.example/b", None), ("example.com", None, "example.com"), ("", None, None)],
)
def test_a_legacy_source_is_an_address_or_a_name(source: str, where: str | None, title: str | None) -> None:
    body = {"outputs": [{"type": "text", "text": "TPU", "annotations": [{"source": source, "end_index": 3}]}]}
    citation = only(derive(json.dumps(body).encode()))
    assert (citation.type, citation.url, citation.title) == ("source", where, title)
    assert citation.span is not None


@pytest.mark.parametrize(
    "annotation",
    [{}, {"type": "word_info"}, {"type": "speech_metadata"}, {"type": 3}, {"type": []}, {"type": None}, 3, None],
)
def test_what_is_no_citation_is_passed_over(annotation: Any) -> None:
    assert report(("TPU", [annotation])).citations == ()


WORDS = st.text(st.characters(categories=None), min_size=1, max_size=12)


@given(before=WORDS, words=WORDS, cut=st.tuples(st.integers(0, 12), st.integers(0, 12)))
def test_every_span_selects_its_own_words_from_the_full_text(before: str, words: str, cut: tuple[int, int]) -> None:
    start, end = sorted(min(point, len(words)) for point in cut)
    first, last = (len(words[:point].encode("utf-8", "surrogatepass")) for point in (start, end))
    result = report((before, []), (words, [url(first, last)]), between={"type": "image"})
    span, full = only(result).span, result.text or ""
    assert span is not None
    assert full[span.start : span.end] == span.text
    assert full.encode()[span.start_byte : span.end_byte].decode() == span.text
    assert len(span.text) == end - start
