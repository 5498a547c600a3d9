"""What stands in a path or a query? Ids and cursors, decoded or refused."""

import uuid
from typing import Annotated

from fastapi import Depends, Path, Query

from api.auth import Project
from api.context import Context, Here
from longwatch.domain import ids
from longwatch.domain.errors import FieldProblem, InvalidRequestError, NotFoundError
from longwatch.domain.ids import MalformedIdError
from longwatch.store import naming

_EXAMPLE = "job_01jd3x9v7s8q5w2e4r6t8y0a1b"


async def _job_id(
    here: Here,
    project: Project,
    job_id: Annotated[str, Path(description="the job's id, or one of its interactions'", examples=[_EXAMPLE])],
) -> uuid.UUID:
    prefix = ids.INTERACTION if ids.looks_like(ids.INTERACTION, job_id) else ids.JOB
    try:
        named = ids.decode(prefix, job_id)
    except MalformedIdError as error:
        raise NotFoundError("This is no job's id. Use one as the API gave it: `job_` and 26 characters.") from error
    return named if prefix == ids.JOB else await _job_of(here, project, named)


async def _job_of(here: Context, project: str, interaction_id: uuid.UUID) -> uuid.UUID:
    async with here.engine.begin() as tx:
        return await naming.job_named(tx, project, interaction_id)


async def _cursor(
    cursor: Annotated[str | None, Query(description="the `next_cursor` of the page before")] = None,
) -> uuid.UUID | None:
    try:
        return None if cursor is None else ids.decode(ids.JOB, cursor)
    except MalformedIdError as error:
        remedy = "Send `next_cursor` as the page before gave it, or leave it out."
        problem = FieldProblem("query.cursor", "cursor", "This is no cursor of this list.", remedy)
        raise InvalidRequestError([problem]) from error


JobId = Annotated[uuid.UUID, Depends(_job_id)]
Cursor = Annotated[uuid.UUID | None, Depends(_cursor)]
