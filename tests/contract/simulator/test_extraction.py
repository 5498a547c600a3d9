"""Which words of a prompt become which values."""

import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.structured.extraction import extracted, listed, mentioned, names_after, near_number, proper_names
from simulator.structured.formats import fits_format, formatted
from simulator.structured.merging import merged
from simulator.structured.patterns import matching, python_pattern
from simulator.structured.references import resolved
from simulator.structured.wishes import Wishes

TRIP = "Book a room in Porto for Ana from 2027-05-02 at 9:30 pm, mail ana@mail.example, see https://rooms.example/7."
FORMATS = ["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid", "json-pointer"]
PATTERNS = [
    r"^[a-z]+$",
    r"^\d{3}-\d{2,4}$",
    r"^(yes|no|maybe)$",
    r"^[A-Za-z_][A-Za-z0-9_]{0,7}$",
    r"^#(?:[0-9a-fA-F]{3}){1,2}$",
    r"^\w+@\w+\.[a-z]{2,3}$",
    r"^[^\s\d]{4}$",
    r"^v\d+\.\d+\.\d+(-rc\d)?$",
    r"^(?<year>\d{4})/\D\S$",
    r"^\p{L}{2}\x41\u0042$",
    r"a|b*c?",
    r"^[\]\-x]{2}\.\*$",
    r"^.{5}\t?$",
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("city", "Porto"),
        ("guest_name", "Ana"),
        ("date", "2027-05-02"),
        ("check_in_time", "21:30"),
        ("email", "ana@mail.example"),
        ("website_url", "https://rooms.example/7"),
        ("query", TRIP),
        ("colour", None),
    ],
)
def test_a_telling_name_finds_its_value(name: str, value: str | None) -> None:
    assert extracted(name, {}, TRIP) == value


@pytest.mark.parametrize(
    ("prompt", "date"),
    [
        ("on May 3rd, 2026", "2026-05-03"),
        ("on 14 October 2027", "2027-10-14"),
        ("on 2025-12-31", "2025-12-31"),
        ("on Smarch 3, 2026", None),
        ("some day", None),
    ],
)
def test_dates_are_read_however_they_are_written(prompt: str, date: str | None) -> None:
    assert extracted("date", {}, prompt) == date


@pytest.mark.parametrize(
    ("prompt", "time"), [("at 10 am", "10:00"), ("at 12 am", "00:00"), ("at 12:05 p.m.", "12:05"), ("soon", None)]
)
def test_times_are_read_on_a_clock_of_24_hours(prompt: str, time: str | None) -> None:
    assert extracted("time", {}, prompt) == time


def test_quoted_words_are_what_is_to_be_handled() -> None:
    assert extracted("text", {}, "Translate 'good morning' into Danish") == "good morning"


@pytest.mark.parametrize(
    ("name", "prompt", "members"),
    [
        ("attendees", "Meet with Lena, Jorge, and Ana tomorrow", ["Lena", "Jorge", "Ana"]),
        ("cities", "Fly to Rio de Janeiro and Lima", ["Rio de Janeiro", "Lima"]),
        ("tags", "Use 'red' and 'blue' please", ["red", "blue"]),
        ("items", "Buy apples, pears and plums", ["apples", "pears", "plums"]),
        ("items", "Buy bread", []),
    ],
)
def test_arrays_get_what_the_prompt_lists(name: str, prompt: str, members: list[str]) -> None:
    assert listed(name, {"items": {"type": "string"}}, prompt) == members


def test_several_places_are_only_found_for_places() -> None:
    assert names_after("location", "Weather in Paris and Rome?") == ["Paris", "Rome"]
    assert names_after("unit", "Weather in Paris and Rome?") == []


@pytest.mark.parametrize(("name", "number"), [("guests", 4.0), ("price", 1250.5), ("nights", 3.0)])
def test_the_number_nearest_to_the_name_is_taken(name: str, number: float) -> None:
    prompt = "On 2027-01-02, 4 guests stay 3 nights at a price of 1,250.50"
    assert near_number(name, {}, prompt) == number
    assert near_number(name, {}, "no number") is None


def test_an_enum_takes_the_value_that_is_named_first() -> None:
    assert mentioned(["warm", "cool"], "make it cool, not warm") == "cool"
    assert mentioned(["credit card", "bank transfer"], "pay by transfer") == "bank transfer"
    assert mentioned([1, None, "x"], "nothing") is None


def test_names_inside_sentences_are_names() -> None:
    assert proper_names("Yesterday Ana met Karl in Oslo. Then it rained.") == ["Ana", "Karl", "Oslo"]


@pytest.mark.parametrize(
    ("name", "prompt", "value"),
    [("lights_on", "Turn the lights on", True), ("lights_on", "Turn the lights off", False), ("verbose", "no", True)],
)
def test_a_flag_follows_the_prompt_where_its_name_is_positive(name: str, prompt: str, *, value: bool) -> None:
    assert Wishes(prompt, rng=random.Random(1)).flag(name, {}) is value


@pytest.mark.parametrize("pattern", PATTERNS)
@given(seed=st.integers(0, 50))
def test_a_text_is_made_for_a_pattern(pattern: str, seed: int) -> None:
    made = matching(pattern, random.Random(seed))
    assert made is not None
    assert re.search(python_pattern(pattern), made)


@pytest.mark.parametrize("pattern", ["(", "[a", "(?!x)y", r"\p{L"])
def test_a_pattern_that_is_not_followed_makes_nothing(pattern: str) -> None:
    assert matching(pattern, random.Random(1)) is None


@pytest.mark.parametrize("name", FORMATS)
@given(seed=st.integers())
def test_a_text_of_a_format_has_the_format(name: str, seed: int) -> None:
    made = formatted(name, random.Random(seed))
    assert made is not None
    assert fits_format(made, name)


@pytest.mark.parametrize("name", [one for one in FORMATS if one not in {"hostname", "json-pointer"}])
def test_another_text_has_not(name: str) -> None:
    assert not fits_format("not at all", name)


def test_an_unknown_format_is_no_rule() -> None:
    assert formatted("colour", random.Random(1)) is None
    assert fits_format("anything", "colour")


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({"minimum": 1, "maximum": 9}, {"minimum": 3, "maximum": 7}, {"minimum": 3, "maximum": 7}),
        ({"required": ["a"]}, {"required": ["b", "a"]}, {"required": ["a", "b"]}),
        ({"enum": [1, 2]}, {"enum": [2, 3]}, {"enum": [2]}),
        ({"type": ["string", "null"]}, {"type": "string"}, {"type": "string"}),
        ({"type": "number"}, {"type": "integer"}, {"type": "integer"}),
        ({"type": "string"}, {"type": "integer"}, {"type": []}),
        ({"items": {"minimum": 1}}, {"items": {"maximum": 2}}, {"items": {"minimum": 1, "maximum": 2}}),
        (
            {"properties": {"a": {"minimum": 1}}},
            {"properties": {"a": {"maximum": 2}}},
            {"properties": {"a": {"minimum": 1, "maximum": 2}}},
        ),
        (True, {"type": "string"}, {"type": "string"}),
        ({"type": "string"}, False, False),
    ],
)
def test_two_schemas_become_one(one: Any, other: Any, both: Any) -> None:
    assert merged(one, other) == both


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#/$defs/a~1b", {"type": "null"}),
        ("#/$defs/c%20d/0", {"type": "string"}),
        ("#", "root"),
        ("#x", {"$anchor": "x"}),
    ],
)
def test_a_reference_is_followed(reference: str, found: Any) -> None:
    root = {"$defs": {"a/b": {"type": "null"}, "c d": [{"type": "string"}], "e": {"$anchor": "x"}}}
    assert resolved({"$ref": reference}, root) == (root if found == "root" else found)


def test_a_reference_that_goes_round_is_told() -> None:
    root = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    with pytest.raises(ValueError, match="goes round"):
        resolved({"$ref": "#/$defs/a"}, root)
