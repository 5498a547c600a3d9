"""What did the run bring? Text, sources, media, usage and failure, derived from the stored bytes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from longwatch.domain.media import MediaFile
from longwatch.upstream.citations import Citation, Place, read_citation
from longwatch.upstream.document import clean_text, parse, text_of
from longwatch.upstream.failures import Failure, read_failure
from longwatch.upstream.media import Artifact, read_media
from longwatch.upstream.quoting import unquoted
from longwatch.upstream.reader import usage
from longwatch.upstream.structured import read_structure
from longwatch.upstream.timeline import Media, Part, Revision, Words, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """All that we read out of an answer; safe to keep in PostgreSQL as it is."""

    revision: Revision
    status: str | None
    text: str | None = field(repr=False)
    citations: tuple[Citation, ...] = field(repr=False)
    artifacts: tuple[Artifact, ...]
    files: tuple[MediaFile, ...]
    usage: Mapping[str, Any] | None
    error: Failure | None
    empty: bool
    parsed: Any = field(default=None, repr=False)
    parse_error: str | None = None
    continuation_token: str | None = field(default=None, repr=False)


def derive(
    raw: bytes,
    *,
    structured: bool = False,
    schema: Any = None,
    earlier: Sequence[bytes] = (),
    asked: Sequence[Any] = (),
) -> Derived:
    """Return what *raw* holds, never raising; *structured* asks for the JSON value that its text is.

    The value must fit *schema*, if there is one. *earlier* are the hops that *raw* carries on: their words come before
    its own. *asked* are the request and the turns that it answers: its error quotes none of them.
    """
    document = parse(raw) or {}
    revision, parts = answer(document)
    parts = [part for hop in earlier for part in answer(parse(hop) or {})[1]] + parts
    text, citations = _compose(parts)
    artifacts, files = read_media(part.item for part in parts if isinstance(part, Media))
    parsed, parse_error = read_structure(text, _last_run(parts), schema=schema) if structured else (None, None)
    status = text_of(document.get("status"))
    return Derived(
        revision=revision,
        status=status,
        text=text or None,
        citations=citations,
        artifacts=artifacts,
        files=files,
        usage=usage(document),
        error=_told(read_failure(document), asked),
        empty=status == "completed" and not text.strip() and not artifacts,
        parsed=parsed,
        parse_error=parse_error,
        continuation_token=text_of(document.get("continuation_token")),
    )


def _told(failure: Failure | None, asked: Sequence[Any]) -> Failure | None:
    if failure is None:
        return None
    return replace(failure, code=unquoted(failure.code, *asked), message=unquoted(failure.message, *asked))


def _compose(parts: Iterable[Part]) -> tuple[str, tuple[Citation, ...]]:
    """Keep texts that follow each other to the letter, and part the others by an empty line."""
    pieces: list[str] = []
    citations: list[Citation | None] = []
    char = byte = 0
    parted = False
    for part in parts:
        if not isinstance(part, Words):
            parted = True
            continue
        if parted and part.text:
            gap = _gap(pieces)
            pieces.append(gap)
            char, byte, parted = char + len(gap), byte + len(gap), False
        place = Place(char=char, byte=byte)
        citations += [read_citation(note, text=part.text, place=place) for note in part.annotations]
        pieces.append(clean_text(part.text))
        char, byte = char + len(part.text), byte + len(pieces[-1].encode())
    return "".join(pieces), tuple(citation for citation in citations if citation)


def _gap(pieces: list[str]) -> str:
    last = next((piece for piece in reversed(pieces) if piece), "\n")
    return "" if last.endswith("\n") else "\n\n"


def _last_run(parts: list[Part]) -> str:
    """Return the text after the last break: what the official SDK calls the output text."""
    run: list[str] = []
    for part in reversed(parts):
        if isinstance(part, Words):
            run.append(part.text)
        elif run:
            break
    return clean_text("".join(reversed(run)))
