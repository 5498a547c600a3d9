"""Whether pictures, sound, video and documents are looked at, and pictures made."""

import base64
import struct
from typing import Any

import pytest

from tests.contract.support import media, shapes
from tests.contract.support.clients import Client
from tests.contract.support.sdks import SdkError

MODEL = "gemini-2.5-flash"


def described(client: Client, kind: str, mime_type: str, content: bytes) -> str:
    part = {"type": kind, "data": base64.b64encode(content).decode(), "mime_type": mime_type}
    return shapes.text(client.create(model=MODEL, input=[{"type": "text", "text": "What is this?"}, part]))


@pytest.mark.parametrize(
    ("kind", "mime_type", "content", "truths"),
    [
        ("image", "image/png", media.png(119, 67), ["119", "67"]),
        ("image", "image/jpeg", media.jpeg(211, 97), ["211", "97"]),
        ("audio", "audio/wav", media.wav(3.5), ["3.5"]),
        ("video", "video/mp4", media.mp4(11, width=96, height=64), ["11"]),
        ("document", "application/pdf", media.pdf(13), ["13"]),
    ],
    ids=["png", "jpeg", "wav", "mp4", "pdf"],
)
def test_something_true_of_the_bytes_is_said(
    client: Client, kind: str, mime_type: str, content: bytes, truths: list[str]
) -> None:
    said = described(client, kind, mime_type, content)
    assert all(truth in said for truth in truths), said


@pytest.mark.parametrize(
    ("kind", "mime_type", "content"),
    [
        ("image", "image/png", media.png(9, 9)[:40]),
        ("image", "image/png", media.jpeg(9, 9)),
        ("document", "application/pdf", b"no document at all"),
        ("audio", "audio/wav", media.png(9, 9)),
    ],
    ids=["cut", "mislabelled", "text", "picture"],
)
def test_damaged_or_mislabelled_data_is_refused(client: Client, kind: str, mime_type: str, content: bytes) -> None:
    with pytest.raises(SdkError) as refused:
        described(client, kind, mime_type, content)
    assert refused.value.status == 400


def test_a_picture_is_made(client: Client) -> None:
    wanted: dict[str, Any] = {"response_modalities": ["IMAGE" if client.legacy else "image"]}
    answer = client.create(model="gemini-3-pro-image-preview", input="Draw a lightship at dusk.", **wanted)
    (picture,) = shapes.of_type(answer, "image")
    content = base64.b64decode(picture["data"])
    assert picture["mime_type"] == "image/png"
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert all(side > 0 for side in struct.unpack(">II", content[16:24]))


def test_what_picture_comes_depends_on_what_was_asked(client: Client) -> None:
    drawn = [
        shapes.of_type(
            client.create(model="gemini-3-pro-image-preview", input=wish, response_modalities=["image"]), "image"
        )
        for wish in ("Draw a lightship.", "Draw a sandbank.", "Draw a lightship.")
    ]
    assert drawn[0][0]["data"] == drawn[2][0]["data"]
    assert drawn[0][0]["data"] != drawn[1][0]["data"]
