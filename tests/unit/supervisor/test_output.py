import io
from pathlib import Path

import pytest

from longwatch.supervisor.logfile import LogFile
from longwatch.supervisor.output import Terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class ClosedPipe(io.StringIO):
    def write(self, _text: str, /) -> int:
        raise BrokenPipeError


def test_a_line_stands_behind_the_name_of_its_part() -> None:
    stream = io.StringIO()
    Terminal(stream).show("started", name="api")
    assert stream.getvalue() == "api       | started\n"


def test_the_name_is_coloured_on_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen()
    Terminal(screen).show("started", name="api", colour=36)
    assert screen.getvalue() == "\x1b[36mapi       |\x1b[0m started\n"


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    Terminal(screen).show("started", name="api")
    assert "\x1b" not in screen.getvalue()


def test_a_reader_that_has_gone_stops_nothing() -> None:
    Terminal(ClosedPipe()).show("started")


def test_a_full_log_file_moves_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "api.log", limit=10)
    for number in range(6):
        log.write(f"line number {number}")
    log.close()
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {
        "api.log": "line number 5\n",
        "api.log.1": "line number 4\n",
        "api.log.2": "line number 3\n",
        "api.log.3": "line number 2\n",
    }


def test_a_log_file_is_its_owners_only_and_survives_a_restart(tmp_path: Path) -> None:
    for line in ("first run", "second run"):
        log = LogFile(tmp_path / "api.log")
        log.write(line)
        log.close()
    assert (tmp_path / "api.log").read_text() == "first run\nsecond run\n"
    assert (tmp_path / "api.log").stat().st_mode & 0o777 == 0o600
