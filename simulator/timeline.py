"""Which steps has an interaction produced so far?"""

from collections.abc import Iterator
from typing import Any

from simulator.composition import picture
from simulator.conversation import Step, steps_of
from simulator.interaction import Interaction
from simulator.life import State
from simulator.report import TextRun, research_plan, research_report, short_answer, thought_summaries
from simulator.words import key_phrases


def generated_steps(interaction: Interaction, state: State) -> list[Step]:
    """Return what the run has produced at *state*, in the current revision's shape and without the input."""
    if interaction.life.empty and state.ended_age is not None:
        return []
    return streamed_steps(interaction, state)


def streamed_steps(interaction: Interaction, state: State) -> list[Step]:
    """Return what a stream has shown by *state*: it cannot take back what a run that ended empty had thought."""
    result = () if interaction.life.empty else _result(interaction, state)
    return [*_work(interaction, state.progress), *result]


def input_steps(interaction: Interaction) -> list[Step]:
    """Return the input as steps: content becomes one user_input, steps stay."""
    return steps_of(interaction.request.get("input"), keep_turns=interaction.keep_turns)


def said_in(interaction: Interaction, *, now: float) -> list[Step]:
    """Return everything that was said in one interaction, for those that follow it."""
    return [*input_steps(interaction), *generated_steps(interaction, interaction.state(now))]


def _work(interaction: Interaction, progress: float) -> Iterator[Step]:
    count = interaction.life.thoughts or 0
    for number, summary in enumerate(thought_summaries(interaction.topic, count=count)):
        if progress < (number + 1) / (count + 1):
            return
        yield _thought(interaction, summary)
        if interaction.agent and number % 2:
            yield from _search(interaction, number)


def _thought(interaction: Interaction, summary: str) -> Step:
    wish = interaction.config.get("thinking_summaries")
    silent = wish == "none" or (wish is None and interaction.agent is None)
    return {"type": "thought", "signature": ""} | ({} if silent else {"summary": [_text(summary)]})


def _search(interaction: Interaction, number: int) -> tuple[Step, Step]:
    phrases = key_phrases(interaction.prompt)
    query = phrases[number % len(phrases)]
    call_id = f"search_{number}"
    suggestions = f'<div class="suggestions"><a href="https://www.example.org/search">{query}</a></div>'
    return (
        {"type": "google_search_call", "id": call_id, "arguments": {"queries": [query]}, "signature": ""},
        {"type": "google_search_result", "call_id": call_id, "result": [{"search_suggestions": suggestions}]},
    )


def _result(interaction: Interaction, state: State) -> Iterator[Step]:
    status = state.status if state.ended_age is not None else None
    if status not in {"completed", "incomplete", "budget_exceeded", "requires_action", "requires_continuation"}:
        return
    yield from interaction.composed or ()
    if status == "requires_action":
        yield from () if interaction.composed and interaction.agent is None else (_function_call(interaction),)
    elif interaction.composed is None or interaction.agent is not None:
        runs = _runs(interaction)
        yield from _outputs(interaction, runs if status == "completed" else runs[: max(1, len(runs) // 2)])


def _runs(interaction: Interaction) -> tuple[TextRun, ...]:
    if interaction.life.report_text is not None:
        return (TextRun(interaction.life.report_text),)
    if interaction.plans:
        return (research_plan(interaction.topic),)
    if interaction.agent:
        whole = research_report(interaction.topic)
        return whole[len(whole) // 2 :] if interaction.request.get("continuation_token") else whole
    return (TextRun(short_answer(interaction.topic)),)


def _outputs(interaction: Interaction, runs: tuple[TextRun, ...]) -> Iterator[Step]:
    illustrated = len(runs) - 1 if interaction.draws and len(runs) > 1 else len(runs)
    for number, run in enumerate(runs[:illustrated]):
        if number:
            yield from _search(interaction, 100 + number)
        content = [_cited_text(run)]
        if number == illustrated - 1 < len(runs) - 1:
            content += [picture(interaction.topic, {"aspect_ratio": "16:9"}), _cited_text(runs[-1])]
        yield {"type": "model_output", "content": content}


def _cited_text(run: TextRun) -> dict[str, Any]:
    annotations = [
        {"type": "url_citation", "url": c.url, "title": c.title, "start_index": c.start, "end_index": c.end}
        for c in run.citations
    ]
    return _text(run.text) | ({"annotations": annotations} if annotations else {})


def _function_call(interaction: Interaction) -> Step:
    tools = interaction.request.get("tools") or []
    names = [tool["name"] for tool in tools if tool.get("type") == "function" and tool.get("name")]
    phrases = key_phrases(interaction.prompt)
    return {
        "type": "function_call",
        "id": "call_1",
        "name": names[0] if names else "provide_input",
        "arguments": {"question": phrases[0]},
    }


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
