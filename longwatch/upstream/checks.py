"""How do we say what a request may hold? Small checks that compose, each naming the field and the remedy."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from longwatch.domain.errors import FieldProblem

Check = Callable[[str, Any], Iterator[FieldProblem]]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def anything(_path: str, _value: Any) -> Iterator[FieldProblem]:
    """Leave the value to the upstream."""
    yield from ()


def text(path: str, value: Any) -> Iterator[FieldProblem]:
    """Want a string; which one is for the upstream to judge, as its enumerations grow."""
    if not isinstance(value, str):
        yield wrong_type(path, "a string")


def boolean(path: str, value: Any) -> Iterator[FieldProblem]:
    """Want true or false."""
    if not isinstance(value, bool):
        yield wrong_type(path, "true or false")


def integer(path: str, value: Any) -> Iterator[FieldProblem]:
    """Want a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        yield wrong_type(path, "a whole number")


def number(path: str, value: Any) -> Iterator[FieldProblem]:
    """Want a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield wrong_type(path, "a number")


def list_of(check: Check) -> Check:
    """Want an array whose every item passes *check*."""

    def inner(path: str, value: Any) -> Iterator[FieldProblem]:
        if not isinstance(value, list):
            yield wrong_type(path, "an array")
            return
        for index, item in enumerate(value):
            yield from check(f"{path}[{index}]", item)

    return inner


def map_of(check: Check) -> Check:
    """Want an object with any names, whose every value passes *check*."""

    def inner(path: str, value: Any) -> Iterator[FieldProblem]:
        if not isinstance(value, dict):
            yield wrong_type(path, "an object")
            return
        for name, item in value.items():
            yield from check(f"{path}.{name}", item)

    return inner


def fields(known: Mapping[str, Check], *, required: Iterable[str] = ()) -> Check:
    """Want an object with no other than the *known* fields, and all *required* ones."""

    def inner(path: str, value: Any) -> Iterator[FieldProblem]:
        if not isinstance(value, dict):
            yield wrong_type(path, "an object")
            return
        for name, item in value.items():
            if check := known.get(name):
                yield from check(f"{path}.{name}", item)
            else:
                yield unknown_field(f"{path}.{name}", name, known)
        yield from (missing(f"{path}.{name}") for name in required if name not in value)

    return inner


def variants(by_type: Mapping[str, Check]) -> Check:
    """Want an object whose `type` says which check holds for it."""

    def inner(path: str, value: Any) -> Iterator[FieldProblem]:
        if not isinstance(value, dict):
            yield wrong_type(path, "an object")
        elif "type" not in value:
            yield missing(f"{path}.type", f"say which: {_listed(by_type)}")
        elif check := by_type.get(str(value["type"])):
            yield from check(path, value)
        else:
            yield _unknown_type(f"{path}.type", str(value["type"]), by_type)

    return inner


def by_shape(kinds: Mapping[type, Check], *, wanted: str) -> Check:
    """Want one of several JSON shapes, each with its own check."""

    def inner(path: str, value: Any) -> Iterator[FieldProblem]:
        if check := kinds.get(type(value)):
            yield from check(path, value)
        else:
            yield wrong_type(path, wanted)

    return inner


def wrong_type(path: str, wanted: str) -> FieldProblem:
    """Return the problem of a value of another JSON type."""
    return FieldProblem(path, "wrong_type", f"must be {wanted}", f"send {wanted}, or leave the field out")


def missing(path: str, remedy: str = "add it") -> FieldProblem:
    """Return the problem of a field that is not there."""
    return FieldProblem(path, "missing", "is required", remedy)


def unknown_field(path: str, name: str, known: Iterable[str]) -> FieldProblem:
    """Return the problem of a field that the upstream would refuse, naming the nearest that it knows."""
    return FieldProblem(path, "unknown_field", "the Interactions API has no such field", _nearest(name, known))


def _unknown_type(path: str, name: str, known: Iterable[str]) -> FieldProblem:
    # What does not look like a type may be a prompt in the wrong place, and is not repeated.
    shown = f"`{name}`" if _NAME.fullmatch(name) else "this"
    return FieldProblem(path, "unknown_type", f"{shown} is not a type that can stand here", _nearest(name, known))


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), list(known), n=1)
    return f"did you mean `{near[0]}`?" if near else f"remove it, or use one of: {_listed(known)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
