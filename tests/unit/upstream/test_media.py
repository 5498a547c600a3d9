import base64
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.media import ANY_BYTES, read_media


def an_image(**fields: Any) -> dict[str, Any]:
    return {"type": "image", "mime_type": "image/png", "data": base64.b64encode(b"png").decode(), **fields}


@given(st.binary(min_size=1), st.booleans(), st.booleans())
def test_inline_data_is_decoded_to_the_letter_however_it_was_written(data: bytes, url_safe: bool, padded: bool) -> None:  # noqa: FBT001
    written = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    [artifact], [file] = read_media([an_image(data=written if padded else written.rstrip("="))])
    assert (file.data, artifact.size) == (data, len(data))
    assert artifact.sha256 == hashlib.sha256(data).hexdigest() == file.sha256.hex()


def test_line_breaks_are_no_harm() -> None:
    _, [file] = read_media([an_image(data="aGVs\nbG8=\r\n")])
    assert file.data == b"hello"


@pytest.mark.parametrize("data", ["%%%", "a", "aGVsbG8=aGVs", "é"])
def test_what_is_not_base64_is_noted_and_makes_no_file(data: str) -> None:
    [artifact], files = read_media([an_image(data=data)])
    assert (artifact.error, artifact.size, files) == ("its data is not base64", None, ())


def test_media_that_lie_elsewhere_make_no_file() -> None:
    [artifact], files = read_media([{"type": "video", "uri": "gs://b/c"}])
    assert (artifact.uri, artifact.error, files) == ("gs://b/c", None, ())


def test_each_file_keeps_its_place_among_all_media() -> None:
    artifacts, files = read_media([{"type": "video", "uri": "gs://b/c"}, an_image(), an_image(data="%"), an_image()])
    assert [artifact.index for artifact in artifacts] == [0, 1, 2, 3]
    assert [file.index for file in files] == [1, 3]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("image/png", "image/png"),
        ("audio/l16;rate=24000", "audio/l16;rate=24000"),
        ("audio/L16; codec=pcm; rate=24000", "audio/L16; codec=pcm; rate=24000"),
        ("image/png\r\nset-cookie: a=b", ANY_BYTES),
        ("nothing", ANY_BYTES),
        (None, ANY_BYTES),
        (7, ANY_BYTES),
    ],
)
def test_a_type_that_no_header_could_carry_is_any_bytes(said: Any, kept: str) -> None:
    _, [file] = read_media([an_image(mime_type=said)])
    assert file.mime_type == kept


@given(st.lists(st.dictionaries(st.sampled_from(["data", "uri", "mime_type"]), st.text() | st.integers())))
def test_nothing_that_is_called_media_makes_it_raise(items: list[dict[str, Any]]) -> None:
    artifacts, _ = read_media([{"type": "image", **item} for item in items])
    assert len(artifacts) == len(items)
