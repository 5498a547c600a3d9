"""Which steps has an interaction produced so far?"""

from collections.abc import Iterator
from typing import Any

from simulator.interaction import Interaction
from simulator.life import State
from simulator.report import TextRun, research_report, short_answer, thought_summaries
from simulator.words import key_phrases

Step = dict[str, Any]
_CONTENT_TYPES = ("text", "image", "audio", "document", "video")


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
    """Return the input as steps: content becomes one user_input, steps stay, legacy turns are dropped."""
    given = interaction.request.get("input")
    if not isinstance(given, list):
        return [_user_input([given if isinstance(given, dict) else _text(given or "")])]
    items = [item for item in given if "type" in item]
    if items and all(item["type"] in _CONTENT_TYPES for item in items):
        return [_user_input(items)]
    return [_user_input([_text(item["content"])]) if isinstance(item.get("content"), str) else item for item in items]


def _user_input(content: list[Any]) -> Step:
    return {"type": "user_input", "content": content}


def _work(interaction: Interaction, progress: float) -> Iterator[Step]:
    count = interaction.life.thoughts or 0
    for number, summary in enumerate(thought_summaries(interaction.topic, count=count)):
        if progress < (number + 1) / (count + 1):
            return
        yield _thought(interaction, summary)
        if interaction.agent and number % 2:
            yield from _search(interaction, number)


def _thought(interaction: Interaction, summary: str) -> Step:
    config = interaction.request.get("agent_config") or interaction.request.get("generation_config") or {}
    silent = config.get("thinking_summaries") == "none"
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
    match state.status if state.ended_age is not None else None:
        case "completed":
            yield from _outputs(interaction, _runs(interaction))
        case "incomplete" | "budget_exceeded":
            runs = _runs(interaction)
            yield from _outputs(interaction, runs[: max(1, len(runs) // 2)])
        case "requires_action":
            yield _function_call(interaction)


def _runs(interaction: Interaction) -> tuple[TextRun, ...]:
    if interaction.life.report_text is not None:
        return (TextRun(interaction.life.report_text),)
    if interaction.agent:
        return research_report(interaction.topic)
    return (TextRun(short_answer(interaction.topic)),)


def _outputs(interaction: Interaction, runs: tuple[TextRun, ...]) -> Iterator[Step]:
    for number, run in enumerate(runs):
        if number:
            yield from _search(interaction, 100 + number)
        yield {"type": "model_output", "content": [_cited_text(run)]}


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
