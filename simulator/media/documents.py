"""How many pages has a document, what does it begin with, and is it whole?"""

import json
import re
import zlib
from collections.abc import Iterator

from simulator.media.finding import DamagedError, Finding, need

_STREAM = re.compile(rb"stream\r?\n")
_PAGE = re.compile(rb"/Type\s*/Page(?![s\w])")
_COUNT = re.compile(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\)\s*(?:Tj|')")
_EXCERPT = 200
_MOST_INFLATED = 20_000_000


def pdf(data: bytes) -> Finding:
    """Count a PDF's pages and read the first words it shows."""
    need(b"%%EOF" in data[-2048:], "the PDF ends early")
    parts = [data, *_inflated(data)]
    pages = max(sum(len(_PAGE.findall(part)) for part in parts), _counted(parts))
    need(pages, "the PDF has no pages")
    shown = b" ".join(text for part in parts for text in _SHOWN.findall(part))[:_EXCERPT]
    text = re.sub(r"\\(.)", r"\1", shown.decode("latin-1"))
    return Finding("application/pdf", (f"{pages} page{'s' if pages > 1 else ''}",), pages=pages, text=text)


def office(data: bytes, mime_type: str) -> Finding:
    """Take a zipped office document that has its directory."""
    need(b"PK\x05\x06" in data[-66_000:], "the file ends early")
    return Finding(mime_type)


def text(data: bytes, mime_type: str) -> Finding:
    """Count a text's lines and words."""
    try:
        read = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DamagedError("it is not UTF-8 text") from error
    need("\0" not in read, "it is not text")
    if mime_type == "application/json":
        _must_be_json(read)
    lines, words = len(read.splitlines()), len(read.split())
    return Finding(mime_type, (f"{lines} lines", f"{words} words"), text=" ".join(read.split())[:_EXCERPT])


def _must_be_json(read: str) -> None:
    try:
        json.loads(read)
    except ValueError as error:
        raise DamagedError("it is not JSON") from error


def _counted(parts: list[bytes]) -> int:
    counts = [int(a or b) for part in parts for a, b in _COUNT.findall(part)]
    return max(counts, default=0)


def _inflated(data: bytes) -> Iterator[bytes]:
    budget = _MOST_INFLATED
    for start in _STREAM.finditer(data):
        inflater = zlib.decompressobj()
        try:
            part = inflater.decompress(data[start.end() :], budget)
        except zlib.error:
            continue
        budget -= len(part)
        yield part
        if budget <= 0:
            return
