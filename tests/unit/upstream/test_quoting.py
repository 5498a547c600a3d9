"""Does an error quote nothing of what was asked, and lose nothing else?"""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.quoting import LEFT_OUT, SHORTEST, unquoted

PROMPT = "Research the history of the Google TPUs, with a focus on 2025."
ASKED = {"agent": "deep-research-preview-04-2026", "input": PROMPT}


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (f'Invalid input: "{PROMPT}"', 'Invalid input: "[…]."'),
        ("Invalid input: the history of the Google TPUs is too long.", "Invalid input: […] is too long."),
        (f"Not {PROMPT.upper()} and not {PROMPT[:30]}!", "Not […]. and not […]!"),
        ("research\\nthe  history OF\tthe\ngoogle", "research\\n[…]"),
        ("The history is empty.", "The history is empty."),
        ("Agent deep-research-preview-04-2026 is not found.", "Agent deep-research-preview-04-2026 is not found."),
        ("", ""),
    ],
)
def test_each_piece_of_the_prompt_is_left_out_and_nothing_else(message: str, told: str) -> None:
    assert unquoted(message, ASKED) == told


@pytest.mark.parametrize(
    "request_",
    [
        {"input": [{"type": "text", "text": PROMPT}]},
        {"input": [{"type": "user_input", "content": [{"type": "text", "text": f"First. {PROMPT}"}]}]},
        {"input": [{"type": "function_result", "call_id": "a", "result": {"said": PROMPT}}]},
        {"input": "Hello", "system_instruction": PROMPT},
        {"input": "Hello", "tools": [{"type": "mcp_server", "headers": {"X-Motto": PROMPT}}]},
        {"input": "Hello", "tools": [{"type": "function", "name": "look", "description": PROMPT}]},
    ],
)
def test_all_words_of_a_request_are_looked_for_wherever_they_stand(request_: dict[str, object]) -> None:
    assert unquoted(f"Bad: {PROMPT}", request_) == "Bad: […]."
    assert unquoted(f"Bad: {PROMPT}", {"input": "Hello"}, request_) == "Bad: […]."


@pytest.mark.parametrize(
    "request_",
    [
        {"input": [{"type": "function_call", "name": "the_history_of_the_google_tpus"}]},
        {"input": [{"type": "image", "uri": "files/the-history-of-the-google-tpus"}]},
        {"model": "the-history-of-the-google-tpus", "input": [7, None, {"text": 7}]},
        None,
    ],
)
def test_names_stay_as_an_error_is_of_no_use_without_them(request_: dict[str, object] | None) -> None:
    message = "There is no the_history_of_the_google_tpus."
    assert unquoted(message, request_) == message


WORDS = st.text("abAB ._é\n", max_size=60)


@pytest.mark.parametrize("code", ["RESOURCE_EXHAUSTED", "permission_denied"])
def test_a_code_of_the_api_stays_though_the_prompt_is_about_it(code: str) -> None:
    asked = {"input": f"Why does my program get {code}?"}
    assert unquoted(code, asked) == code
    assert unquoted(f"Bad value: {code}?", asked) == "Bad value: […]?"


@given(WORDS, WORDS, WORDS)
def test_no_run_is_left_whatever_the_words_and_all_else_is(before: str, after: str, asked: str) -> None:
    told = unquoted(before + asked + after, {"input": asked})
    runs = [[letter for letter in part.casefold() if letter.isalnum()] for part in (asked, *told.split(LEFT_OUT))]
    whole, *parts = ["".join(run) for run in runs]
    pieces = {whole[at : at + SHORTEST] for at in range(len(whole) - SHORTEST + 1)}
    assert not [piece for piece in pieces if any(piece in part for part in parts)]
    assert (LEFT_OUT in told) or told == before + asked + after


@given(WORDS, WORDS)
def test_where_nothing_is_quoted_the_message_stays(message: str, asked: str) -> None:
    other = asked.translate(str.maketrans("abAB", "xyXY")).replace("é", "z")
    assert unquoted(message, {"input": other}) == message


@pytest.mark.parametrize("asked", ["Tell me of the sea. " * 100_000, "a" * 2_000_000, "abcd efg " * 200_000])
def test_two_megabytes_cost_little(asked: str) -> None:
    message = f"Invalid input: {asked[-250:]}"
    began = process_time()
    assert len(unquoted(message, {"input": asked})) < 40
    assert process_time() - began < 2
