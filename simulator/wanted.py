"""In which form does a caller want the answer?"""

from dataclasses import dataclass
from typing import Any

_TYPED = ("text", "image", "audio", "video", "document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The parts of an answer: text, perhaps as JSON of a *schema* (None: any JSON), and formats of other media."""

    text: bool = True
    json: bool = False
    schema: Any = None
    image: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None


def wanted(request: dict[str, Any]) -> Wanted:
    """Return what a create body asks for, in either revision's way of asking."""
    formats = _formats(request.get("response_format"))
    typed = {one["type"]: one for one in formats if one.get("type") in _TYPED}
    schema = next((one for one in formats if one.get("type") not in _TYPED), None)
    text = typed.get("text", {})
    modalities = {str(one).lower() for one in request.get("response_modalities") or []} or set(typed) or _own(request)
    as_json = "application/json" in {text.get("mime_type"), request.get("response_mime_type")}
    config = request.get("generation_config") or {}
    return Wanted(
        text="text" in modalities or schema is not None or not modalities & {"image", "audio"},
        json=schema is not None or as_json or "schema" in text,
        schema=text.get("schema") if schema is None else schema,
        image=(config.get("image_config") or {}) | typed.get("image", {}) if "image" in modalities else None,
        audio=typed.get("audio", {}) if "audio" in modalities else None,
    )


def _formats(given: Any) -> list[dict[str, Any]]:
    listed = given if isinstance(given, list) else [given]
    return [one for one in listed if isinstance(one, dict) and one]


def _own(request: dict[str, Any]) -> set[str]:
    name = str(request.get("model") or "")
    if "lyria" in name or "-tts" in name:
        return {"audio"}
    return {"text", "image"} if "image" in name else {"text"}
