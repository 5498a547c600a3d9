"""Which functions does a simulated model call, and with which arguments?"""

import random
import re
from dataclasses import dataclass
from typing import Any

from simulator.answers import ApiError
from simulator.structured.extraction import names_after
from simulator.structured.instance import UnsatisfiableError, instance
from simulator.structured.wishes import Wishes
from simulator.words import STOP_WORDS

Function = dict[str, Any]
_GENERIC = {"given", "get", "gets", "set", "sets", "specified", "value", "return", "returns", "user", "function", "use"}
_SUFFIX = re.compile(r"(?:ing|ed|es|s)$")


@dataclass(frozen=True, slots=True)
class Choice:
    """How free the model is to call: *mode* auto, any, none or validated; *names* None means every function."""

    mode: str = "auto"
    names: frozenset[str] | None = None


def choice_in(config: dict[str, Any]) -> Choice:
    """Return the tool choice of a generation_config."""
    given = config.get("tool_choice") or "auto"
    if isinstance(given, str):
        return Choice(given.lower())
    allowed = given.get("allowed_tools") or {}
    names = allowed.get("tools")
    return Choice(str(allowed.get("mode") or "auto").lower(), None if names is None else frozenset(names))


def calls(functions: list[Function], question: str, choice: Choice, rng: random.Random) -> list[dict[str, Any]]:
    """Return the function_call steps that the question calls for, in parallel; none if it calls for none."""
    offered = [one for one in functions if choice.names is None or one["name"] in choice.names]
    if choice.mode == "none" or not offered:
        return []
    wanted = wanted_functions(offered, question, forced=choice.mode == "any")
    made = [(one["name"], arguments) for one in wanted for arguments in _argument_sets(one, question, rng)]
    return [_step(name, arguments, rng) for name, arguments in made]


def wanted_functions(functions: list[Function], question: str, *, forced: bool) -> list[Function]:
    """Return the functions whose words are near the question's, the nearest first; the best one anyway if *forced*."""
    asked = _stems(question)
    scored = [(_score(one, asked), one) for one in functions]
    best = max(score for score, _ in scored)
    if best == 0:
        unreadable = not re.search(r"[a-zA-Z]{3}", question) and bool(question.strip())
        return functions[:1] if forced or unreadable else []
    return [one for score, one in scored if score * 2 >= best]


def arguments_for(function: Function, question: str, rng: random.Random) -> dict[str, Any]:
    """Return arguments that fit the function's schema and say what the question says."""
    schema = function.get("parameters") or {"type": "object"}
    try:
        made = instance({"type": "object"} | schema, wishes=Wishes(question, rng=rng), rng=rng)
    except UnsatisfiableError as error:
        raise ApiError(400, f"The parameters of function '{function.get('name')}' cannot be satisfied.") from error
    return dict(made)


def _argument_sets(function: Function, question: str, rng: random.Random) -> list[dict[str, Any]]:
    arguments = arguments_for(function, question, rng)
    properties = (function.get("parameters") or {}).get("properties") or {}
    for name, schema in properties.items():
        plain = isinstance(schema, dict) and schema.get("type") in {"string", "STRING"} and "enum" not in schema
        several = names_after(name, question) if plain else []
        if len(several) > 1:
            return [arguments | {name: one} for one in several]
    return [arguments]


def _step(name: str, arguments: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    return {"type": "function_call", "id": f"call_{rng.getrandbits(48):012x}", "name": name, "arguments": arguments}


def _score(function: Function, asked: set[str]) -> int:
    named = _stems(f"{function.get('name', '')} {function.get('description') or ''}")
    return 2 * len(asked & named) + len(asked & _stems(str(function.get("parameters") or "")))


def _stems(text: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower()
    words = {word for word in re.findall(r"[a-z]{3,}", spaced) if word not in STOP_WORDS | _GENERIC}
    return {_SUFFIX.sub("", word) if len(word) > 4 else word for word in words}
