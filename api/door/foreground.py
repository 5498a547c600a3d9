"""How is a call answered that does not run in the background? By the upstream, through us, and kept when it is over."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fastapi import Response

from api.context import Context
from api.door.asking import Asked
from api.door.documents import without_input
from api.door.errors import invalid
from api.door.passed import Answer, Passed, keep
from api.door.passed_stream import streamed_through
from api.door.reading import read
from api.door.rewriting import answer, in_our_ids
from api.preparing import webhook_problems
from longwatch.domain import ids
from longwatch.domain.errors import InvalidRequestError
from longwatch.store import interactions
from longwatch.upstream.document import parse, text_of
from longwatch.upstream.plain import check_plain
from longwatch.upstream.requests import compose
from longwatch.upstream.revisions.interactions import Revision, current_interaction

_JSON: Final = {"content-type": "application/json", "accept": "application/json"}


async def create(here: Context, project: str, asked: Asked, revision: Revision) -> Response:
    """Pass *asked* through and return what the upstream says, with our ids."""
    terms = asked.submission()
    problems = [*check_plain("request", asked.body), *webhook_problems(terms.webhook_url, here.settings)]
    if problems:
        raise InvalidRequestError(problems)
    passed = await _passed(here, project, asked)
    if asked.stream:
        return await streamed_through(here, passed, revision)
    return await _answered(here, passed, revision)


async def _passed(here: Context, project: str, asked: Asked) -> Passed:
    previous = asked.body.get("previous_interaction_id")
    passed = Passed(project=project, asked=asked, body=asked.body, before=None)
    if not isinstance(previous, str):
        return passed
    async with here.engine.begin() as tx:
        before = await interactions.predecessor(tx, project, previous)
    if before is None and ids.looks_like(ids.INTERACTION, previous):
        raise invalid("'previous_interaction_id' names no interaction of this project that has begun.")
    if before is not None and before.upstream_id is None:
        raise invalid(
            "'previous_interaction_id' names one that has not begun. Wait for its end, or ask in the background."
        )
    return replace(passed, before=before)


async def _answered(here: Context, passed: Passed, revision: Revision) -> Response:
    url = f"/{here.settings.upstream_version}/interactions"
    response = await here.passage.call("POST", url, content=upstream_body(passed), headers=_JSON)
    document = parse(response.content)
    if response.status_code // 100 != 2 or document is None:
        return _told(response.status_code, response.content, response.headers)
    upstream_id = text_of(document.get("id"))
    if upstream_id is not None and passed.stored:
        said = Answer(upstream_id=upstream_id, raw=response.content, content_type=_type(response.headers))
        await asyncio.shield(keep(here, passed, said))
        standing = await read(here, passed.project, ids.encode(ids.INTERACTION, passed.id))
        return answer(without_input(standing.document), revision)
    return answer(in_our_ids(current_interaction(document), passed), revision)


def upstream_body(passed: Passed) -> bytes:
    """Return what the upstream is asked: in its own ids."""
    before = passed.before
    named = {} if before is None else {"previous_interaction_id": before.upstream_id}
    return compose({**passed.body, **named}, labels={})


def _told(status: int, content: bytes, headers: Mapping[str, Any]) -> Response:
    kept = {name: headers[name] for name in ("retry-after",) if name in headers}
    return Response(content, status_code=status, media_type=_type(headers), headers=kept)


def _type(headers: Mapping[str, Any]) -> str:
    return str(headers.get("content-type", "application/json"))
