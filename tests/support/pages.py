"""The project's documents: their links, snippets and tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_OTHERS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "simulator/README.md")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def pages() -> list[str]:
    """Return the path of every document, from the root."""
    written = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
    return [*_OTHERS, *written]


@cache
def page(path: str) -> str:
    """Return a document as written."""
    return (ROOT / path).read_text(encoding="utf-8")


def snippets(*languages: str) -> list[Snippet]:
    """Return every block of one of *languages*, of all documents."""
    return [snippet for path in pages() for snippet in _snippets(path) if snippet.language in languages]


def _snippets(path: str) -> Iterator[Snippet]:
    for language, text in _FENCE.findall(page(path)):
        yield Snippet(path, language, text)


def links(path: str) -> list[str]:
    """Return where the document's links lead, code blocks left out."""
    return _LINK.findall(_FENCE.sub("", page(path)))


def anchors(path: str) -> set[str]:
    """Return the anchors of the document's headings, as GitHub makes them."""
    return {_slug(heading) for heading in _HEADING.findall(_FENCE.sub("", page(path)))}


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rows(path: str, *, header: str) -> list[list[str]]:
    """Return the rows of every table of the document whose header row begins with *header*, as lists of cells."""
    found: list[list[str]] = []
    inside = False
    for line in page(path).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if _ROW.match(line) else []
        if not cells:
            inside = False
        elif cells[0] == header:
            inside = True
        elif inside and set(cells[0]) - set("-: "):
            found.append(cells)
    return found


def named(path: str, *, header: str) -> list[str]:
    """Return the first cell of each such row, without its code marks."""
    return [cells[0].strip("`") for cells in rows(path, header=header)]
