"""Is JSON from outside read as far as it can be, and never fatal?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.document import clean, clean_or_none, clean_text, parse, parse_any

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(categories=None)), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("raw", "document"),
    [
        pytest.param(b'{"a":1,"a":2}', {"a": 2}, id="the last of doubled keys wins"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', {"a": 1}, id="a byte order mark"),
        pytest.param(b'{"a":"\\u0000"}', {"a": "\x00"}, id="an escaped NUL"),
        pytest.param(b'{"a":"\\ud800"}', {"a": "\ud800"}, id="an escaped lone surrogate"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', {"a": "\ud800"}, id="an encoded lone surrogate"),
        pytest.param(b'{"a":"\xff"}', {"a": "\ufffd"}, id="wrong UTF-8"),
        pytest.param(b'{"a":"\x01"}', {"a": "\x01"}, id="a bare control character"),
        pytest.param(b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}, id="a surrogate pair"),
        pytest.param(b'[{"a":1}]', {"a": 1}, id="wrapped in an array"),
    ],
)
def test_odd_json_is_read(raw: bytes, document: object) -> None:
    assert parse(raw) == document


@pytest.mark.parametrize(
    "raw",
    [b"", b" ", b"null", b"3", b'"x"', b"[]", b"[3]", b"{", b'{"a":', b"<html>", b"\x00", b"{]}", b"[" * 200_000],
)
def test_what_is_no_object_is_none(raw: bytes) -> None:
    assert parse(raw) is None


@given(st.binary())
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    parse(raw)


@given(JSON)
def test_what_is_cleaned_fits_into_utf8_and_jsonb(value: Any) -> None:
    text = json.dumps(clean(value), allow_nan=False)
    assert "\\u0000" not in text
    json.dumps(clean(value), ensure_ascii=False).encode()


@given(JSON)
def test_cleaning_twice_changes_nothing_more(value: Any) -> None:
    assert clean(clean(value)) == clean(value)


@given(st.text(st.characters(categories=None)))
def test_cleaned_text_keeps_its_length(text: str) -> None:
    assert len(clean_text(text)) == len(text)


def test_a_nest_too_deep_to_keep_is_told() -> None:
    nest = parse_any(b"[" * 150 + b"]" * 150)
    assert clean(nest) == nest
    deeper: list[Any] = []
    for _ in range(300):
        deeper = [deeper]
    with pytest.raises(ValueError, match="deep"):
        clean(deeper)
    assert clean_or_none(deeper) is None
