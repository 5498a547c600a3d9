import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from longwatch.demo.screen import LiveScreen, News, PlainScreen, Screen, open_screen, row
from longwatch.demo.steps import Steps
from longwatch.domain.clock import Clock
from tests.support.hand import Hand

CHINESE = "比较谷歌张量处理器与图形处理器的来源并核对数字"


def console(*, width: int = 80, terminal: bool = False) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=terminal, _environ={"TERM": "xterm"})


def written(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


def lines(on: Console) -> list[str]:
    return re.sub(r"\[ *\d+\.\d s\]", "[t]", written(on)).splitlines()


def test_without_a_terminal_every_step_is_a_line_with_its_time() -> None:
    on = console()
    steps = Steps(PlainScreen(on, Clock()), Hand([1.0]))
    with steps.step("start Valkey", done="Valkey"):
        pass
    assert lines(on) == ["[t] start Valkey", "[t]   Valkey (0.0 s)"]


def test_plain_lines_tell_only_what_is_new() -> None:
    on = console()
    screen = PlainScreen(on, Clock())
    for news in (News("queued"), News("in_progress"), News("in_progress", "Mapping"), News("completed", "Mapping")):
        screen.news(news)
    assert lines(on) == ["[t]   queued", "[t]   in_progress", "[t]   in_progress: Mapping", "[t]   completed"]


def test_plain_lines_are_never_broken() -> None:
    on = console(width=20)
    PlainScreen(on, Clock()).say("http://127.0.0.1:12345/v1/jobs/job_01m82c0tp3e0wsp7tx31vhefz3")
    assert len(lines(on)) == 1


def test_a_terminal_sees_the_step_at_work_and_the_latest_thought() -> None:
    on = console(terminal=True)
    screen = LiveScreen(on, Clock())
    screen.begin("research")
    screen.news(News("in_progress", "Mapping TPUs"))
    on.print(screen)
    assert "research" in written(on)
    assert "in_progress" in written(on)
    assert "Mapping TPUs" in written(on)


def test_between_steps_nothing_is_drawn() -> None:
    on = console(terminal=True)
    with LiveScreen(on, Clock()) as screen:
        screen.begin("research")
        screen.end("researched", 9.0)
        on.file = io.StringIO()
        on.print(screen)
        assert "research" not in written(on)


@given(
    st.integers(min_value=24, max_value=200),
    st.text(st.characters(exclude_categories=["C", "Z"])),
    st.floats(min_value=0, max_value=5400),
)
def test_a_steps_line_fits_any_terminal(width: int, title: str, seconds: float) -> None:
    assert cell_len(row("✓", title, seconds, width=width).plain) <= width


@given(st.integers(min_value=24, max_value=200), st.sampled_from(["Mapping TPUs " * 40, CHINESE * 9, ""]))
def test_what_is_drawn_fits_and_is_at_most_three_lines(width: int, thought: str) -> None:
    on = console(width=width)
    screen = LiveScreen(on, Clock())
    screen.begin("start API, scheduler, worker and Flower")
    screen.news(News("in_progress", thought))
    on.print(screen)
    assert max(map(cell_len, lines(on))) <= width
    assert len(lines(on)) <= 3


@pytest.mark.parametrize(("terminal", "kind"), [(True, LiveScreen), (False, PlainScreen)])
def test_the_screen_fits_the_console(terminal: bool, kind: type[Screen]) -> None:  # noqa: FBT001
    assert isinstance(open_screen(console(terminal=terminal), Clock()), kind)


def test_a_step_that_fails_is_not_among_the_done() -> None:
    on = console()
    steps = Steps(PlainScreen(on, Clock()), Clock())
    with pytest.raises(OSError, match="no"), steps.step("try", done="tried"):
        raise OSError("no")
    assert steps.done == []
    assert lines(on) == ["[t] try"]


def test_all_steps_together_take_the_sum() -> None:
    steps = Steps(PlainScreen(console(), Clock()), Clock())
    for name in ("one", "two"):
        with steps.step(name, done=name):
            pass
    assert [took.title for took in steps.done] == ["one", "two"]
    assert steps.seconds == sum(took.seconds for took in steps.done)
