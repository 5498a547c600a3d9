"""How is a model's whole answer put together?"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.answers import ApiError
from simulator.conversation import Conversation, Step
from simulator.evidence import Evidence
from simulator.limits import Limits
from simulator.media.drawing import drawn, picture_size
from simulator.media.tones import played
from simulator.perception import Percept
from simulator.reply import findings, reply
from simulator.report import Topic
from simulator.structured.instance import UnsatisfiableError, instance
from simulator.structured.wishes import Wishes
from simulator.tools.calling import calls, choice_in
from simulator.tools.code import code_execution
from simulator.tools.mcp import mcp_use
from simulator.tools.pages import url_context
from simulator.tools.search import file_search, google_maps, google_search, retrieval
from simulator.tools.use import Note, Use
from simulator.wanted import Wanted, wanted

_SERVER_TOOLS: dict[str, Callable[..., Use]] = {
    "google_search": google_search,
    "google_maps": google_maps,
    "file_search": file_search,
    "retrieval": retrieval,
    "code_execution": code_execution,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """All that an answer is made from."""

    request: dict[str, Any]
    talk: Conversation
    topic: Topic
    evidence: Evidence
    percepts: tuple[Percept, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Composition:
    """The steps of an answer, and how the run ends with them."""

    steps: list[Step]
    ending: str


def composed(ask: Ask) -> Composition:
    """Return the answer to *ask*: function calls if it takes any, else tools' steps and the output."""
    _check_results(ask.talk)
    called = _called(ask)
    if called:
        return Composition(called, "requires_action")
    uses = tool_uses(ask)
    form = wanted(ask.request)
    content, complete = _content(ask, form, tuple(note for use in uses for note in use.notes))
    output: Step = {"type": "model_output", "content": content}
    used = [step for use in uses for step in use.steps]
    # The guide's known issue: with google_search, text may come before the tool's steps.
    first = form.json and any(step["type"] == "google_search_call" for step in used)
    return Composition([output, *used] if first else [*used, output], "completed" if complete else "incomplete")


def tool_uses(ask: Ask) -> list[Use]:
    """Return the use of every tool that the server itself runs, in the order given."""
    made = [_use(tool, ask, number) for number, tool in enumerate(ask.request.get("tools") or [])]
    return [use for use in made if use is not None]


def _use(tool: dict[str, Any], ask: Ask, number: int) -> Use | None:
    question = ask.talk.question
    match tool["type"]:
        case "url_context":
            use = url_context(question, ask.evidence.pages, number)
            return use if use.notes else None
        case "mcp_server":
            return mcp_use(tool, question, ask.evidence.mcp, number)
        case kind if kind in _SERVER_TOOLS:
            return _SERVER_TOOLS[kind](tool, question, ask.topic.rng(f"tool{number}"), number)
        case _:
            return None


def _called(ask: Ask) -> list[Step]:
    functions = [tool for tool in ask.request.get("tools") or [] if tool["type"] == "function"]
    if ask.talk.function_results or not functions:
        return []
    choice = choice_in(ask.request.get("generation_config") or {})
    return calls(functions, ask.talk.question, choice, ask.topic.rng("calls"))


def _check_results(talk: Conversation) -> None:
    for step in talk.function_results:
        if step.get("call_id") not in talk.calls:
            raise ApiError(400, f"No function call has the id '{step.get('call_id')}'.")


def _content(ask: Ask, form: Wanted, notes: tuple[Note, ...]) -> tuple[list[dict[str, Any]], bool]:
    found = findings(ask.talk, ask.percepts, notes)
    content: list[dict[str, Any]] = []
    complete = True
    if form.text:
        text = _json_text(ask, form, found) if form.json else _answer(ask, found)
        cut, complete = ask.limits.applied(text)
        content.append(cut)
    if form.image is not None:
        content.append(picture(ask.topic, form.image))
    if form.audio is not None:
        sound = played(len(ask.talk.question.split()), ask.topic.rng("sound"))
        content.append({"type": "audio", "data": base64.b64encode(sound).decode(), "mime_type": "audio/wav"})
    return content, complete


def _answer(ask: Ask, found: list[Note]) -> dict[str, Any]:
    return reply(ask.topic, ask.talk, found, ask.request.get("system_instruction"))


def picture(topic: Topic, form: dict[str, Any]) -> dict[str, Any]:
    """Return an image content drawn for *topic*."""
    size = picture_size(aspect_ratio=form.get("aspect_ratio"), image_size=form.get("image_size"))
    data = base64.b64encode(drawn(size, topic.rng("picture"))).decode()
    return {"type": "image", "data": data, "mime_type": "image/png"}


def _json_text(ask: Ask, form: Wanted, found: list[Note]) -> dict[str, Any]:
    if form.schema is None:
        return {"type": "text", "text": json.dumps({"answer": _answer(ask, found)["text"]}, ensure_ascii=False)}
    rng = ask.topic.rng("structure")
    wishes = Wishes(ask.talk.question, rng=rng, findings=tuple(note.sentence for note in found))
    try:
        value = instance(form.schema, wishes=wishes, rng=rng)
    except UnsatisfiableError as error:
        raise ApiError(400, "Invalid value for 'response_format': no instance of the schema was found.") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ApiError(400, f"Invalid value for 'response_format': {error}.") from error
    return {"type": "text", "text": json.dumps(value, ensure_ascii=False)}
