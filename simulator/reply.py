"""Which sentences answer a question, and from which sources?"""

import json
from typing import Any

from simulator.conversation import Conversation
from simulator.enumeration import enumerated
from simulator.perception import Percept
from simulator.recall import recalled
from simulator.report import Topic, closing_sentence, short_answer
from simulator.tools.use import Note

_LONGEST_INSTRUCTION = 200


def findings(talk: Conversation, percepts: tuple[Percept, ...], notes: tuple[Note, ...]) -> list[Note]:
    """Return what is really known for the answer: results of functions, media, what tools found."""
    results = [Note(_result_sentence(step, talk)) for step in talk.function_results]
    return [*results, *(Note(percept.sentence) for percept in percepts), *notes]


def reply(topic: Topic, talk: Conversation, found: list[Note], instruction: str | None) -> dict[str, Any]:
    """Return a text content that answers, with its annotations."""
    listing = None if found else enumerated(talk.question, topic.rng("list"))
    remembered = [] if talk.function_results else recalled(talk)
    notes = [*found, *(Note(one) for one in (*remembered, *([listing] if listing else [])))]
    ending = f"I keep to your instruction: “{instruction[:_LONGEST_INSTRUCTION]}”" if instruction else None
    own = [closing_sentence(topic)] if notes else [short_answer(topic)]
    return text_content([*notes, *([Note(ending)] if ending else []), *(Note(one) for one in own)])


def text_content(notes: list[Note]) -> dict[str, Any]:
    """Return the notes as one text content; annotations count UTF-8 bytes, end exclusive."""
    text, annotations = "", []
    for note in notes:
        text += " " if text else ""
        start = len(text.encode("utf-8", "replace"))
        text += note.sentence
        if note.annotation:
            span = {"start_index": start, "end_index": len(text.encode("utf-8", "replace"))}
            annotations.append(note.annotation | span)
    return {"type": "text", "text": text} | ({"annotations": annotations} if annotations else {})


def _result_sentence(step: dict[str, Any], talk: Conversation) -> str:
    call = talk.calls.get(step.get("call_id", ""), {})
    name = step.get("name") or call.get("name") or "The function"
    verb = "failed with" if step.get("is_error") else "answered"
    return f"{name} {verb}: {_plain(step.get('result'))}"


def _plain(result: Any) -> str:
    if isinstance(result, str):
        return result
    items = result.get("items") if isinstance(result, dict) and set(result) == {"items"} else result
    if isinstance(items, list):
        return " ".join(item["text"] if isinstance(item, dict) and "text" in item else _plain(item) for item in items)
    if isinstance(items, dict) and items.get("type") in {"image", "audio", "video", "document"}:
        return f"[{items['type']} {items.get('mime_type', '')}]"
    return json.dumps(items, ensure_ascii=False)
