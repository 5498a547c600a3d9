"""Whether an answer depends on what was said before, kept by the service or sent along."""

from typing import Any

import pytest

from simulator.conversation import conversation, steps_of
from simulator.enumeration import enumerated
from simulator.recall import listed_items, recalled
from simulator.report import Topic
from tests.support.live_simulator import LiveSimulator

LEGACY = {"Api-Revision": "2026-05-07"}
FREE = {"x-goog-api-key": "free-key"}
DAY = 86_400


def said(text: str, kind: str = "user_input") -> dict[str, Any]:
    return {"type": kind, "content": [{"type": "text", "text": text}]}


def asked(sim: LiveSimulator, given: Any, **fields: Any) -> Any:
    return sim.post({"model": "gemini-2.5-flash", "input": given, **fields}).raise_for_status().json()


def text(document: Any) -> str:
    return str(document["steps"][-1]["content"][-1]["text"])


@pytest.mark.parametrize(
    ("told", "question", "answer"),
    [
        ("Hello, my name is Ines Okafor.", "What is my name?", "Ines Okafor"),
        ("I am Tadeusz, by the way.", "And what was my name?", "Tadeusz"),
        ("My favourite colour is dark green.", "Do you remember my favourite colour?", "dark green"),
        ("My train leaves at 17:42 from Lyon.", "When does the train leave?", "17:42"),
    ],
)
def test_what_was_told_before_is_known_later(sim: LiveSimulator, told: str, question: str, answer: str) -> None:
    first = asked(sim, told)
    between = asked(sim, "Tell me about bridges.", previous_interaction_id=first["id"])
    assert answer in text(asked(sim, question, previous_interaction_id=between["id"]))
    assert answer in text(asked(sim, [said(told), said("fine", "model_output"), said(question)]))
    assert answer not in text(asked(sim, question))


def test_a_list_is_as_long_as_asked_and_its_members_can_be_asked_for(sim: LiveSimulator) -> None:
    first = asked(sim, "Name the four oldest lighthouses in Norway.")
    members = listed_items(text(first))
    assert len(members) == 4
    second = asked(sim, "How high is the third one?", previous_interaction_id=first["id"])
    assert members[2] in text(second)
    assert members[0] not in text(second)


def test_the_history_of_legacy_turns_is_read_by_the_legacy_revision(sim: LiveSimulator) -> None:
    turns = [
        {"role": "user", "content": "Which rivers cross Vienna?"},
        {
            "role": "model",
            "content": [{"type": "text", "text": "The rivers are the Danube, the Wien, and the Liesing."}],
        },
        {"role": "user", "content": [{"type": "text", "text": "Tell me more about the last one."}]},
    ]
    answer = sim.post({"model": "gemini-2.5-flash", "input": turns}, headers=LEGACY).json()
    assert "Liesing" in answer["outputs"][-1]["text"]
    assert "Liesing" not in sim.post({"model": "gemini-2.5-flash", "input": turns}).text


def test_a_report_can_be_summarised_by_a_model_afterwards(sim: LiveSimulator) -> None:
    research = sim.started("Study the salt trade of Hallstatt.")
    sim.advance(1300)
    summary = asked(sim, "Summarize the report above.", previous_interaction_id=research)
    assert text(summary).startswith("From what was said before")
    assert "Hallstatt" in text(summary)


def test_a_deleted_predecessor_cannot_be_followed(sim: LiveSimulator) -> None:
    first = asked(sim, "hello")
    sim.delete(first["id"])
    follow = {"model": "gemini-2.5-flash", "input": "x", "previous_interaction_id": first["id"]}
    assert sim.post(follow).status_code == 404


@pytest.mark.parametrize(("headers", "days"), [(FREE, 1), ({}, 55)])
def test_an_interaction_is_kept_for_its_tiers_time(sim: LiveSimulator, headers: dict[str, str], days: int) -> None:
    body = {"model": "gemini-2.5-flash", "input": "hello"}
    kept = sim.post(body, headers=headers).json()["id"]
    sim.advance(days * DAY - 60)
    assert sim.get(kept).status_code == 200
    sim.advance(120)
    assert sim.get(kept).status_code == 404
    assert sim.cancel(kept).status_code == 404
    follow = sim.post(body | {"previous_interaction_id": kept})
    assert (follow.status_code, follow.json()["error"]["code"]) == (400, "failed_precondition")


def test_tools_are_not_inherited(sim: LiveSimulator) -> None:
    tool = {"type": "code_execution"}
    first = asked(sim, "Calculate 6 * 7", tools=[tool])
    second = asked(sim, "Calculate 6 * 8", previous_interaction_id=first["id"])
    assert [step["type"] for step in second["steps"]] == ["model_output"]


@pytest.mark.parametrize(
    ("sentence", "members"),
    [
        ("They are Oslo, Bergen, and Tromso.", ["Oslo", "Bergen", "Tromso"]),
        ("Choose between Ada and Grace.", ["Ada", "Grace"]),
        ("Steps:\n1. Wash: well\n2. **Peel**\n3. Boil", ["Wash", "Peel", "Boil"]),
        ("Nothing here.", []),
    ],
)
def test_lists_are_read_from_sentences_and_bullets(sentence: str, members: list[str]) -> None:
    assert listed_items(sentence) == members


@pytest.mark.parametrize(("question", "count"), [("two rivers", 2), ("the 7 hills of Rome", 7), ("ten ideas", 10)])
def test_a_count_in_words_or_digits_is_met(question: str, count: int) -> None:
    listing = enumerated(question, Topic(question, "0").rng("list"))
    assert listing is not None
    assert len(listed_items(listing)) == count


@pytest.mark.parametrize(
    "question", ["Tell me about one river", "Meet Ann at 10 am about tides", "Write three sentences"]
)
def test_no_count_of_things_no_list(question: str) -> None:
    assert enumerated(question, Topic("x", "0").rng("list")) is None


def test_a_question_that_nothing_bears_on_recalls_nothing() -> None:
    assert recalled(conversation([said("I like tea.")], [said("Explain gravity.")])) == []


def test_results_at_the_end_are_new_and_what_precedes_them_is_history() -> None:
    call = {"type": "function_call", "id": "c", "name": "f", "arguments": {}}
    result = {"type": "function_result", "call_id": "c", "result": "ok"}
    talk = conversation([], [said("do it"), call, result])
    assert talk.question == "do it"
    assert (talk.now, talk.function_results) == ((result,), [result])
    assert talk.calls == {"c": call}


def test_loose_content_is_grouped_and_turns_become_steps() -> None:
    given = [
        {"role": "user", "content": "a"},
        {"role": "model", "content": [{"type": "thought"}, {"type": "text", "text": "b"}]},
    ]
    kinds = [step["type"] for step in steps_of(given, keep_turns=True)]
    assert kinds == ["user_input", "thought", "model_output"]
    assert steps_of(given, keep_turns=False) == []


def knobbed(sim: LiveSimulator, **config: Any) -> Any:
    return asked(sim, "Describe the port of Genoa.", generation_config=config)


def test_max_output_tokens_end_an_answer_incomplete(sim: LiveSimulator) -> None:
    short = knobbed(sim, max_output_tokens=5)
    assert short["status"] == "incomplete"
    assert len(text(short)) == 20
    assert short["usage"]["total_output_tokens"] <= 5
    assert knobbed(sim, max_output_tokens=5000)["status"] == "completed"


def test_a_stop_sequence_ends_an_answer_before_it(sim: LiveSimulator) -> None:
    stopped = knobbed(sim, stop_sequences=["In short"])
    assert stopped["status"] == "completed"
    assert "In short" not in text(stopped)


def test_seed_and_temperature_change_the_answer_and_equal_knobs_do_not(sim: LiveSimulator) -> None:
    answers = [text(knobbed(sim, **config)) for config in ({}, {"seed": 1}, {"temperature": 0.9}, {"seed": 1})]
    assert len(set(answers)) == 3
    assert answers[1] == answers[3]


@pytest.mark.parametrize(
    ("config", "count"), [({}, 0), ({"thinking_level": "low"}, 0), ({"thinking_level": "high"}, 2)]
)
def test_a_model_thinks_as_much_as_asked(sim: LiveSimulator, config: dict[str, Any], count: int) -> None:
    thoughts = [step for step in knobbed(sim, **config)["steps"] if step["type"] == "thought"]
    assert len(thoughts) == count
    assert all("summary" not in thought for thought in thoughts)
    assert (knobbed(sim, **config)["usage"]["total_thought_tokens"] > 0) == (count > 0)


def test_thoughts_are_summed_up_when_asked(sim: LiveSimulator) -> None:
    first = knobbed(sim, thinking_summaries="auto")["steps"][0]
    assert "Genoa" in first["summary"][0]["text"]


def test_a_system_instruction_is_acknowledged(sim: LiveSimulator) -> None:
    assert "like a pirate" in text(asked(sim, "hello there", system_instruction="Speak like a pirate."))


def test_a_background_model_ends_with_the_same_answer_as_in_the_foreground(sim: LiveSimulator) -> None:
    body = {"model": "gemini-2.5-flash", "input": "Calculate 12 * 12", "tools": [{"type": "code_execution"}]}
    started = sim.post(body | {"background": True}).json()
    assert (started["status"], started["steps"]) == ("in_progress", [])
    sim.advance(60)
    assert sim.read(started["id"])["steps"][1:] == sim.post(body).json()["steps"]


def test_a_run_that_wants_a_continuation_is_continued_with_its_token(sim: LiveSimulator) -> None:
    sim.script({"match": {"nth": 1}, "life": {"run_seconds": 1, "ending": "requires_continuation"}})
    first = sim.started("Study the silk trade.")
    sim.advance(2)
    stopped = sim.read(first)
    assert stopped["status"] == "requires_continuation"
    body = {
        "agent": "deep-research-preview-04-2026",
        "background": True,
        "continuation_token": stopped["continuation_token"],
    }
    second = sim.post(body).raise_for_status().json()["id"]
    sim.advance(1300)
    done = sim.read(second)
    assert done["status"] == "completed"
    assert "simulated" in text(done)
