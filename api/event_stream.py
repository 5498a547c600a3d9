"""How is a stream of events described? By one of its events, as OpenAPI 3.2 does."""

from typing import Any, Final

STREAM: Final[dict[str, Any]] = {
    "text/event-stream": {
        "itemSchema": {
            "type": "object",
            "required": ["data"],
            "properties": {
                "data": {"type": "string", "description": "JSON"},
                "event": {"type": "string"},
                "id": {"type": "string"},
            },
        },
    },
}
