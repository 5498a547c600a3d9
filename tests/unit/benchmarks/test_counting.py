from collections import Counter

from benchmarks.counting import words

LOG = b"""
2026-11-22 23:20:14.966 UTC [22738] LOG:  statement: BEGIN
2026-11-22 23:20:14.967 UTC [22738] LOG:  execute <unnamed>:
\tWITH due AS MATERIALIZED (
\t    SELECT id FROM interaction)
\tUPDATE interaction SET claim = 1
2026-11-22 23:20:14.967 UTC [22738] DETAIL:  Parameters: $1 = '1'
2026-11-22 23:20:14.968 UTC [22738] LOG:  execute _pg3_0: select 1
2026-11-22 23:20:14.969 UTC [22738] LOG:  statement: COMMIT
2026-11-22 23:20:14.970 UTC [22738] LOG:  statement: ROLLBACK
2026-11-22 23:20:14.971 UTC [22738] LOG:  checkpoint starting: time
"""


def test_statements_are_counted_by_their_first_word_and_the_frames_of_transactions_apart() -> None:
    assert words(LOG) == Counter({"WITH": 1, "SELECT": 1, "transaction": 3})


def test_a_log_without_statements_counts_none() -> None:
    assert words(b"LOG:  database system is ready").total() == 0
