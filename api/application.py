"""How is the API put together? Routes, error handlers and middleware around one context."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from api import (
    actions,
    answering,
    artifacts,
    batches,
    deliveries,
    events,
    health,
    hooks,
    jobs,
    metrics,
    pauses,
    resolving_many,
    results,
)
from api.access import AccessLog
from api.context import Context
from api.door.errors import unrouted
from api.door.feeds import Feeds
from api.door.passage import Passage
from api.door.router import include_door, is_door
from api.inbox import Inbox
from api.keyring import Keyring
from api.limits import BodyLimit
from api.openapi import DocumentedApi
from api.problems import on_database_error, on_http_error, on_invalid, on_longwatch_error
from api.stopping import at_stop
from api.watch import Hub
from longwatch.domain.clock import Clock
from longwatch.domain.errors import LongwatchError
from longwatch.settings import Settings
from longwatch.store.engine import connect
from longwatch.store.vault import Vault

_POOL_SIZE = 10
# A fixed path such as /v1/jobs/resolve stands before the one with {job_id}.
_ROUTERS = (
    batches.router,
    resolving_many.router,
    jobs.router,
    results.router,
    artifacts.router,
    actions.router,
    answering.router,
    events.router,
    deliveries.router,
    pauses.router,
    health.router,
    metrics.router,
    hooks.router,
)
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Context]]]


def create_app(settings: Settings) -> FastAPI:
    """Return the API over the database that *settings* name; nothing is opened before its lifespan begins."""
    app = DocumentedApi(
        title="Longwatch",
        version=version("longwatch"),
        lifespan=_lifespan(settings),
        redirect_slashes=False,
        strict_content_type=False,
        generate_unique_id_function=lambda route: route.name,
        exception_handlers={
            LongwatchError: on_longwatch_error,
            RequestValidationError: on_invalid,
            HTTPException: _on_http_error,
            OperationalError: on_database_error,
            InterfaceError: on_database_error,
        },
    )
    for router in _ROUTERS:
        app.include_router(router)
    include_door(app)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes)
    app.add_middleware(AccessLog, clock=Clock())
    return app


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return unrouted(error) if is_door(request.url.path) else await on_http_error(request, error)


def _lifespan(settings: Settings) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Context]]:
        context = _context(settings)
        reading = [asyncio.create_task(watcher.run()) for watcher in (context.hub, context.feeds)]
        with at_stop(context.close_streams):
            yield {"context": context}
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        await context.passage.aclose()
        await context.inbox.aclose()
        await context.engine.dispose()

    return lifespan


def _context(settings: Settings) -> Context:
    if settings.database_url is None:
        raise ValueError("LONGWATCH_DATABASE_URL is not set: name a PostgreSQL database, or use `longwatch up`.")
    if settings.push_problem is not None:
        raise ValueError(settings.push_problem)
    engine = connect(settings.database_url, pool_size=_POOL_SIZE)
    first_key = settings.api_key.get_secret_value() if settings.api_key else None
    vault = Vault([key.get_secret_value() for key in settings.encryption_keys])
    return Context(
        settings=settings,
        engine=engine,
        vault=vault,
        keyring=Keyring(engine, first_key),
        hub=Hub(engine),
        feeds=Feeds(engine),
        passage=Passage(settings),
        inbox=Inbox(settings, Clock()),
    )
