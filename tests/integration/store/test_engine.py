"""Where does a transaction begin and end?"""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.store.engine import each_by_itself

pytestmark = pytest.mark.anyio


async def test_each_statement_is_a_transaction_of_its_own_and_the_next_user_has_whole_ones(engine: AsyncEngine) -> None:
    begun = text("SELECT now() = statement_timestamp()")
    async with each_by_itself(engine) as tx:
        await tx.execute(begun)
        assert (await tx.execute(begun)).scalar_one()
    async with engine.begin() as tx:
        await tx.execute(begun)
        assert not (await tx.execute(begun)).scalar_one()
