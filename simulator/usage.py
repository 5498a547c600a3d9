"""How many tokens does a simulated run use?"""

from typing import Any

from simulator.interaction import Interaction
from simulator.limits import LETTERS_PER_TOKEN
from simulator.report import Topic

# (input, output, searches) of one whole run, as published for the two Deep Research agents.
_RESEARCH = (250_000, 60_000, 80)
_MEDIA_TOKENS = 1290
_RESEARCH_MAX = (900_000, 80_000, 160)


def usage(interaction: Interaction, *, progress: float) -> dict[str, Any]:
    """Return the usage of a run that got as far as *progress* (0 to 1)."""
    if interaction.agent:
        return _research_usage(interaction.topic, name=interaction.agent, progress=progress)
    return _model_usage(interaction)


def _research_usage(topic: Topic, *, name: str, progress: float) -> dict[str, Any]:
    rng = topic.rng("usage")
    scale = rng.uniform(0.7, 1.3) * progress
    given, written, searches = (round(n * scale) for n in (_RESEARCH_MAX if "-max-" in name else _RESEARCH))
    thought = round(written * 0.6)
    return _totals(
        given=given, cached=round(given * rng.uniform(0.5, 0.7)), written=written - thought, thought=thought
    ) | {
        "total_tool_use_tokens": round(given * 0.3),
        "grounding_tool_count": [{"type": "google_search", "count": searches}],
    }


def _model_usage(interaction: Interaction) -> dict[str, Any]:
    given = interaction.tokens or {"text": len(interaction.prompt) // LETTERS_PER_TOKEN + 1}
    steps = interaction.composed or []
    written = _written(steps)
    thought = given.get("text", 0) * 2 if interaction.life.thoughts else 0
    total = _totals(given=sum(given.values()), cached=0, written=sum(written.values()), thought=thought)
    by_modality = {
        "input_tokens_by_modality": [{"modality": kind, "tokens": count} for kind, count in given.items()],
        "output_tokens_by_modality": [{"modality": kind, "tokens": count} for kind, count in written.items()],
    }
    return total | by_modality | _tool_usage(steps)


def _written(steps: list[dict[str, Any]]) -> dict[str, int]:
    counts = {"text": 0}
    for step in steps:
        if step["type"] == "function_call":
            counts["text"] += len(str(step["arguments"])) // LETTERS_PER_TOKEN + 1
        for item in step.get("content", []):
            tokens = len(item["text"]) // LETTERS_PER_TOKEN if item["type"] == "text" else _MEDIA_TOKENS
            counts[item["type"]] = counts.get(item["type"], 0) + tokens
    return counts


def _tool_usage(steps: list[dict[str, Any]]) -> dict[str, Any]:
    results = [step for step in steps if step["type"].endswith("_result")]
    if not results:
        return {}
    grounding = {"google_search": "google_search", "google_maps": "google_maps", "retrieval": "retrieval"}
    kinds = [step["type"].removesuffix("_result") for step in results]
    counts = [
        {"type": grounding[kind], "count": kinds.count(kind)} for kind in dict.fromkeys(kinds) if kind in grounding
    ]
    used = {"total_tool_use_tokens": sum(len(str(step)) for step in results) // LETTERS_PER_TOKEN}
    return used | ({"grounding_tool_count": counts} if counts else {})


def _totals(*, given: int, cached: int, written: int, thought: int) -> dict[str, Any]:
    return {
        "total_input_tokens": given,
        "total_cached_tokens": cached,
        "total_output_tokens": written,
        "total_thought_tokens": thought,
        "total_tokens": given + written + thought,
        "input_tokens_by_modality": [{"modality": "text", "tokens": given}],
        "output_tokens_by_modality": [{"modality": "text", "tokens": written}],
    }
