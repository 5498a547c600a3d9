"""An api beside the scheduler's duties, over a database that no other test sees."""

from tests.integration.api.conftest import api

__all__ = ["api"]
