"""What do these bytes say? Tolerant JSON: nothing that a server can send makes it raise."""

import json
import math
import re
from typing import Any

from pydantic import TypeAdapter

_ANY: TypeAdapter[Any] = TypeAdapter(Any)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# As deep as the strict parser goes; deeper documents would exhaust the stack of whoever walks them.
_MAX_DEPTH = 200


def parse(raw: bytes) -> dict[str, Any] | None:
    """Return the JSON object in *raw* (alone, or alone in an array), or None."""
    value = parse_any(raw)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else None


def parse_any(raw: bytes | str) -> Any:
    """Return the JSON value in *raw*; None when it is unreadable. The last of doubled keys wins."""
    try:
        return _ANY.validate_json(raw)
    except ValueError:
        return _parse_leniently(raw)


def _parse_leniently(raw: bytes | str) -> Any:
    """Read what the strict parser refuses: a BOM, lone surrogates, control characters, wrong UTF-8."""
    try:
        text = raw.decode("utf-8-sig", "surrogatepass") if isinstance(raw, bytes) else raw
        return json.loads(text, strict=False)
    except UnicodeDecodeError:
        return _parse_leniently(bytes(raw).decode("utf-8", "replace")) if isinstance(raw, bytes) else None
    except (ValueError, RecursionError):
        return None


def clean_text(text: str) -> str:
    """Return *text* as PostgreSQL can keep it: NUL and lone surrogates become U+FFFD, one for one."""
    return _UNSTORABLE.sub("\ufffd", text)


def clean(value: Any, *, depth: int = _MAX_DEPTH) -> Any:
    """Return *value* as jsonb can keep it: strings cleaned, NaN and infinities null; ValueError when too deep."""
    if depth == 0:
        raise ValueError("nested too deeply")
    match value:
        case str():
            return clean_text(value)
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {clean_text(str(key)): clean(item, depth=depth - 1) for key, item in value.items()}
        case list():
            return [clean(item, depth=depth - 1) for item in value]
    return value


def clean_or_none(value: Any) -> Any:
    """Return *value* cleaned, or None when it cannot be kept."""
    try:
        return clean(value)
    except ValueError:
        return None


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; everything else is passed over."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """Return a non-empty string, cleaned; None for anything else."""
    return clean_text(value) if isinstance(value, str) and value else None
