from typing import Any

import pytest

from longwatch.upstream.attachments import file_names

URI = "https://generativelanguage.googleapis.com/v1beta/files/abc-123"
DOCUMENT = {"type": "document", "uri": URI}


@pytest.mark.parametrize(
    "given",
    [
        DOCUMENT,
        [{"type": "text", "text": "Read it"}, DOCUMENT],
        [{"type": "user_input", "content": [DOCUMENT, DOCUMENT]}],
        {"type": "document", "uri": "files/abc-123"},
        {"type": "document", "uri": f"{URI}?alt=media"},
    ],
)
def test_a_file_is_found_wherever_it_stands_and_once(given: Any) -> None:
    assert file_names({"input": given}) == ["files/abc-123"]


@pytest.mark.parametrize(
    "given", [None, "files/abc-123", {"uri": 7}, [{"uri": "gs://b/files/"}], {"uri": "https://example.com/myfiles/abc"}]
)
def test_what_is_no_uploaded_file_is_left_alone(given: Any) -> None:
    assert file_names({"input": given}) == []
