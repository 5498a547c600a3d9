from typing import Any

import pytest

from longwatch.upstream.requests import schema_of
from longwatch.upstream.structured import LONGEST_REASON, read_structure

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name"],
}
TREE = {
    "$defs": {
        "node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}
    },
    "$ref": "#/$defs/node",
}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ('{"name": "Ada", "age": 36}', PERSON, {"name": "Ada", "age": 36}),
        ('{"next": {"next": null}}', TREE, {"next": {"next": None}}),
        ("[1, 2]", {"type": "array", "items": {"type": "integer"}}, [1, 2]),
        ('"red"', {"enum": ["red", "blue"]}, "red"),
        ('{"any": 1}', None, {"any": 1}),
        ('{"any": 1}', True, {"any": 1}),
    ],
)
def test_a_value_that_fits_is_returned(text: str, schema: Any, value: Any) -> None:
    assert read_structure(text, schema=schema) == (value, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"age": 36}', "at $: 'name' is a required property"),
        ('{"name": "Ada", "age": -1}', "at $.age: -1 is less than the minimum of 0"),
        ('{"name": 7}', "at $.name: 7 is not of type 'string'"),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_its_place(text: str, words: str) -> None:
    value, reason = read_structure(text, schema=PERSON)
    assert value is None
    assert reason is not None
    assert reason.endswith(words)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "OBJECT"},
        {"$ref": "https://schemas.example/person.json"},
        {"$ref": "#/$defs/nowhere"},
        {"type": "object", "additionalProperties": {"pattern": "("}},
        [1],
        "object",
        {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    ],
)
def test_a_schema_that_cannot_be_used_is_the_reason_and_nothing_is_fetched(schema: Any) -> None:
    value, reason = read_structure('{"name": "Ada"}', schema=schema)
    assert value is None
    assert reason is not None
    assert "the schema that was given" in reason
    assert len(reason) <= LONGEST_REASON


def test_a_reason_is_short_however_long_the_value() -> None:
    _, reason = read_structure('"' + "x" * 10_000 + '"', schema={"type": "integer"})
    assert reason is not None
    assert len(reason) == LONGEST_REASON


def test_the_schema_is_the_one_of_the_text_among_several_forms() -> None:
    form = {"type": "text", "mime_type": "application/json", "schema": PERSON}
    assert schema_of({"response_format": [{"type": "image"}, form]}) == PERSON
    assert schema_of({"response_format": {"type": "text", "mime_type": "text/plain", "schema": PERSON}}) is None
    assert schema_of({}) is None
