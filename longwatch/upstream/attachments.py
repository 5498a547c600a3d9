"""Which uploaded files does a create body point at? By their names, wherever a content holds a URI."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# Every URI that the Files API gives ends so: …/v1beta/files/abc-123, perhaps with a query.
_NAME: Final = re.compile(r"(?:^|/)(files/[a-z0-9-]{1,100})(?:[?#].*)?$")


def file_names(body: Mapping[str, Any]) -> list[str]:
    """Return the names (`files/…`) of the files in the input of *body*, each once, in their order."""
    found = (_NAME.search(uri) for uri in _uris(body.get("input")))
    return list(dict.fromkeys(match[1] for match in found if match))


def _uris(part: Any) -> Iterator[str]:
    """Yield every content's URI: alone, in a list, or in the content of a step."""
    if isinstance(part, list):
        for item in part:
            yield from _uris(item)
    elif isinstance(part, dict):
        if isinstance(part.get("uri"), str):
            yield part["uri"]
        yield from _uris(part.get("content"))
