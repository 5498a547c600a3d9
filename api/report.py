"""How is a result read by a person? Its text, with a numbered list of the sources that it does not name itself."""

from collections.abc import Iterable, Mapping
from typing import Any

_ESCAPED = str.maketrans({"[": r"\[", "]": r"\]", "\n": " ", "\r": " "})
_IN_URL = str.maketrans({" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E", "\n": "", "\r": ""})


def report(text: str, citations: Iterable[Mapping[str, Any]]) -> str:
    """Return *text* as Markdown, ending in the sources of *citations* unless it holds every one of them."""
    sources = _sources(citations)
    if all(url in text for url in sources):
        return text
    lines = [f"{number}. [{title}]({url.translate(_IN_URL)})" for number, (url, title) in enumerate(sources.items(), 1)]
    return "\n".join([text.rstrip(), "", "## Sources", "", *lines, ""])


def _sources(citations: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return each cited URL once, in order, with its first title."""
    sources: dict[str, str] = {}
    for citation in citations:
        url, title = citation.get("url"), citation.get("title")
        if isinstance(url, str) and url:
            sources.setdefault(url, str(title or url).translate(_ESCAPED))
    return sources
