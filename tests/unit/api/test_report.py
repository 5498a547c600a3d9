"""Does a report name every source once, and none that its text names already?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.report import report


def cited(url: Any, title: Any = None) -> dict[str, Any]:
    return {"type": "url_citation", "url": url, "title": title}


def test_a_text_without_sources_stays_as_it_is() -> None:
    assert report("# 报告\n", []) == "# 报告\n"


def test_a_text_that_names_all_its_sources_stays_as_it_is() -> None:
    text = "See [a](https://a.example) and https://b.example."
    assert report(text, [cited("https://a.example"), cited("https://b.example")]) == text


def test_one_source_that_the_text_does_not_name_brings_the_whole_list() -> None:
    text = report("See https://a.example.\n\n", [cited("https://a.example", "A"), cited("https://b.example", "B")])
    assert text.endswith(
        "See https://a.example.\n\n## Sources\n\n1. [A](https://a.example)\n2. [B](https://b.example)\n"
    )


@pytest.mark.parametrize(
    ("title", "url", "line"),
    [
        ("a ] b [ c", "https://a.example", r"1. [a \] b \[ c](https://a.example)"),
        ("two\nlines", "https://a.example/(x) y", "1. [two lines](https://a.example/%28x%29%20y)"),
        (None, "https://a.example", "1. [https://a.example](https://a.example)"),
        ("谷歌", "https://例子.example/谷歌", "1. [谷歌](https://例子.example/谷歌)"),
    ],
)
def test_what_would_break_a_link_is_escaped(title: str | None, url: str, line: str) -> None:
    assert line in report("text", [cited(url, title)]).splitlines()


@pytest.mark.parametrize("url", [None, "", 7, ["https://a.example"]])
def test_a_source_without_an_address_is_no_line_of_the_list(url: Any) -> None:
    assert report("text", [cited(url, "A place")]) == "text"


@given(text=st.text(), urls=st.lists(st.text(min_size=1)))
def test_a_report_keeps_its_text_and_numbers_each_source_once(text: str, urls: list[str]) -> None:
    made = report(text, [cited(url, "t") for url in urls])
    assert made.startswith(text.rstrip())
    listed = made[len(text.rstrip()) :].count("[t](")
    assert listed in {0, len(set(urls))}
