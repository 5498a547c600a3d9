"""Where are the parts of the simulator put together?"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from simulator.admin import admin_router
from simulator.answers import error_answer
from simulator.config import SimulatorConfig
from simulator.delivery import whole
from simulator.routes import interactions_router
from simulator.world import World

PREFIXES = ("/v1", "/v1beta")


def create_app(config: SimulatorConfig | None = None) -> FastAPI:
    """Return a simulator as an ASGI application with a world of its own."""
    world = World(config or SimulatorConfig())
    app = FastAPI(title="Interactions simulator", lifespan=_lifespan(world), openapi_url=None)
    for prefix in PREFIXES:
        app.include_router(interactions_router(world), prefix=prefix)
    app.include_router(admin_router(world))
    app.add_exception_handler(HTTPException, _unknown_path)
    return app


def _lifespan(world: World) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        world.journal.close()

    return lifespan


async def _unknown_path(_: Request, __: Exception) -> Response:
    return whole(error_answer(404, message="Requested entity was not found.", shape="google"))
