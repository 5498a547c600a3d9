import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from longwatch.demo.failure import BrokenDemoError, DemoError
from longwatch.demo.summary import show_report, show_sources

CHINESE = "谷歌张量处理器的历史可以追溯到二〇一三年。" * 40


def shown(report: str, *, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    show_report(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def sources(citations: list[dict[str, Any]]) -> list[str]:
    console = Console(file=io.StringIO(), width=60, force_terminal=False)
    show_sources(console, citations)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_long_report_shows_its_head_and_says_how_much_there_is() -> None:
    _, heading, *head = shown("# TPUs\n\n" + "One more line.\n" * 200, width=80)
    assert heading == "Report  its first 15 of 202 lines"
    assert head[0] == "  # TPUs"
    assert len(head) == 15


def test_a_short_report_is_shown_whole() -> None:
    assert shown("Yes.", width=80)[1:] == ["Report  its first 1 of 1 lines", "  Yes."]


def test_a_chinese_report_is_wrapped_by_the_width_of_its_characters() -> None:
    _, _, *head = shown(CHINESE, width=40)
    assert "".join(line.strip() for line in head) == CHINESE[: sum(len(line.strip()) for line in head)]
    assert max(map(cell_len, head)) <= 40


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])), st.integers(min_value=20, max_value=300))
def test_no_report_is_too_wide_or_too_long(report: str, width: int) -> None:
    _, _, *head = shown(report, width=width)
    assert len(head) <= 15
    assert all(cell_len(line) <= min(width, 100) for line in head)


def test_each_source_is_named_once_and_the_rest_are_counted() -> None:
    cited = [{"url": f"https://example.org/{number % 11}", "title": f"Source {number % 11}"} for number in range(30)]
    _, heading, *listed = sources([*cited, {"file_name": "without a URL"}])
    assert heading == "Sources  11, cited 31 times"
    assert listed[0] == "  1. Source 0  https://example.org/0"
    assert listed[-1] == "  … and 3 more"
    assert len(listed) == 9


def test_a_source_cannot_steer_the_terminal() -> None:
    listed = sources([{"url": "https://example.org/\x1b[2J", "title": "\x1b]0;mine\x07"}])
    assert "\x1b" not in "".join(listed)


def test_a_failure_ends_with_the_parts_last_lines() -> None:
    failure = DemoError("The job ended failed.", part="worker")
    assert str(BrokenDemoError(failure, ["one", "two"])) == (
        "The job ended failed.\nThe last lines of worker:\n    one\n    two"
    )
    assert str(BrokenDemoError(failure, [])).endswith("(it wrote nothing)")
