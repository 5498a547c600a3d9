"""How is an answer of the upstream's given on? In the asked revision, with our ids."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import Response

from api.door.passed import Passed
from longwatch.domain import ids
from longwatch.upstream.revisions.interactions import Revision, in_revision


def answer(document: Mapping[str, Any], revision: Revision, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return *document* in the asked *revision*."""
    body = json.dumps(in_revision(document, revision), ensure_ascii=False, separators=(",", ":"))
    return Response(body.encode(errors="replace"), media_type="application/json", headers=dict(headers or {}))


def in_our_ids(document: Mapping[str, Any], passed: Passed) -> dict[str, Any]:
    """Return the upstream's *document* of a call that was passed through with our ids where it has its own."""
    before = passed.asked.body.get("previous_interaction_id")
    ours = {"id": ids.encode(ids.INTERACTION, passed.id)} if document.get("id") and passed.stored else {}
    named = {} if before is None or passed.before is None else {"previous_interaction_id": _ours(passed)}
    return {**document, **ours, **named}


def _ours(passed: Passed) -> str:
    assert passed.before is not None
    return ids.encode(ids.INTERACTION, passed.before.id)
