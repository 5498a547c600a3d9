"""How is the simulator itself steered and read?"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from simulator.clock import rfc3339
from simulator.script import Rules
from simulator.webhooks.post_office import PostOffice
from simulator.world import World


class ClockMove(BaseModel):
    """How far the simulated time is moved forward."""

    model_config = ConfigDict(extra="forbid")

    advance_seconds: float = Field(ge=0)


def admin_router(world: World, office: PostOffice) -> APIRouter:
    """Return the routes under /__sim/."""
    router = APIRouter(prefix="/__sim")

    @router.get("/ledger")
    async def ledger() -> dict[str, Any]:
        return world.ledger_view()

    @router.post("/script")
    async def script(script: Rules) -> dict[str, int]:
        world.script.load(script.rules)
        return {"rules": len(script.rules)}

    @router.post("/clock")
    async def clock(move: ClockMove) -> dict[str, str]:
        world.advance(move.advance_seconds)
        return {"now": rfc3339(world.clock.now())}

    @router.post("/reset")
    async def reset() -> dict[str, Any]:
        world.reset()
        office.clear()
        return {}

    return router
