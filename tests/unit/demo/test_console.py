import io
import sys

import pytest
from rich.console import Console

from longwatch.demo.console import is_live, open_console


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "“…” ✓ 芯片"), ("latin-1", '"..." * ??'), ("ascii", '"..." * ??')]
)
def test_every_encoding_shows_something(monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    open_console().print("“…” ✓ 芯片")
    sys.stdout.flush()
    assert written.getvalue().decode(encoding) == f"{shown}\n"


def test_words_in_brackets_and_colons_are_nobodys_markup(capsys: pytest.CaptureFixture[str]) -> None:
    open_console().print("[bold] :rocket: [/nothing]")
    assert capsys.readouterr().out == "[bold] :rocket: [/nothing]\n"


@pytest.mark.parametrize(
    ("terminal", "term", "live"), [(True, "xterm", True), (True, "dumb", False), (False, "xterm", False)]
)
def test_only_a_terminal_that_moves_its_cursor_is_drawn_on(terminal: bool, term: str, live: bool) -> None:  # noqa: FBT001
    console = Console(file=io.StringIO(), force_terminal=terminal, _environ={"TERM": term})
    assert is_live(console) is live
