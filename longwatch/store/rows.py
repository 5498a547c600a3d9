"""What did a statement return? All of its rows, read from the wire already."""

from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

R = TypeVar("R")

RowMapping = Mapping[str, Any]
"""A row as columns by their names."""


class Taken(Generic[R]):
    """Rows in their order, in one form or another."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[R]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows)

    def all(self) -> list[R]:
        """Return every row."""
        return list(self._rows)

    def first(self) -> R | None:
        """Return the first row; None if there is none."""
        return self._rows[0] if self._rows else None

    def one(self) -> R:
        """Return the only row; raise LookupError unless there is just one."""
        found = self.one_or_none()
        if found is None:
            raise LookupError("the statement returned no row")
        return found

    def one_or_none(self) -> R | None:
        """Return the only row, None if there is none; raise LookupError if there are more."""
        if len(self._rows) > 1:
            raise LookupError("the statement returned several rows")
        return self.first()


class Rows:
    """The rows that a statement returned, and how many it touched."""

    __slots__ = ("_rows", "names", "rowcount")

    def __init__(self, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]], *, rowcount: int) -> None:
        self.names = names
        """The columns, in their order."""
        self._rows = rows
        self.rowcount = rowcount
        """How many rows were read or written; -1 if the statement does neither."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self._named())

    def all(self) -> list[Any]:
        """Return every row, a tuple whose columns are attributes too."""
        return self._named().all()

    def first(self) -> Any:
        """Return the first row, a tuple whose columns are attributes too; None if there is none."""
        return self._named().first()

    def one(self) -> Any:
        """Return the only row, a tuple whose columns are attributes too; raise LookupError unless there is just one."""
        return self._named().one()

    def mappings(self) -> Taken[RowMapping]:
        """Return the rows as columns by their names."""
        return Taken([dict(zip(self.names, row, strict=True)) for row in self._rows])

    def scalars(self) -> Taken[Any]:
        """Return the first column."""
        return Taken([row[0] for row in self._rows])

    def scalar_one(self) -> Any:
        """Return the first column of the only row; raise LookupError unless there is just one."""
        return Taken(self._rows).one()[0]

    def scalar_one_or_none(self) -> Any:
        """Return the first column of the only row, None if there is none; raise LookupError if there are more."""
        row = Taken(self._rows).one_or_none()
        return None if row is None else row[0]

    def _named(self) -> Taken[Any]:
        return Taken(list(map(_row_of(self.names)._make, self._rows)))


@lru_cache(maxsize=1024)
def _row_of(names: tuple[str, ...]) -> Any:
    """Return the class of rows with these columns; one whose name is taken, or no name, is found by its place only."""
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - the names are known at run time
