"""Who may come in by the door, and how is anything told that goes wrong behind it?"""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from psycopg import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from api.context import context
from api.door.errors import refused, unavailable, unrouted
from api.invalid import field_problems
from longwatch.domain.errors import InvalidRequestError, LongwatchError, UnauthorizedError

_KEY = APIKeyHeader(
    name="x-goog-api-key",
    auto_error=False,
    scheme_name="LongwatchDoorKey",
    description="A Longwatch key, where a Gemini key would stand; `?key=` and a bearer token do as well.",
)
_REMEDY = "Send a Longwatch key as `x-goog-api-key`: LONGWATCH_API_KEY, or the data directory's `api-key`."


class DoorRoute(APIRoute):
    """A route that takes a Longwatch key as a Gemini key is sent, and refuses as the upstream does."""

    keyless = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler between the key check and the upstream's errors."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                request.state.project = await _project_of(request, keyless=self.keyless)
                return await handle(request)
            except LongwatchError as error:
                return refused(error)
            except HTTPException as error:
                return unrouted(error)
            except RequestValidationError as error:
                return refused(InvalidRequestError(field_problems(error.errors(), known=None)))
            except (OperationalError, InterfaceError) as error:
                return unavailable(error)

        return guarded


class BearerUrlRoute(DoorRoute):
    """A route whose own URL lets its holder in: SDKs send the pieces of an upload without a key."""

    keyless = True


async def _project_of(request: Request, *, keyless: bool) -> str | None:
    key = _key_in(request)
    if not key and keyless:
        return None
    if not key:
        raise UnauthorizedError(f"There is no key in the request. {_REMEDY}")
    found = await context(request).keyring.caller(key)
    if found is None:
        raise UnauthorizedError(f"The key is not valid here. {_REMEDY}")
    return found.project


def _key_in(request: Request) -> str:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    given = request.headers.get("x-goog-api-key") or request.query_params.get("key")
    return (given or (bearer if scheme.lower() == "bearer" else "")).strip()


async def caller(request: Request, _: Annotated[str | None, Security(_KEY)]) -> str:
    """Return the project that the request's key acts for."""
    return str(request.state.project)


async def holder(request: Request, _: Annotated[str | None, Security(_KEY)]) -> str | None:
    """Return the project that the request's key acts for; None if it came without one."""
    project: str | None = request.state.project
    return project


UploadHolder = Annotated[str | None, Security(holder)]
DoorProject = Annotated[str, Security(caller)]
