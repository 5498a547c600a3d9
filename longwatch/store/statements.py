"""How is SQL given to the driver? With `:name` for each bound value; taken apart once, not each time it is sent."""

import re
from functools import lru_cache

_MOST_KEPT = 1024
_NAME = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


@lru_cache(maxsize=_MOST_KEPT)
def text(statement: str) -> bytes:
    r"""Return *statement*, with `:name` for each value that is bound, as psycopg takes it; always the same object.

    A cast's `::` is no name, and `\:` is a colon.
    """
    return _NAME.sub(r"%(\1)s", statement.replace("%", "%%")).replace("\\:", ":").encode()
