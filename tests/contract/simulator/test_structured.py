"""Whether any JSON Schema gets an instance, and one that says something of the prompt."""

import json
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.structured.checking import fits
from simulator.structured.instance import UnsatisfiableError, instance
from simulator.structured.patterns import matching
from simulator.structured.wishes import Wishes
from tests.support.live_simulator import LiveSimulator

jsonschema: Any = pytest.importorskip("jsonschema")

PROMPT = "Sort the letters of Ann and Bob from Paris, written on 2025-11-01, by 5 criteria."
STRING, INTEGER = {"type": "string"}, {"type": "integer"}
NODE = {"type": "object", "properties": {"v": STRING, "next": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]}}}
TREE = {"type": "object", "properties": {"k": {"type": "array", "items": {"$ref": "#/$defs/T"}}}, "required": ["k"]}
FORMATS = ["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid", "regex"]


def tagged(kind: str, **properties: Any) -> dict[str, Any]:
    own = {"kind": {"const": kind}} | properties
    return {"type": "object", "properties": own, "required": list(own), "additionalProperties": False}


SCHEMAS: dict[str, Any] = {
    "anything": True,
    "no rule": {},
    "constant": {"const": {"a": [1, None]}},
    "mixed enum": {"enum": [1, "a", None]},
    "enum with a bound": {"type": "string", "enum": ["red", "green"], "minLength": 4},
    "bounded text": {"type": "string", "minLength": 5, "maxLength": 8},
    "long text": {"type": "string", "minLength": 300},
    "no text": {"type": "string", "maxLength": 0},
    "bounded integer": {"type": "integer", "minimum": 10, "maximum": 12},
    "negative": {"type": "integer", "exclusiveMaximum": 0, "exclusiveMinimum": -2},
    "open interval": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "multiple": {"type": "integer", "multipleOf": 7, "minimum": 50},
    "fractional multiple": {"type": "number", "multipleOf": 0.25, "minimum": 0.1, "maximum": 0.9},
    "anchored pattern": {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
    "groups and sets": {"type": "string", "pattern": r"^(foo|bar)+[^a-z]?\.(com|org)$", "minLength": 7},
    "telephone": {"type": "string", "pattern": r"^\+?[1-9]\d{1,14}$"},
    "formats": {"type": "object", "properties": {f: {"type": "string", "format": f} for f in FORMATS}},
    "nullable": {"type": ["string", "null"], "format": "email"},
    "list of a recursive type": {"$defs": {"N": NODE}, "$ref": "#/$defs/N"},
    "recursive tree": {
        "$defs": {"T": TREE},
        "type": "object",
        "properties": {"t": {"$ref": "#/$defs/T"}},
        "required": ["t"],
    },
    "reference with siblings": {"$defs": {"A": STRING}, "$ref": "#/$defs/A", "minLength": 40},
    "anchor": {"$defs": {"A": {"$anchor": "here", "type": "integer"}}, "$ref": "#here"},
    "either": {"oneOf": [STRING, INTEGER]},
    "exactly one": {"oneOf": [{"type": "integer", "multipleOf": 5}, {"type": "integer", "multipleOf": 3}]},
    "discriminated": {
        "oneOf": [tagged("a", x={"type": "number"}), tagged("b", y={"type": "string", "format": "date"})]
    },
    "all of": {
        "allOf": [
            {"type": "object", "properties": {"a": STRING}, "required": ["a"]},
            {"required": ["b"], "properties": {"b": INTEGER}},
        ]
    },
    "nested all of": {
        "type": "object",
        "properties": {"x": {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 9}]}},
        "required": ["x"],
    },
    "conditional": {
        "type": "object",
        "properties": {"t": {"enum": ["x", "y"]}, "w": STRING},
        "required": ["t"],
        "if": {"properties": {"t": {"const": "x"}}, "required": ["t"]},
        "then": {"required": ["u"], "properties": {"u": INTEGER}},
        "else": {"required": ["w"]},
    },
    "not a text": {"not": STRING},
    "not too large": {
        "type": "object",
        "properties": {"a": INTEGER},
        "required": ["a"],
        "not": {"properties": {"a": {"minimum": 5}}},
    },
    "free properties": {
        "type": "object",
        "minProperties": 3,
        "additionalProperties": INTEGER,
        "propertyNames": {"pattern": "^[a-z]{2,9}$"},
    },
    "pattern properties": {
        "type": "object",
        "patternProperties": {"^x-": INTEGER},
        "additionalProperties": False,
        "minProperties": 2,
    },
    "dependent": {"type": "object", "dependentRequired": {"a": ["b"]}, "properties": {"a": STRING}},
    "dependent schema": {
        "type": "object",
        "properties": {"a": STRING},
        "dependentSchemas": {"a": {"required": ["c"], "properties": {"c": INTEGER}}},
    },
    "tuple": {"type": "array", "prefixItems": [STRING, {"type": "number"}], "items": False, "minItems": 2},
    "older tuple": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "array",
        "items": [STRING, INTEGER],
        "additionalItems": False,
    },
    "containing": {"type": "array", "contains": {"const": 5}, "minContains": 2, "items": INTEGER, "maxItems": 3},
    "a small set": {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": 3},
        "minItems": 3,
        "uniqueItems": True,
    },
    "a set of texts": {"type": "array", "items": STRING, "minItems": 5, "uniqueItems": True},
    "an empty array": {"type": "array", "maxItems": 0},
    "deep": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": tagged("z")}},
    },
}
UNSATISFIABLE = [
    False,
    {"enum": []},
    {"type": "string", "const": 1},
    {"allOf": [STRING, INTEGER]},
    {"minimum": 3, "maximum": 2, "type": "number"},
]


def made(schema: Any, prompt: str = PROMPT) -> Any:
    rng = random.Random(7)
    return instance(schema, wishes=Wishes(prompt, rng=rng), rng=rng)


def asked(sim: LiveSimulator, schema: Any, prompt: str, **fields: Any) -> Any:
    body = {"model": "gemini-2.5-flash", "input": prompt, "response_format": schema, **fields}
    return json.loads(sim.post(body).raise_for_status().json()["steps"][-1]["content"][0]["text"])


@pytest.mark.parametrize("prompt", [PROMPT, "今天天气怎么样", ""])
@pytest.mark.parametrize("name", SCHEMAS)
def test_an_instance_is_valid(name: str, prompt: str) -> None:
    validator = jsonschema.validators.validator_for(SCHEMAS[name], default=jsonschema.Draft202012Validator)
    value = json.loads(json.dumps(made(SCHEMAS[name], prompt)))
    validator(SCHEMAS[name], format_checker=validator.FORMAT_CHECKER).validate(value)


LEAVES = st.sampled_from(
    [
        STRING,
        INTEGER,
        {"type": "boolean"},
        {"type": "null"},
        {"enum": ["a", "b"]},
        {"type": "number", "minimum": 2, "maximum": 3},
    ]
)
ANY_SCHEMA = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 3))
        | st.builds(lambda options: {"anyOf": options}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(
            lambda parts: {
                "type": "object",
                "properties": parts,
                "required": list(parts),
                "additionalProperties": False,
            },
            st.dictionaries(st.sampled_from(["name", "date", "count", "city", "tags"]), inner, max_size=4),
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(ANY_SCHEMA, st.text(max_size=40))
def test_any_schema_gets_an_instance_that_two_validators_accept(schema: Any, prompt: str) -> None:
    value = made(schema, prompt)
    jsonschema.Draft202012Validator(schema).validate(value)
    assert fits(value, schema, schema)


@settings(deadline=None)
@given(st.from_regex(r"\A[a-c]{1,3}(x|y|\d)?[^q-z]\Z"))
def test_the_own_validator_reads_patterns_as_python_does(text: str) -> None:
    pattern = r"^[a-c]{1,3}(x|y|\d)?[^q-z]$"
    assert fits(text, {"pattern": pattern}, {}) == bool(re.search(pattern, text))


@pytest.mark.parametrize("schema", UNSATISFIABLE)
def test_a_schema_without_instances_is_refused(sim: LiveSimulator, schema: Any) -> None:
    with pytest.raises(UnsatisfiableError):
        made(schema)
    form = {
        "type": "text",
        "mime_type": "application/json",
        "schema": {"type": "array", "items": schema, "minItems": 1},
    }
    answer = sim.post({"model": "gemini-2.5-flash", "input": "x", "response_format": form})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("reference", ["#/$defs/nowhere", "#nobody"])
def test_a_reference_that_leads_nowhere_is_refused(sim: LiveSimulator, reference: str) -> None:
    body = {
        "model": "gemini-2.5-flash",
        "input": "x",
        "response_format": {"type": "object", "properties": {"a": {"$ref": reference}}},
    }
    assert sim.post(body).status_code == 400


def test_a_look_around_is_not_followed() -> None:
    assert matching("(?=a)b", random.Random(1)) is None


def test_values_come_from_the_prompt(sim: LiveSimulator) -> None:
    schema = {
        "type": "object",
        "properties": {
            "attendees": {"type": "array", "items": STRING},
            "date": STRING,
            "time": STRING,
            "topic": STRING,
            "room_number": INTEGER,
            "priority": {"type": "string", "enum": ["low", "urgent"]},
        },
        "required": ["attendees", "date", "time", "topic", "room_number", "priority"],
    }
    prompt = "Set up an urgent meeting in room 12 on March 9, 2027 at 2:30 pm with Lena and Jorge about tide gauges."
    assert asked(sim, schema, prompt) == {
        "attendees": ["Lena", "Jorge"],
        "date": "2027-03-09",
        "time": "14:30",
        "topic": "tide gauges",
        "room_number": 12,
        "priority": "urgent",
    }


def test_an_alternative_is_chosen_by_the_words_of_the_prompt(sim: LiveSimulator) -> None:
    fraud = tagged("fraud", reason=STRING)
    fine = tagged("fine", summary=STRING)
    schema = {"type": "object", "properties": {"verdict": {"anyOf": [fine, fraud]}}, "required": ["verdict"]}
    alarm = asked(sim, schema, "Judge: 'You are the winner! Claim your prize now.'")
    calm = asked(
        sim, {**schema, "properties": {"verdict": {"anyOf": [fraud, fine]}}}, "Judge: 'The ferry leaves at nine.'"
    )
    assert (alarm["verdict"]["kind"], calm["verdict"]["kind"]) == ("fraud", "fine")


def test_members_of_a_list_keep_their_names(sim: LiveSimulator) -> None:
    item = {"type": "object", "properties": {"name": STRING, "amount": INTEGER}, "required": ["name"]}
    schema = {
        "type": "object",
        "properties": {"ingredients": {"type": "array", "items": item}},
        "required": ["ingredients"],
    }
    found = asked(sim, schema, "To bake it you need flour, sugar, and butter.")["ingredients"]
    assert [one["name"] for one in found] == ["flour", "sugar", "butter"]


@pytest.mark.parametrize(
    "fields",
    [
        {"response_format": {"type": "object", "properties": {"a": INTEGER}, "required": ["a"]}},
        {
            "response_format": {
                "type": "text",
                "schema": {"type": "object", "properties": {"a": INTEGER}, "required": ["a"]},
            }
        },
        {
            "response_format": [
                {"type": "text", "mime_type": "application/json", "schema": {"type": "object", "required": ["a"]}}
            ]
        },
    ],
)
def test_a_schema_may_be_given_raw_or_typed(sim: LiveSimulator, fields: Any) -> None:
    answer = sim.post({"model": "gemini-2.5-flash", "input": "x", **fields}).json()
    assert set(json.loads(answer["steps"][-1]["content"][0]["text"])) == {"a"}


def test_json_without_a_schema_is_an_object(sim: LiveSimulator) -> None:
    body = {"model": "gemini-2.5-flash", "input": "tea", "response_mime_type": "application/json"}
    assert "tea" in json.loads(sim.post(body).json()["steps"][-1]["content"][0]["text"])["answer"]


def test_the_same_request_gives_the_same_value(sim: LiveSimulator) -> None:
    schema = SCHEMAS["formats"]
    assert asked(sim, schema, "x") == asked(sim, schema, "x")
