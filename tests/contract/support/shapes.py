"""One reader of answers in both revisions, and requests that say the same in each."""

from typing import Any

from tests.contract.support.clients import Client


def items(interaction: Any) -> list[Any]:
    """Return what was generated, in order: contents, calls, results and thoughts, whichever revision holds them."""
    if interaction.get("outputs"):
        return list(interaction["outputs"])
    found: list[Any] = []
    for step in interaction.get("steps") or []:
        found += step.get("content", []) if step["type"] == "model_output" else [step]
    return [item for item in found if item["type"] != "user_input"]


def of_type(interaction: Any, kind: str) -> list[Any]:
    """Return the generated items of one type."""
    return [item for item in items(interaction) if item["type"] == kind]


def text(interaction: Any) -> str:
    """Return all generated text."""
    return "".join(item["text"] for item in of_type(interaction, "text"))


def streamed_text(events: list[Any]) -> str:
    """Return the text that a stream's deltas make up."""
    deltas = [event["delta"] for event in events if event["event_type"] in {"content.delta", "step.delta"}]
    return "".join(delta["text"] for delta in deltas if delta["type"] == "text")


def history(client: Client, *turns: tuple[str, str]) -> list[Any]:
    """Return a conversation of (who, text), as this SDK's revision writes it."""
    if client.legacy:
        return [{"role": who, "content": [{"type": "text", "text": said}]} for who, said in turns]
    step = {"user": "user_input", "model": "model_output"}
    return [{"type": step[who], "content": [{"type": "text", "text": said}]} for who, said in turns]


def json_format(client: Client, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a create that ask for JSON of *schema*."""
    if client.legacy:
        return {"response_format": schema, "response_mime_type": "application/json"}
    return {"response_format": {"type": "text", "mime_type": "application/json", "schema": schema}}
