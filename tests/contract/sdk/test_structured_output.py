"""Whether an answer is an instance of the schema asked for."""

import json
from typing import Any

import pytest

from tests.contract.support import shapes
from tests.contract.support.clients import Client

MODEL = "gemini-2.5-flash"
SHIP: Any = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 3},
        "rig": {"enum": ["sloop", "ketch", "yawl"]},
        "masts": {"type": "integer", "minimum": 1, "maximum": 3},
        "crew": {"type": "array", "items": {"$ref": "#/$defs/sailor"}, "minItems": 2},
        "cargo": {
            "anyOf": [
                {"type": "null"},
                {"type": "object", "properties": {"tons": {"type": "number"}}, "required": ["tons"]},
            ]
        },
    },
    "required": ["name", "rig", "masts", "crew", "cargo"],
    "additionalProperties": False,
    "$defs": {
        "sailor": {
            "type": "object",
            "properties": {"rank": {"const": "deckhand"}, "joined": {"type": "string", "format": "date"}},
            "required": ["rank", "joined"],
        }
    },
}


def instance(client: Client, schema: Any, **fields: Any) -> Any:
    asked = {"model": MODEL, "input": "Describe the ship Hispaniola.", **shapes.json_format(client, schema), **fields}
    return json.loads(shapes.of_type(client.create(**asked), "text")[-1]["text"])


def test_a_nested_instance_keeps_every_rule(client: Client) -> None:
    ship = instance(client, SHIP)
    assert set(ship) == set(SHIP["required"])
    assert len(ship["name"]) >= 3
    assert ship["rig"] in {"sloop", "ketch", "yawl"}
    assert ship["masts"] in {1, 2, 3}
    assert len(ship["crew"]) >= 2
    assert all(sailor["rank"] == "deckhand" for sailor in ship["crew"])
    assert ship["cargo"] is None or isinstance(ship["cargo"]["tons"], int | float)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 1}, list),
        ({"type": "object", "properties": {"depth": {"type": "number"}}, "required": ["depth"]}, dict),
        ({"enum": ["ebb", "flood"]}, str),
    ],
    ids=["array", "object", "enum"],
)
def test_any_kind_of_schema_is_answered(client: Client, schema: Any, kind: type) -> None:
    assert isinstance(instance(client, schema), kind)


def test_a_tool_and_a_schema_go_together(client: Client) -> None:
    found = instance(client, SHIP, tools=[{"type": "google_search"}])
    assert found["rig"] in {"sloop", "ketch", "yawl"}
    assert shapes.of_type(json.loads(client.last.answer), "google_search_call")


def test_an_instance_can_be_streamed(client: Client) -> None:
    asked = {"model": MODEL, "input": "Describe the ship Hispaniola.", **shapes.json_format(client, SHIP)}
    assert json.loads(shapes.streamed_text(client.stream(**asked)))["masts"] in {1, 2, 3}
