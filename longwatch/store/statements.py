"""How is SQL given to SQLAlchemy? As a text that is taken apart once, not each time that it is sent."""

from functools import lru_cache

import sqlalchemy
from sqlalchemy import TextClause

_MOST_KEPT = 1024


@lru_cache(maxsize=_MOST_KEPT)
def text(statement: str) -> TextClause:
    """Return *statement*, with `:name` for each value that is bound, ready to be executed; always the same object."""
    return sqlalchemy.text(statement)
