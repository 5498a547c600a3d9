"""What do the pages say that a question names?"""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from simulator.fetching import Fetched
from simulator.tools.use import Note, Use, call_and_result

_URL = re.compile(
    r"https?://[^\s'\"<>)\]]+|\b(?:www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|dev|edu|gov)\b[^\s'\"<>)\]]*"
)
_EXCERPT = 240


def urls_in(text: str) -> list[str]:
    """Return the addresses that *text* names, with a scheme, each once."""
    found = (match.rstrip(".,;:!?") for match in _URL.findall(text))
    return list(dict.fromkeys(url if "://" in url else f"https://{url}" for url in found))


def url_context(question: str, fetched: Mapping[str, Fetched], number: int) -> Use:
    """Read the pages that the question names: really if they are on this machine, else by name only."""
    urls = urls_in(question)[:20]
    results = [{"url": url, "status": "error" if url in fetched and not fetched[url].ok else "success"} for url in urls]
    steps = call_and_result(
        "url_context",
        number,
        call={"arguments": {"urls": urls}},
        result={"result": results, "is_error": any(one["status"] == "error" for one in results)},
    )
    return Use(steps, tuple(_note(url, fetched.get(url)) for url in urls))


def _note(url: str, page: Fetched | None) -> Note:
    if page is None:
        return Note(f"The page {url} was not really read: the simulator reaches pages on this machine only.")
    if not page.ok:
        return Note(f"The page {url} could not be read.")
    title, text = page_text(page.text)
    words = f"“{title}”: {text}" if title else text
    return Note(f"The page {url} says {words[:_EXCERPT]}", {"type": "url_citation", "url": url, "title": title or url})


def page_text(source: str) -> tuple[str, str]:
    """Return the title of an HTML page and its text; other text is its own text."""
    if "<" not in source:
        return "", " ".join(source.split())
    reader = _Reader()
    reader.feed(source)
    return " ".join(reader.title.split()), " ".join(" ".join(reader.words).split())


class _Reader(HTMLParser):
    """Collects the title and the visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.words: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        """Note which element begins."""
        self._inside = tag if tag in {"title", "script", "style"} else self._inside

    def handle_endtag(self, tag: str) -> None:
        """Note that an element ends."""
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        """Keep text that a reader sees."""
        if self._inside == "title":
            self.title += data
        elif not self._inside:
            self.words.append(data)
