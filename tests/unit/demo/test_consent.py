from pathlib import Path

import pytest

from longwatch.demo.consent import NoConsentError, ask_to_spend

KEYED = {"GEMINI_API_KEY": "k"}
KEPT = Path("/kept/here")


@pytest.mark.parametrize("answer", ["y", "yes", " Y ", "YES\n"])
def test_a_yes_lets_it_go_on(answer: str) -> None:
    ask_to_spend(KEYED, terminal=True, ask=lambda _: answer, directory=KEPT)


@pytest.mark.parametrize("answer", ["", "n", "no", "maybe", "yesterday"])
def test_anything_else_spends_nothing(answer: str) -> None:
    with pytest.raises(NoConsentError, match="Nothing was sent"):
        ask_to_spend(KEYED, terminal=True, ask=lambda _: answer, directory=KEPT)


def test_a_terminal_that_closes_spends_nothing() -> None:
    def closed(_: str) -> str:
        raise EOFError

    with pytest.raises(NoConsentError):
        ask_to_spend(KEYED, terminal=True, ask=closed, directory=KEPT)


def test_the_question_names_the_price_and_where_the_report_will_be() -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "y"

    ask_to_spend(KEYED, terminal=True, ask=ask, directory=KEPT)
    assert "costs about $1-3. Go on? [y/N]" in asked[0]
    assert str(KEPT) in asked[0]


@pytest.mark.parametrize(
    ("environ", "terminal", "words"),
    [({}, True, "GEMINI_API_KEY"), ({"GEMINI_API_KEY": ""}, True, "GEMINI_API_KEY"), (KEYED, False, "terminal")],
)
def test_without_a_key_or_a_terminal_nobody_is_asked(environ: dict[str, str], terminal: bool, words: str) -> None:  # noqa: FBT001
    with pytest.raises(NoConsentError, match=words):
        ask_to_spend(environ, terminal=terminal, ask=lambda _: "yes", directory=KEPT)
