"""Which parts of an interaction are its answer? Both wire revisions, read as one list of parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from longwatch.upstream.document import objects, text_of

Revision = Literal["steps", "legacy"]
MEDIA = frozenset({"image", "audio", "video", "document"})


@dataclass(frozen=True, slots=True)
class Words:
    """One text item as the upstream wrote it; its annotations count bytes from its own start."""

    text: str
    annotations: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Media:
    """One image, sound, video or document of the answer."""

    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """Something between two texts (a tool step, say): they are not one sentence."""


Part = Words | Media | Break


def answer(document: Mapping[str, Any]) -> tuple[Revision, list[Part]]:
    """Return the revision and the parts of the model's answer after the last user input."""
    steps = objects(document.get("steps"))
    outputs = objects(document.get("outputs"))
    parts = list(_from_steps(steps))
    # Lyria models still answer in `outputs`, and a schema that flips again must not empty a report.
    if outputs and not _says_something(parts):
        return "legacy", list(_from_items(outputs))
    return "steps", parts


def _says_something(parts: list[Part]) -> bool:
    return any(isinstance(part, Words | Media) for part in parts)


def _from_steps(steps: list[dict[str, Any]]) -> Iterator[Part]:
    """Pass over a thought between two outputs, as the official SDK does; any other step parts them."""
    for step in _after_last_input(steps):
        match step.get("type"):
            case "model_output":
                yield from _from_items(objects(step.get("content")))
            case "thought":
                pass
            case _:
                yield Break()


def _after_last_input(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for index in range(len(steps) - 1, -1, -1):
        if steps[index].get("type") == "user_input":
            return steps[index + 1 :]
    return steps


def _from_items(items: list[dict[str, Any]]) -> Iterator[Part]:
    for item in items:
        kind = text_of(item.get("type"))
        if kind == "text":
            yield _words(item)
        elif kind in MEDIA:
            yield Media(item)
        elif kind != "thought":
            yield Break()


def _words(item: Mapping[str, Any]) -> Words:
    text = item.get("text")
    return Words(text if isinstance(text, str) else "", objects(item.get("annotations")))
