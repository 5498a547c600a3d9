"""The files that our own samples read, here and on the web."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.support import media
from tests.contract.support.web import serving

FILES = {
    "lightship.png": media.png(131, 77),
    "foghorn.wav": media.wav(3.5),
    "harbour.mp4": media.mp4(11, width=96, height=64),
    "almanac.pdf": media.pdf(13),
    "seal.jpg": media.jpeg(211, 97),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every local file that a sample opens."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture(scope="session")
def web() -> Iterator[str]:
    """The address of the same files on the web."""
    with serving(FILES) as url:
        yield url
