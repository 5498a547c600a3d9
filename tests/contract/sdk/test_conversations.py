"""Whether what was said before counts, by its id or told again."""

import pytest

from tests.contract.sdk.test_background import AGENT, RESEARCH, ended
from tests.contract.support import shapes
from tests.contract.support.clients import Client
from tests.contract.support.sdks import PYTHON_NEW, SdkError

MODEL = "gemini-2.5-flash"


def test_a_name_told_before_is_known_by_the_id(client: Client) -> None:
    first = client.create(model=MODEL, input="Hello, my name is Ottilie.")
    second = client.create(model=MODEL, input="What is my name?", previous_interaction_id=first["id"])
    assert "Ottilie" in shapes.text(second)
    assert second["previous_interaction_id"] == first["id"]


def test_a_name_told_two_turns_ago_is_known(client: Client) -> None:
    first = client.create(model=MODEL, input="Hello, my name is Balthasar.")
    second = client.create(model=MODEL, input="Name a wader.", previous_interaction_id=first["id"])
    third = client.create(model=MODEL, input="What is my name?", previous_interaction_id=second["id"])
    assert "Balthasar" in shapes.text(third)


def test_without_the_id_it_is_not_known(client: Client) -> None:
    client.create(model=MODEL, input="Hello, my name is Ottilie.")
    assert "Ottilie" not in shapes.text(client.create(model=MODEL, input="What is my name?"))


def test_a_history_told_again_counts(client: Client) -> None:
    said = [("user", "Hello, my name is Radegund."), ("model", "Good day."), ("user", "What is my name?")]
    assert "Radegund" in shapes.text(client.create(model=MODEL, input=shapes.history(client, *said)))


def test_what_is_not_stored_cannot_be_gone_on_from(client: Client) -> None:
    answer = client.create(model=MODEL, input="Name a wader.", store=False)
    assert "wader" in shapes.text(answer)
    assert not answer.get("id")


def test_a_predecessor_that_still_runs_is_waited_for_or_refused(client: Client) -> None:
    running = client.create(**RESEARCH)
    with pytest.raises(SdkError) as refused:
        client.create(model=MODEL, input="Sum it up.", previous_interaction_id=running["id"])
    assert refused.value.status == 400


def test_a_model_goes_on_from_a_research(client: Client) -> None:
    report = ended(client, client.create(**RESEARCH)["id"])
    answer = client.create(model=MODEL, input="Summarize your report.", previous_interaction_id=report["id"])
    assert "Rance" in shapes.text(answer)


def test_a_research_goes_on_from_a_model(client: Client) -> None:
    first = client.create(model=MODEL, input="I care about the port of Cuxhaven.")
    again = {"agent": AGENT, "background": True, "previous_interaction_id": first["id"]}
    report = ended(client, client.create(input="Report on what I said I care about.", **again)["id"])
    assert "Cuxhaven" in shapes.text(report)


@pytest.mark.parametrize("wish", ["Sum up your report.", "What did you find?", "Now say all of that in short."])
@pytest.mark.parametrize("sdk", [PYTHON_NEW], indirect=True, ids=[PYTHON_NEW.name])
@pytest.mark.parametrize("endpoint", ["simulator"], indirect=True)
def test_a_wish_to_hear_it_again_in_other_words_is_understood(client: Client, wish: str) -> None:
    first = client.create(model=MODEL, input="Describe the estuary of the Humber.")
    answer = client.create(model=MODEL, input=wish, previous_interaction_id=first["id"])
    assert "Humber" in shapes.text(answer)


def test_an_instruction_is_taken(client: Client) -> None:
    answer = client.create(model=MODEL, input="Name a wader.", system_instruction="Speak of redshanks.")
    assert answer["status"] == "completed"


def test_a_limit_of_tokens_ends_incomplete(client: Client) -> None:
    answer = client.create(
        model=MODEL, input="Tell a long story about a lighthouse.", generation_config={"max_output_tokens": 12}
    )
    assert answer["status"] == "incomplete"
    assert answer["usage"]["total_output_tokens"] <= 12
