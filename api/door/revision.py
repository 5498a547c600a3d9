"""Which wire revision is asked for? Said by header, or known from the SDK that asks."""

import re
from typing import Final

from fastapi import Request

from longwatch.settings import Settings
from longwatch.upstream.revisions.interactions import Legacy, Revision

_BY_HEADER: Final[dict[str, Revision]] = {"2026-05-07": "legacy", "2026-05-20": "steps"}
_OLD_SDK = re.compile(r"google-genai-sdk/1\.(\d+)\S*(?: gl-(python|node))?")
# The first release of each that reads `total_thought_tokens`.
_RENAMED: Final = {"python": 57, "node": 35}


def revision_of(request: Request, settings: Settings) -> Revision:
    """Return the revision to answer *request* in."""
    headers = request.headers
    if asked := _BY_HEADER.get(headers.get("api-revision", "")):
        return asked
    clients = f"{headers.get('user-agent', '')} {headers.get('x-goog-api-client', '')}"
    # @google/genai 1.x names itself nowhere; of the generated clients, only later ones send Api-Revision.
    if old := _OLD_SDK.search(clients):
        return _legacy(int(old[1]), old[2])
    if "x-stainless-lang" in headers:
        return "early_legacy"
    if "google-genai-sdk/" in clients or not request.url.path.startswith("/v1beta/"):
        return "steps"
    return "steps" if settings.default_revision == "steps" else "early_legacy"


def _legacy(minor: int, language: str | None) -> Legacy:
    return "early_legacy" if minor < _RENAMED[language or "python"] else "legacy"
