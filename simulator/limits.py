"""Where does a text end before its end?"""

from dataclasses import dataclass
from typing import Any

LETTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What cuts an answer short: tokens, sequences of letters, or a life that ends early."""

    max_output_tokens: int | None = None
    stop_sequences: tuple[str, ...] = ()
    halved: bool = False

    def applied(self, content: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Return the text content as far as it goes, and whether that is all the model had to say."""
        text = content["text"]
        stops = [place for stop in self.stop_sequences if stop and (place := text.find(stop)) >= 0]
        wished = text[: min(stops, default=len(text))]
        most = len(wished) if self.max_output_tokens is None else self.max_output_tokens * LETTERS_PER_TOKEN
        kept = wished[: min(most, len(wished) // 2 if self.halved else len(wished))]
        return _cut(content, kept), kept == wished


def limits_in(config: dict[str, Any], *, halved: bool) -> Limits:
    """Return the limits that a generation_config sets."""
    return Limits(config.get("max_output_tokens"), tuple(config.get("stop_sequences") or ()), halved)


def _cut(content: dict[str, Any], text: str) -> dict[str, Any]:
    size = len(text.encode("utf-8", "replace"))
    kept = [note for note in content.get("annotations", []) if note["end_index"] <= size]
    cut = {key: value for key, value in content.items() if key != "annotations"} | {"text": text}
    return cut | ({"annotations": kept} if kept else {})
