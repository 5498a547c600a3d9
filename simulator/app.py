"""Where are the parts of the simulator put together?"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from simulator.admin import admin_router
from simulator.answers import error_answer
from simulator.config import SimulatorConfig
from simulator.delivery import whole
from simulator.files.routes import files_router, uploads_router
from simulator.routes import interactions_router
from simulator.webhooks.post_office import PostOffice
from simulator.webhooks.routes import keys_router, webhook_actions_router, webhooks_router
from simulator.world import World

PREFIXES = ("/v1", "/v1beta")


def create_app(config: SimulatorConfig | None = None) -> FastAPI:
    """Return a simulator as an ASGI application with a world of its own."""
    world = World(config or SimulatorConfig())
    office = PostOffice(world)
    app = FastAPI(title="Interactions simulator", lifespan=_lifespan(world, office), openapi_url=None)
    for prefix in PREFIXES:
        app.include_router(interactions_router(world, office), prefix=prefix)
        app.include_router(files_router(world), prefix=prefix)
        app.include_router(webhook_actions_router(world, office), prefix=prefix)
        app.include_router(webhooks_router(world), prefix=prefix)
        app.include_router(uploads_router(world, version=prefix.strip("/")))
    app.include_router(keys_router(office))
    app.include_router(admin_router(world, office))
    app.add_exception_handler(HTTPException, _unknown_path)
    return app


def _lifespan(world: World, office: PostOffice) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        posting = asyncio.create_task(office.run())
        yield
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        world.journal.close()

    return lifespan


async def _unknown_path(_: Request, __: Exception) -> Response:
    return whole(error_answer(404, message="Requested entity was not found.", shape="google"))
