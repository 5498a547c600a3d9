"""Which jobs does a client want to see? The filters of a list."""

from typing import Annotated

from fastapi import Depends, Query

from api.fields import AttentionFilter, Name, QueryInstant, Tag
from longwatch.domain.states import Status
from longwatch.store.reading import Filters


async def _filters(  # noqa: PLR0917
    status: Annotated[list[Status] | None, Query(description="any of these; repeat it")] = None,
    tag: Annotated[list[Tag] | None, Query(description="all of these; repeat it")] = None,
    agent: Annotated[Name | None, Query(description="the agent's name")] = None,
    model: Annotated[Name | None, Query(description="the model's name")] = None,
    attention: Annotated[AttentionFilter | None, Query(description="a code, or `true`: any")] = None,
    created_after: Annotated[QueryInstant | None, Query(description="at or after this instant")] = None,
    created_before: Annotated[QueryInstant | None, Query(description="before this instant")] = None,
) -> Filters:
    return Filters(
        statuses=status or (),
        tags=tag or (),
        agent=agent,
        model=model,
        attention=True if attention == "true" else attention,
        created_after=created_after,
        created_before=created_before,
    )


Wanted = Annotated[Filters, Depends(_filters)]
