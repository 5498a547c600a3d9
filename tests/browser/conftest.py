"""A real browser: Debian's chromium, driven by Playwright, both fetched by `make browsers`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCREENSHOTS = Path(__file__).parents[2] / ".cache" / "screenshots"
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless browser of this test process."""
    playwright = pytest.importorskip("playwright.sync_api", reason="`make browsers` fetches it")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("there is no chromium; `make browsers` says how to get it")
    # As root, chromium starts only without its sandbox; it visits nothing but loopback here.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture
def screenshots() -> Path:
    """Where pictures are left for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
