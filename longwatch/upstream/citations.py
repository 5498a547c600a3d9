"""Where does the answer quote whom? Byte offsets per text item, moved to the full text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from longwatch.upstream.document import clean_or_none, clean_text, text_of

CitationType = Literal["url_citation", "file_citation", "place_citation", "source"]
_TYPES: Mapping[Any, CitationType] = {
    "url_citation": "url_citation",
    "file_citation": "file_citation",
    "place_citation": "place_citation",
}
_READ = frozenset({"type", "url", "title", "document_uri", "file_name", "name", "start_index", "end_index"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the full text: end exclusive, in UTF-8 bytes and in characters."""

    start_byte: int
    end_byte: int
    start: int
    end: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A source of the answer; *span* is None when the upstream's offsets make no sense."""

    type: CitationType
    url: str | None
    title: str | None
    span: Span | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a text item begins in the full text, in characters and in UTF-8 bytes."""

    char: int
    byte: int


def read_citation(annotation: Mapping[str, Any], *, text: str, place: Place) -> Citation | None:
    """Return the source that *annotation* names for a stretch of *text*; None if it is no citation."""
    if "type" not in annotation and "source" in annotation:
        return _legacy(annotation, text=text, place=place)
    kind = _TYPES.get(annotation.get("type")) if isinstance(annotation.get("type"), str) else None
    if kind is None:
        return None
    return Citation(
        type=kind,
        url=text_of(annotation.get("url")) or text_of(annotation.get("document_uri")),
        title=_first_text(annotation, "title", "file_name", "name"),
        span=_span(annotation, text=text, place=place),
        details={str(key): clean_or_none(value) for key, value in annotation.items() if key not in _READ},
    )


def _legacy(annotation: Mapping[str, Any], *, text: str, place: Place) -> Citation:
    source = text_of(annotation.get("source")) or ""
    is_url = "://" in source
    return Citation(
        type="source",
        url=source if is_url else None,
        title=None if is_url else source or None,
        span=_span(annotation, text=text, place=place),
        details={},
    )


def _first_text(annotation: Mapping[str, Any], *keys: str) -> str | None:
    return next((found for key in keys if (found := text_of(annotation.get(key)))), None)


def _span(annotation: Mapping[str, Any], *, text: str, place: Place) -> Span | None:
    """Return the cited stretch, or None; an absent start is 0, for the wire leaves out zeros."""
    first = _index(annotation.get("start_index", 0))
    last = _index(annotation.get("end_index"))
    encoded = text.encode("utf-8", "surrogatepass")
    if first is None or last is None or not first <= last <= len(encoded):
        return None
    try:
        start = len(encoded[:first].decode("utf-8", "surrogatepass"))
        quoted = clean_text(encoded[first:last].decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        return None
    # Counted on the cleaned text: a NUL of one byte has become U+FFFD of three.
    start_byte = place.byte + len(clean_text(text[:start]).encode())
    return Span(
        start_byte=start_byte,
        end_byte=start_byte + len(quoted.encode()),
        start=place.char + start,
        end=place.char + start + len(quoted),
        text=quoted,
    )


def _index(value: Any) -> int | None:
    """Return a count of bytes; the wire may write 64-bit numbers as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None
