"""Can this request be kept and sent? Depth, and characters that neither UTF-8 nor PostgreSQL can hold."""

import math
import re
from collections.abc import Iterator
from typing import Any

from longwatch.domain.errors import FieldProblem

MAX_DEPTH = 64
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")


def check_plain(path: str, value: Any, *, depth: int = MAX_DEPTH) -> Iterator[FieldProblem]:
    """Yield a problem for every NUL, lone surrogate, NaN and too deep a nest in a JSON *value*."""
    if depth == 0:
        yield FieldProblem(path, "too_deep", f"is nested deeper than {MAX_DEPTH} levels", "flatten it")
        return
    match value:
        case str() if _UNSENDABLE.search(value):
            yield _unsendable(path)
        case float() if not math.isfinite(value):
            yield FieldProblem(path, "not_json", "is not a number in JSON", "send a finite number")
        case dict():
            yield from _check_object(path, value, depth=depth)
        case list():
            for index, item in enumerate(value):
                yield from check_plain(f"{path}[{index}]", item, depth=depth - 1)


def _check_object(path: str, value: dict[str, Any], *, depth: int) -> Iterator[FieldProblem]:
    for name, item in value.items():
        if _UNSENDABLE.search(name):
            yield _unsendable(path)
        else:
            yield from check_plain(f"{path}.{name}", item, depth=depth - 1)


def _unsendable(path: str) -> FieldProblem:
    return FieldProblem(path, "not_text", "holds a NUL or half a surrogate pair", "send well-formed Unicode text")
