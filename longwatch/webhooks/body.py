"""Which bytes tell a receiver about an event?"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def build_body(event_type: str, *, at: datetime, data: Mapping[str, Any]) -> bytes:
    """Return the event as compact UTF-8 JSON: the same values in the same order give the same bytes."""
    event = {"type": event_type, "timestamp": _rfc3339(at), "data": data}
    text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
