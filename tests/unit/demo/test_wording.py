import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.demo.wording import clean, duration, named, one_line


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    kept = {"\n", "\t"}
    assert not [c for c in clean(text) if unicodedata.category(c) == "Cc" and c not in kept]


@given(st.text(st.characters(exclude_categories=["Cc", "Zl", "Zp"])))
def test_everything_else_is_left_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_a_thought_becomes_one_line_with_its_heading_first() -> None:
    assert (
        one_line("**Mapping TPUs**\n\nI am laying out\nthe question.") == "Mapping TPUs: I am laying out the question."
    )
    assert one_line("**绘制芯片**\n\n我正在列出来源。") == "绘制芯片: 我正在列出来源。"
    assert one_line("no heading") == "no heading"


@given(st.text())
def test_a_thought_has_no_line_of_its_own(thought: str) -> None:
    assert len(one_line(thought).splitlines()) <= 1


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["valkey", "postgres"], "Valkey and PostgreSQL"),
        (["migrate"], "schema"),
        (["api", "scheduler", "worker", "flower"], "API, scheduler, worker and Flower"),
    ],
)
def test_parts_are_listed_as_people_call_them(parts: list[str], words: str) -> None:
    assert named(parts) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.04, "0.0 s"), (9.14, "9.1 s"), (119.9, "119.9 s"), (754.8, "12:34")])
def test_a_duration_reads_as_a_person_would_say_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words
