"""What the simulator writes about a prompt."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report import TextRun, Topic, research_report, short_answer, thought_summaries
from simulator.words import key_phrases, prompt_text
from tests.support.live_simulator import PROMPT

CHINESE = "收集整理目前中国新能源汽车电池回收的商业模式，并比较各公司的技术路线"  # noqa: RUF001 - Chinese punctuation is meant
SHARED_PROMPTS = Path(__file__).parents[3].parent / "shared" / "data" / "research_prompts.jsonl"


def whole(runs: tuple[TextRun, ...]) -> str:
    return "".join(run.text for run in runs)


def test_key_phrases_are_the_prompts_own_words_with_the_telling_ones_first() -> None:
    assert key_phrases(PROMPT) == ("Google TPUs", "history", "2025", "2026")


def test_chinese_phrases_are_cut_at_function_words() -> None:
    phrases = key_phrases(CHINESE)
    assert "商业模式" in phrases
    assert all(phrase in CHINESE for phrase in phrases)


@given(st.text(max_size=400))
def test_any_prompt_has_phrases_and_each_is_short(prompt: str) -> None:
    phrases = key_phrases(prompt)
    assert 1 <= len(phrases) <= 12
    assert all(0 < len(phrase) <= 122 for phrase in phrases)


@given(st.text(max_size=400))
def test_any_prompt_gets_a_long_report(prompt: str) -> None:
    size = len(whole(research_report(Topic(prompt_text(prompt), "0"))).encode())
    assert 6_000 <= size <= 40_000


@pytest.mark.parametrize("prompt", [PROMPT, CHINESE])
def test_a_report_is_6_to_20_kilobytes_of_markdown(prompt: str) -> None:
    text = whole(research_report(Topic(prompt, "0")))
    assert 6_000 <= len(text.encode()) <= 20_000
    assert text.startswith("# ")
    assert text.count("\n## ") >= 7
    assert "\n|---|---|---|\n" in text


@given(
    st.sampled_from([PROMPT, CHINESE, "Опиши историю чая в Москве", "日本の高齢者人口を調査する"]), st.text(max_size=5)
)
def test_citations_are_byte_ranges_of_whole_sentences(prompt: str, seed: str) -> None:
    for run in research_report(Topic(prompt, prompt_text(seed))):
        raw = run.text.encode()
        ends = [0, *(citation.end for citation in run.citations)]
        for citation, previous_end in zip(run.citations, ends, strict=False):
            cited = raw[citation.start : citation.end].decode()
            assert cited[-1] in ".。"
            assert "\n" not in cited
            assert citation.start >= previous_end
            assert citation.url.isascii()


def test_every_run_of_the_report_has_citations() -> None:
    assert all(run.citations for run in research_report(Topic(CHINESE, "0")))


def test_a_chinese_prompt_is_answered_in_chinese() -> None:
    topic = Topic(CHINESE, "0")
    for text in (whole(research_report(topic)), short_answer(topic), thought_summaries(topic, count=1)[0]):
        assert sum("\u4e00" <= letter <= "\u9fff" for letter in text) > len(text) / 3


@pytest.mark.parametrize("prompt", [PROMPT, CHINESE])
def test_every_text_says_that_it_is_simulated(prompt: str) -> None:
    topic = Topic(prompt, "0")
    last_section = whole(research_report(topic)).rsplit("\n## ", 1)[1]
    assert "simulated" in last_section
    assert "simulated" in short_answer(topic)


def test_the_same_prompt_and_seed_give_the_same_texts() -> None:
    first, second = Topic(PROMPT, "a"), Topic(PROMPT, "a")
    assert research_report.__wrapped__(first) == research_report.__wrapped__(second)
    assert thought_summaries(first, count=8) == thought_summaries(second, count=8)
    assert short_answer(first) == short_answer(second)


def test_another_seed_or_another_prompt_gives_another_report() -> None:
    reports = {whole(research_report(Topic(prompt, seed))) for prompt in (PROMPT, CHINESE) for seed in "ab"}
    assert len(reports) == 4


@pytest.mark.parametrize(
    ("given_input", "text"),
    [
        ("plain", "plain"),
        ({"type": "text", "text": "one"}, "one"),
        ([{"type": "text", "text": "one"}, {"type": "image", "data": ""}, {"type": "text", "text": "two"}], "one\ntwo"),
        ([{"type": "user_input", "content": [{"type": "text", "text": "step"}]}], "step"),
        ([{"type": "user_input", "content": "step"}], "step"),
        ([{"role": "user", "content": "a turn"}], ""),
        (None, ""),
        (["odd", 7], ""),
        ("a\ud800b", "a?b"),
    ],
)
def test_the_prompt_is_the_text_of_the_input(given_input: object, text: str) -> None:
    assert prompt_text(given_input) == text


def test_turns_are_read_only_for_callers_of_the_legacy_revision() -> None:
    turns = [{"role": "user", "content": "said"}, {"role": "model", "content": "answered"}]
    assert prompt_text(turns, keep_turns=True) == "said"


@pytest.mark.skipif(not SHARED_PROMPTS.exists(), reason="the shared research prompts are not there")
def test_real_research_prompts_get_reports_of_6_to_20_kilobytes() -> None:
    prompts = [json.loads(line)["prompt"] for line in SHARED_PROMPTS.read_text().splitlines()]
    sizes = [len(whole(research_report(Topic(prompt, "0"))).encode()) for prompt in prompts]
    assert min(sizes) >= 6_000
    assert max(sizes) <= 20_000
