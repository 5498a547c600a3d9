"""Are many jobs stored in a time that grows with their number and no faster, and read back name by name?"""

import pytest

from longwatch.domain.shares import Limits
from longwatch.store import inserting, reading
from longwatch.store.engine import Engine
from longwatch.store.reading import ReadJob
from longwatch.store.statements import text
from tests.support.plans import plans_of
from tests.support.store import a_new_job

pytestmark = pytest.mark.anyio


async def test_the_jobs_of_a_batch_are_not_compared_each_with_each(engine: Engine) -> None:
    plans = await plans_of(engine, lambda tx: inserting.insert(tx, [a_new_job(), a_new_job()]))

    assert "hashed SubPlan" in plans, plans
    assert "Nested Loop" not in plans, plans


async def test_what_is_read_of_a_job_has_its_own_name(engine: Engine) -> None:
    # A row becomes a ReadJob by position.
    async with engine.connect() as connection:
        found = await connection.execute(text(reading.selected("job")), reading.room(Limits(total=1)))

    assert found.names == ReadJob._fields
