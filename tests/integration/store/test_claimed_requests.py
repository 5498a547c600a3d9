"""Which requests come along with a claim?"""

import pytest

from longwatch.store import creates
from longwatch.store.engine import Engine
from tests.support.store import a_job, admit_job, an_intent, claim_job, execute

pytestmark = pytest.mark.anyio


async def test_a_short_request_comes_with_the_claim_and_a_long_one_is_read_later(engine: Engine) -> None:
    short, long = await a_job(engine, secrets=b"sealed"), await a_job(engine, prompt="tides " * 20_000)
    for job_id in (short, long):
        await admit_job(engine, job_id)
    claimed = {job_id: await claim_job(engine, job_id) for job_id in (short, long)}
    async with engine.begin() as tx:
        assert claimed[short].request == await creates.read_request(tx, short) is not None
    assert claimed[long].request is None


async def test_only_what_is_about_to_be_sent_comes_with_a_claim(engine: Engine) -> None:
    open_create = await an_intent(engine)
    await execute(engine, "UPDATE job SET due_at = lw_now()")
    assert (await claim_job(engine, open_create.job_id)).request is None
