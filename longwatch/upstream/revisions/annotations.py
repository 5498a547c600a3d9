"""How is a source written in either revision? Legacy knows one `source`; the current revision says what kind it is."""

from collections.abc import Iterable, Mapping
from typing import Any

_NAMES = ("url", "document_uri", "file_name", "name", "source")
_PLACE = ("start_index", "end_index")


def legacy_annotation(note: Mapping[str, Any]) -> dict[str, Any]:
    """Return *note* as the legacy revision writes it; the bytes that it marks stay the same."""
    source = next((note[name] for name in _NAMES if note.get(name)), "")
    return {**_placed(note), "source": source}


def current_annotation(note: Mapping[str, Any]) -> dict[str, Any]:
    """Return *note* as the current revision writes it; one that has a type is current already."""
    if "type" in note:
        return dict(note)
    source = note.get("source", "")
    kind = (
        {"type": "url_citation", "url": source} if "://" in str(source) else {"type": "file_citation", "source": source}
    )
    return {**kind, **_placed(note)}


def with_annotations(item: Mapping[str, Any], notes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the content *item* with *notes* where it had annotations."""
    return {**item, "annotations": list(notes)} if "annotations" in item else dict(item)


def objects_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the annotations of a content item; none if there are none."""
    notes = item.get("annotations")
    return [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []


def _placed(note: Mapping[str, Any]) -> dict[str, Any]:
    return {name: note[name] for name in _PLACE if name in note}
