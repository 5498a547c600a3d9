"""What has been said in a conversation, by whom, and what is new?"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Step = dict[str, Any]
CONTENT_TYPES = ("text", "image", "audio", "document", "video")
_ASKED = ("user_input", "function_result")


@dataclass(frozen=True, slots=True)
class Conversation:
    """All steps of a conversation in order: what went before, then what the caller says now."""

    before: tuple[Step, ...]
    now: tuple[Step, ...]

    @property
    def question(self) -> str:
        """Return the words to be answered: the newest the user said."""
        for steps in (self.now, self.before):
            said = [text_of(step) for step in steps if step["type"] == "user_input"]
            if any(said):
                return next(text for text in reversed(said) if text).encode("utf-8", "replace").decode()
        return ""

    @property
    def function_results(self) -> list[Step]:
        """Return the results of functions that the caller has just given."""
        return [step for step in self.now if step["type"] == "function_result"]

    @property
    def calls(self) -> dict[str, Step]:
        """Return every function call that was ever made, by id."""
        return {step["id"]: step for step in self.before if step["type"] == "function_call" and "id" in step}

    @property
    def media(self) -> list[dict[str, Any]]:
        """Return the content other than text that the user has just given."""
        return [item for step in self.now for item in contents(step) if item["type"] != "text"]

    @property
    def earlier_media(self) -> list[dict[str, Any]]:
        """Return the content other than text that the user gave before."""
        given = [step for step in self.before if step["type"] == "user_input"]
        return [item for step in given for item in contents(step) if item["type"] != "text"]


def conversation(earlier: Iterable[Step], given: Iterable[Step]) -> Conversation:
    """Return the conversation whose *given* steps may themselves begin with history."""
    steps = list(given)
    newest = len(steps)
    while newest and steps[newest - 1]["type"] in _ASKED:
        newest -= 1
    return Conversation((*earlier, *steps[:newest]), tuple(steps[newest:]))


def contents(step: Step) -> list[dict[str, Any]]:
    """Return the content items of a user_input or model_output step; none for other steps."""
    given = step.get("content") if step["type"] in {"user_input", "model_output"} else None
    if isinstance(given, str):
        return [{"type": "text", "text": given}]
    return [item for item in given or [] if isinstance(item, dict) and item.get("type") in CONTENT_TYPES]


def text_of(step: Step) -> str:
    """Return the text of one step."""
    texts = [item.get("text") for item in contents(step)]
    return "\n".join(text for text in texts if isinstance(text, str))


def steps_of(given: Any, *, keep_turns: bool) -> list[Step]:
    """Return an `input` as steps; legacy turns are dropped unless *keep_turns*, as the live service does."""
    if not isinstance(given, list):
        return [_said([given if isinstance(given, dict) else {"type": "text", "text": given or ""}])]
    items = [item for item in given if isinstance(item, dict)]
    flat = [part for item in items for part in (_turn(item) if "role" in item and keep_turns else [item])]
    steps: list[Step] = []
    for loose, group in _grouped(item for item in flat if "type" in item):
        steps += [_said(group)] if loose else map(_whole, group)
    return steps


def _is_loose(item: dict[str, Any]) -> bool:
    return item["type"] in CONTENT_TYPES


def _whole(step: Step) -> Step:
    return step | {"content": contents(step)} if isinstance(step.get("content"), str) else step


def _said(content: list[dict[str, Any]], kind: str = "user_input") -> Step:
    return {"type": kind, "content": content}


def _turn(turn: dict[str, Any]) -> list[Step]:
    kind = "user_input" if turn["role"] == "user" else "model_output"
    content = turn.get("content")
    if isinstance(content, str):
        return [_said([{"type": "text", "text": content}], kind)]
    items = [item for item in content or [] if isinstance(item, dict) and "type" in item]
    steps: list[Step] = []
    for loose, group in _grouped(items):
        steps += [_said(group, kind)] if loose else group
    return steps


def _grouped(items: Iterable[dict[str, Any]]) -> list[tuple[bool, list[dict[str, Any]]]]:
    return [(loose, list(group)) for loose, group in groupby(items, key=_is_loose)]
