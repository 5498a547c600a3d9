"""What do a million waiting jobs and 50,000 runs in flight cost the scheduler and the claims? No more than a few do."""

from collections.abc import Awaitable, Callable

import pytest

from longwatch.domain.shares import Limits
from longwatch.store import admission, claims, due
from longwatch.store.engine import Engine, Tx
from longwatch.store.statements import text
from tests.support.filling import fill
from tests.support.plans import buffers_of
from tests.support.store import LEASE, a_running_interaction, read

pytestmark = [pytest.mark.soak, pytest.mark.anyio, pytest.mark.timeout(400)]

FEW, MANY = (2_000, 500), (1_000_000, 50_000)
DUE = 200
Act = Callable[[Tx], Awaitable[object]]


def acts(lane: int, *, full: int) -> dict[str, Act]:
    """Return what scheduler and workers send in a round; *full* is a limit that leaves no room."""
    return {
        "admit, no room": lambda tx: admission.admit(tx, Limits(total=full)),
        "admit, lane full": lambda tx: admission.admit(tx, Limits(total=full + 20, agents={"*": 1})),
        "admit": lambda tx: admission.admit(tx, Limits(total=full + 20)),
        "expire": lambda tx: admission.expire_unstarted(tx, limit=200),
        "what is due": lambda tx: due.look(tx, polls=1600, creates=40, deliveries=160),
        "claim jobs": lambda tx: claims.claim_jobs(tx, lane=lane, limit=5, lease=LEASE),
        "claim interactions": lambda tx: claims.claim_interactions(tx, lane=lane, limit=200, lease=LEASE),
    }


async def pages(engine: Engine, lane: int) -> dict[str, int]:
    """Return how many pages each statement of a round touches."""
    [row] = await read(engine, "SELECT running FROM lane WHERE id = :lane", lane=lane)
    return {name: await buffers_of(engine, act) for name, act in acts(lane, full=row["running"]).items()}


async def test_a_round_costs_the_same_with_a_million_waiting_as_with_a_few(engine: Engine) -> None:
    lane = (await a_running_interaction(engine)).intent.lane_id
    queued, running = FEW
    await fill(engine, lane, queued=queued, running=running, due_now=DUE)
    few = await pages(engine, lane)
    await fill(engine, lane, queued=MANY[0] - queued, running=MANY[1] - running, due_now=0)
    many = await pages(engine, lane)
    [row] = await read(engine, "SELECT count(*) AS jobs FROM job")
    assert row["jobs"] > sum(MANY)
    assert {name: (few[name], many[name]) for name in few if many[name] > 2 * few[name] + 100} == {}
    counted = await buffers_of(
        engine, lambda tx: tx.execute(text("SELECT count(*) FROM job WHERE admitted_at IS NULL"))
    )
    assert counted > 2 * max(few.values()) + 100
