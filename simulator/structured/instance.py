"""How is a value made that fits a schema and says something of the prompt?"""

import math
import random
from typing import Any

from simulator.structured.checking import first_items, fits, property_schemas, rest_items
from simulator.structured.formats import formatted
from simulator.structured.merging import merged
from simulator.structured.patterns import matching
from simulator.structured.references import resolved
from simulator.structured.wishes import Wishes

_TRIES = 80
_SPANS = (100, 4, 1000)
_DEEP, _TOO_DEEP = 4, 40
_OBJECT = ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "propertyNames")
_ARRAY = ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains")
_STRING = ("pattern", "format", "minLength", "maxLength")
_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


class UnsatisfiableError(ValueError):
    """No instance of the schema was found."""


def instance(schema: Any, *, wishes: Wishes, rng: random.Random) -> Any:
    """Return an instance of *schema* that follows *wishes* where it may; UnsatisfiableError if none is found."""
    for attempt in range(_TRIES):
        try:
            value = _Making(schema, wishes=wishes, rng=rng, attempt=attempt).value(schema)
            if fits(value, schema, schema):
                return value
        except UnsatisfiableError:
            continue
    raise UnsatisfiableError("no instance of the schema was found")


class _Making:
    """One try; the first follows all wishes, later ones are freer."""

    def __init__(self, root: Any, *, wishes: Wishes, rng: random.Random, attempt: int) -> None:
        self._root = root
        self._wishes = wishes
        self._rng = rng
        self._attempt = attempt

    def value(self, schema: Any, name: str = "", depth: int = 0) -> Any:
        """Return a value for *schema*, which stands under the property *name*."""
        schema = self._flat(schema, name, depth)
        if schema is True or schema == {}:
            return self._wishes.text(name, {}) or self._wishes.phrase()
        if schema is False or depth > _TOO_DEEP:
            raise UnsatisfiableError(f"nothing fits {name!r}")
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._chosen(schema, name)
        return self._typed(schema, name, depth)

    def _flat(self, schema: Any, name: str, depth: int) -> Any:
        schema = resolved(schema, self._root)
        while isinstance(schema, dict) and (keys := {"allOf", "anyOf", "oneOf", "if", "$ref"} & schema.keys()):
            key = min(keys)
            rest = {known: part for known, part in schema.items() if known != key}
            schema = resolved(self._without(key, schema, rest, name, depth), self._root)
        return schema

    def _without(self, key: str, schema: dict[str, Any], rest: dict[str, Any], name: str, depth: int) -> Any:
        match key:
            case "allOf":
                for part in schema["allOf"]:
                    rest = merged(rest, resolved(part, self._root))
                return rest
            case "anyOf" | "oneOf":
                return merged(rest, self._option(schema[key], name, depth))
            case "if":
                met = self._rng.random() < 0.5
                rest = {known: part for known, part in rest.items() if known not in {"then", "else"}}
                extra = (
                    merged(resolved(schema["if"], self._root), schema.get("then", True))
                    if met
                    else schema.get("else", True)
                )
                return merged(rest, resolved(extra, self._root))
            case _:
                return resolved(schema, self._root)

    def _option(self, options: list[Any], name: str, depth: int) -> Any:
        known = [resolved(option, self._root) for option in options]
        if self._attempt and self._rng.random() < 0.5:
            return self._rng.choice(known)
        if depth >= _DEEP:
            return min(known, key=lambda option: len(str(option)) + (1000 if "$ref" in str(option) else 0))
        return known[self._wishes.option(known, name)]

    def _chosen(self, schema: dict[str, Any], name: str) -> Any:
        rest = {key: part for key, part in schema.items() if key != "enum"}
        fitting = [value for value in schema["enum"] if fits(value, rest, self._root)]
        if not fitting:
            raise UnsatisfiableError(f"no value of {name!r} fits")
        return self._rng.choice(fitting) if self._attempt > 2 else self._wishes.choice(fitting)

    def _typed(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        match self._kind(schema, depth):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer" | "number" as kind:
                return self._number(schema, name, whole=kind == "integer")
            case "boolean":
                return self._wishes.flag(name, schema) if self._attempt < 3 else self._rng.random() < 0.5
            case "null":
                return None
            case _:
                return self._string(schema, name)

    def _kind(self, schema: dict[str, Any], depth: int) -> str:
        kinds = schema.get("type")
        if isinstance(kinds, str):
            return kinds.lower()
        if kinds == []:
            raise UnsatisfiableError("no type is left")
        if isinstance(kinds, list):
            if "null" in kinds and depth >= _DEEP:
                return "null"
            real = [kind for kind in kinds if kind != "null"] or kinds
            return str(real[0] if self._attempt == 0 else self._rng.choice(kinds))
        families = {"object": _OBJECT, "array": _ARRAY, "string": _STRING, "number": _NUMBER}
        implied = next((kind for kind, keys in families.items() if schema.keys() & set(keys)), None)
        return implied or ("string" if self._attempt == 0 else self._rng.choice([*families, "boolean", "null"]))

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        required = schema.get("required", [])
        for name in [*required, *self._optional(schema, depth)]:
            if name not in made and (name in required or len(made) < schema.get("maxProperties", math.inf)):
                made[name] = self._property(name, schema, depth)
        for _ in range(_TRIES):
            if len(made) >= schema.get("minProperties", 0):
                break
            name = self._new_name(schema, made)
            made[name] = self._property(name, schema, depth)
        for name in [n for known in list(made) for n in schema.get("dependentRequired", {}).get(known, [])]:
            made.setdefault(name, self._property(name, schema, depth))
        for name in [known for known in schema.get("dependentSchemas", {}) if known in made]:
            part = merged(
                {key: one for key, one in schema.items() if key != "dependentSchemas"}, schema["dependentSchemas"][name]
            )
            return self._object(part, depth)
        return made

    def _optional(self, schema: dict[str, Any], depth: int) -> list[str]:
        required = schema.get("required", [])
        names = [name for name in schema.get("properties", {}) if name not in required]
        if depth >= _DEEP:
            return []
        return names if self._attempt < 4 else [name for name in names if self._rng.random() < 0.5]

    def _property(self, name: str, schema: dict[str, Any], depth: int) -> Any:
        parts = list(property_schemas(name, schema))
        whole = parts[0]
        for part in parts[1:]:
            whole = merged(resolved(whole, self._root), resolved(part, self._root))
        return self.value(whole, name, depth + 1)

    def _new_name(self, schema: dict[str, Any], made: dict[str, Any]) -> str:
        forms = list(schema.get("patternProperties", {}))
        if forms and schema.get("additionalProperties") is False:
            end = "" if forms[0].endswith("$") else f"{self._wishes.word()}{len(made)}"
            return (matching(forms[0], self._rng) or "name") + end
        if "propertyNames" in schema:
            return str(self.value({"type": "string"} | resolved(schema["propertyNames"], self._root)))
        return f"{self._wishes.word()}_{len(made)}"

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        first, rest = first_items(schema), rest_items(schema)
        wished = self._wishes.members(name, schema) if self._attempt < 2 else []
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        usual = 0 if depth >= _DEEP else len(wished) or 2
        count = int(max(least, min(most, max(usual, len(first)))))
        parts = [*first, *(rest for _ in range(count - len(first)))][:count]
        if rest is False:
            parts = parts[: max(len(first), least)]
        made = [self._member(part, wished, place, name, depth) for place, part in enumerate(parts)]
        if "contains" in schema:
            made = self._containing(made, schema, rest, name, depth)
        return self._unique(made, rest, name, depth) if schema.get("uniqueItems") else made

    def _member(self, part: Any, wished: list[str], place: int, name: str, depth: int) -> Any:
        if place < len(wished) and fits(wished[place], part, self._root):
            return wished[place]
        own = wished[place] if place < len(wished) else None
        return self._wishes.at(place, own, lambda: self.value(part, name, depth + 1))

    def _containing(self, made: list[Any], schema: dict[str, Any], rest: Any, name: str, depth: int) -> list[Any]:
        needed = schema.get("minContains", 1)
        part = merged(resolved(rest, self._root), resolved(schema["contains"], self._root))
        extra = [self.value(part, name, depth + 1) for _ in range(needed)]
        kept = [one for one in made if not fits(one, schema["contains"], self._root)]
        return [*kept[: max(0, int(min(len(made), schema.get("maxItems", math.inf)) - needed))], *extra]

    def _unique(self, made: list[Any], rest: Any, name: str, depth: int) -> list[Any]:
        unique: list[Any] = []
        for one in made:
            tries = 0
            while one in unique and tries < 50:
                freer = _Making(self._root, wishes=self._wishes.freer(self._rng), rng=self._rng, attempt=9)
                one, tries = freer.value(rest, name, depth + 1), tries + 1  # noqa: PLW2901 - a member that is there is made anew
            unique.append(one)
        return unique

    def _string(self, schema: dict[str, Any], name: str) -> str:
        wished = self._wishes.text(name, schema) if self._attempt < 3 else None
        if wished is not None and fits(wished, {"type": "string"} | schema, self._root):
            return wished
        if "pattern" in schema:
            return matching(schema["pattern"], self._rng) or self._sized(self._wishes.phrase(), schema)
        if "format" in schema and (made := formatted(schema["format"], self._rng)) is not None:
            return made
        return self._sized(wished or self._wishes.phrase(), schema)

    def _sized(self, text: str, schema: dict[str, Any]) -> str:
        least = schema.get("minLength", 0)
        while len(text) < least:
            text += f" {self._wishes.word()}"
        return text[: max(least, schema.get("maxLength", len(text)))]

    def _number(self, schema: dict[str, Any], name: str, *, whole: bool) -> float:
        wished = self._wishes.number(name, schema) if self._attempt < 3 else None
        wished = int(wished) if wished is not None and whole and wished.is_integer() else wished
        kind = {"type": "integer" if whole else "number"}
        if wished is not None and fits(wished, schema | kind, self._root):
            return wished
        low, high = _bounds(schema, span=_SPANS[self._attempt % len(_SPANS)])
        step = schema.get("multipleOf") or (1 if whole else None)
        if step is None:
            return round(self._rng.uniform(low, high), 2) if high - low > 0.1 else (low + high) / 2
        if whole and not float(step).is_integer():
            step = 1
        steps = self._rng.randint(
            math.ceil(low / step - 1e-9), max(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9))
        )
        return int(steps * step) if whole else steps * step


def _bounds(schema: dict[str, Any], *, span: int) -> tuple[float, float]:
    whole = schema.get("type") == "integer"
    lows = [schema.get("minimum"), _inside(schema.get("exclusiveMinimum"), 1 if whole else 1e-3)]
    highs = [schema.get("maximum"), _inside(schema.get("exclusiveMaximum"), -1 if whole else -1e-3)]
    low = max((one for one in lows if one is not None), default=None)
    high = min((one for one in highs if one is not None), default=None)
    if low is None:
        low = 1 if high is None else high - span
    return low, low + span if high is None else high


def _inside(bound: Any, step: float) -> float | None:
    return None if bound is None or isinstance(bound, bool) else bound + step
