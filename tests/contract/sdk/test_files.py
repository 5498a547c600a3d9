"""Whether each official SDK's own upload works, and what was uploaded can be used."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.contract.support import media, shapes
from tests.contract.support.clients import Client
from tests.contract.support.sdks import SdkError
from tests.support.waiting import eventually


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "lightship.png"
    path.write_bytes(media.png(131, 77))
    return path


def active(client: Client, name: str) -> Any:
    """Return the file once it can be used."""
    client.endpoint.simulator.advance(60)

    def is_active() -> Any:
        found = client.file(name)
        return found if found["state"] == "ACTIVE" else None

    return eventually(is_active, within=20)


def test_an_uploaded_file_becomes_active(client: Client, picture: Path) -> None:
    uploaded = client.upload(picture, "image/png")
    file = active(client, uploaded["name"])
    assert file["mimeType"] == "image/png"
    assert int(file["sizeBytes"]) == picture.stat().st_size
    assert file["uri"].endswith(uploaded["name"])
    digest = hashlib.sha256(picture.read_bytes())
    assert base64.b64decode(file["sha256Hash"]) in {digest.digest(), digest.hexdigest().encode()}


def test_an_uploaded_picture_is_looked_at(client: Client, picture: Path) -> None:
    file = active(client, client.upload(picture, "image/png")["name"])
    parts = [{"type": "image", "uri": file["uri"], "mime_type": "image/png"}, {"type": "text", "text": "What is it?"}]
    said = shapes.text(client.create(model="gemini-2.5-flash", input=parts))
    assert "131" in said
    assert "77" in said


def test_a_file_of_several_pieces_arrives_whole(client: Client, tmp_path: Path) -> None:
    large = tmp_path / "survey.csv"
    large.write_bytes(b"depth,place\n" + b"12,Hull\n" * 1_200_000)
    file = active(client, client.upload(large, "text/csv")["name"])
    assert int(file["sizeBytes"]) == large.stat().st_size


def test_files_are_listed_and_forgotten(client: Client, picture: Path) -> None:
    name = client.upload(picture, "image/png")["name"]
    assert name in [file["name"] for file in client.files()]
    client.forget_file(name)
    assert name not in [file["name"] for file in client.files()]
    with pytest.raises(SdkError) as refused:
        client.file(name)
    assert refused.value.status in {403, 404}
