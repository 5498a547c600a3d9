"""The folder that the guide's samples run in, and the web that they read from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.support import media
from tests.contract.support.web import serving

FILES = {
    "car.png": media.png(57, 31),
    "speech.wav": media.wav(2.5),
    "video.mp4": media.mp4(7, width=64, height=48),
    "sample.pdf": media.pdf(3),
    "cats-and-dogs.jpg": media.jpeg(83, 45),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every local file that a sample opens."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture(scope="session")
def web() -> Iterator[str]:
    """The address that stands in for the guide's remote folders; it holds the picture."""
    with serving(FILES) as url:
        yield url
