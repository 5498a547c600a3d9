"""How many tokens does a simulated run use?"""

from typing import Any

from simulator.interaction import Interaction
from simulator.report import Topic, short_answer

# (input, output, searches) of one whole run, as published for the two Deep Research agents.
_RESEARCH = (250_000, 60_000, 80)
_RESEARCH_MAX = (900_000, 80_000, 160)


def usage(interaction: Interaction, *, progress: float) -> dict[str, Any]:
    """Return the usage of a run that got as far as *progress* (0 to 1)."""
    if interaction.agent:
        return _research_usage(interaction.topic, name=interaction.agent, progress=progress)
    return _model_usage(interaction.topic)


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


def _model_usage(topic: Topic) -> dict[str, Any]:
    words = len(topic.prompt) // 4 + 1
    return _totals(given=words, cached=0, written=len(short_answer(topic)) // 4, thought=words * 2)


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
