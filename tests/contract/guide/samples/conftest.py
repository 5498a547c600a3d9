"""The folder that the guide's samples run in, and the web that they read from."""

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contract.support import media

FILES = {
    "car.png": media.png(57, 31),
    "speech.wav": media.wav(2.5),
    "video.mp4": media.mp4(7, width=64, height=48),
    "sample.pdf": media.pdf(3),
    "cats-and-dogs.jpg": media.jpeg(83, 45),
}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every local file that a sample opens."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address that stands in for the guide's remote folders; it holds the picture."""
    root = tmp_path_factory.mktemp("web")
    (root / "cats-and-dogs.jpg").write_bytes(FILES["cats-and-dogs.jpg"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
