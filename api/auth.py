"""Who is asking? The key is checked before the body is read."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.context import context
from longwatch.domain.errors import UnauthorizedError
from longwatch.store.keys import Caller

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="LongwatchKey",
    description="A Longwatch key: LONGWATCH_API_KEY, or the one in the data directory's `api-key`.",
)
_REMEDY = "Send `Authorization: Bearer KEY` with a Longwatch key (LONGWATCH_API_KEY, or the data directory's api-key)."

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that nobody enters without a valid key."""

    def get_route_handler(self) -> Handler:
        """Return the route's handler behind the key check."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            found = await _caller_of(request)
            request.state.project, request.state.admin = found.project, found.admin
            return await handle(request)

        return guarded


async def _caller_of(request: Request) -> Caller:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise UnauthorizedError(f"There is no key in the request. {_REMEDY}")
    found = await context(request).keyring.caller(key.strip())
    if found is None:
        raise UnauthorizedError(f"The key is not valid here. {_REMEDY}")
    return found


async def caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]) -> str:
    """Return the project that the request's key acts for."""
    return str(request.state.project)


Project = Annotated[str, Security(caller)]


async def _admin(request: Request, _: Project) -> bool:
    return bool(request.state.admin)


Admin = Annotated[bool, Depends(_admin)]
"""Whether the request's key may read bytes that hold secrets."""
