"""How are tokens counted in either revision?"""

from collections.abc import Mapping
from typing import Any, Final, Literal

Thoughts = Literal["total_thought_tokens", "total_reasoning_tokens"]

_CURRENT: Final = {"total_reasoning_tokens": "total_thought_tokens"}
_NOT_LEGACY: Final = frozenset({"grounding_tool_count", "initial_input_tokens"})
_LEGACY_MODALITIES: Final = frozenset({"text", "image", "audio"})


def legacy_usage(usage: Mapping[str, Any], thoughts: Thoughts) -> dict[str, Any]:
    """Return *usage* with the names and modalities that the legacy revision knew, thoughts counted as *thoughts*."""
    names = {"total_thought_tokens": thoughts}
    return {names.get(name, name): _known(value) for name, value in usage.items() if name not in _NOT_LEGACY}


def current_usage(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Return *usage* with the current names."""
    return {_CURRENT.get(name, name): value for name, value in usage.items()}


def _known(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [count for count in value if isinstance(count, dict) and count.get("modality") in _LEGACY_MODALITIES]
