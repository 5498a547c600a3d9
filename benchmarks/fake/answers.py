"""What does the upstream say? Bytes made once, with the run's number put in."""

import json

_WORDS = "The evidence gathered so far points in one direction, though two of the sources disagree about its cause. "
_REPORT = (_WORDS * 80)[:8_000]
_NUMBER = 987_654_321


def _template(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


_COMMON = {"id": f"run-{_NUMBER}", "object": "interaction", "created": "2026-11-22T12:00:00Z"}
_RUNNING = _template({**_COMMON, "status": "in_progress", "steps": []})
_COMPLETED = _template(
    {
        **_COMMON,
        "status": "completed",
        "steps": [{"type": "model_output", "content": [{"type": "text", "text": _REPORT}]}],
        "usage": {"total_input_tokens": 1200, "total_output_tokens": 2400, "total_tokens": 3600},
    }
)


def interaction(number: int, *, over: bool) -> bytes:
    """Return the interaction of job *number*: about 100 bytes while it runs, 8 KB once it is over."""
    return (_COMPLETED if over else _RUNNING).replace(str(_NUMBER).encode(), str(number).encode(), 1)
