"""Is every bound name of a statement found, and nothing else taken for one?"""

import pytest

from longwatch.store.statements import text


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("SELECT :a, CAST(:b_2 AS text)", b"SELECT %(a)s, CAST(%(b_2)s AS text)"),
        ("SELECT 'x'::text, (:a)::int", b"SELECT 'x'::text, (%(a)s)::int"),
        ("SELECT 7 % 2 = :a", b"SELECT 7 %% 2 = %(a)s"),
        (r"SELECT '12\:30', array[1\:2]", b"SELECT '12:30', array[1:2]"),
        ("SELECT a[1:2], '10:30'", b"SELECT a[1:2], '10:30'"),
        ("LIMIT :limit\n", b"LIMIT %(limit)s\n"),
    ],
)
def test_names_are_told_from_casts_slices_and_times(written: str, sent: bytes) -> None:
    assert text(written) == sent


def test_a_statement_is_taken_apart_once() -> None:
    assert text("SELECT :a") is text("SELECT :a")
