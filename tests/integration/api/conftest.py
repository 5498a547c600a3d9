"""An api over a database that no other test sees."""

from collections.abc import AsyncIterator

import pytest

from tests.support.api import Api, api_over


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    """The api; for `@pytest.mark.anyio` tests."""
    async with api_over(database_url) as running:
        yield running
