"""Does a log line say what went wrong and where, and never what was being worked on?"""

import logging
import sys
from typing import Literal

import pytest

from longwatch.logs import formatter

PROMPT = "the planted prompt, in a variable"


def failing_line(kind: Literal["console", "json"], *, colours: bool) -> str:
    """Return what is written when a library tells of an error in which a prompt was at hand."""

    def work(prompt: str) -> None:
        raise ValueError(f"no way with {len(prompt)} characters")

    try:
        work(PROMPT)
    except ValueError:
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "x", 1, "it failed: %s", ("why",), sys.exc_info())
    return formatter(kind, colours=colours).format(record)


@pytest.mark.parametrize("kind", ["console", "json"])
@pytest.mark.parametrize("colours", [True, False])
def test_an_error_of_a_library_is_told_without_its_variables(
    kind: Literal["console", "json"], *, colours: bool
) -> None:
    line = failing_line(kind, colours=colours)
    assert PROMPT not in line
    assert "it failed: why" in line
    assert "ValueError: no way with 33 characters" in line
    assert "test_logs.py" in line
