import psycopg
import pytest
import redis

from tests.support.databases import libpq


def test_a_database_of_its_own_speaks_utf8(database_url: str) -> None:
    with psycopg.connect(libpq(database_url)) as connection:
        row = connection.execute("SELECT current_setting('server_encoding'), upper('gröne 深')").fetchone()
    assert row == ("UTF8", "GRÖNE 深")


@pytest.mark.parametrize("_turn", [1, 2])
def test_each_test_starts_with_no_table_of_another(database_url: str, _turn: int) -> None:
    with psycopg.connect(libpq(database_url)) as connection:
        connection.execute("CREATE TABLE mine (id int)")


@pytest.mark.parametrize("_turn", [1, 2])
def test_each_test_starts_with_an_empty_queue(valkey_url: str, _turn: int) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.dbsize() == 0
        client.set("mine", "1")
