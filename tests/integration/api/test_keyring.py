"""Is a key asked of the database once in five seconds, and a wrong one never remembered?"""

import pytest

from api.keyring import Keyring
from longwatch.store import keys
from longwatch.store.engine import Engine
from longwatch.store.keys import Caller
from tests.support.hand import Hand
from tests.support.plans import statements
from tests.support.store import execute, read

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> Hand:
    """A clock that stands still."""
    return Hand([0.0])


async def test_the_first_key_is_valid_for_the_project_default_and_kept_as_a_hash(engine: Engine) -> None:
    assert await Keyring(engine, "opensesame").caller("opensesame") == Caller("default", admin=True)
    [row] = await read(engine, "SELECT project, name, key_hash FROM api_key")
    assert (row["project"], row["name"], bytes(row["key_hash"])) == ("default", "first", keys.hashed("opensesame"))
    assert b"opensesame" not in bytes(row["key_hash"])


async def test_the_first_key_is_made_once_however_often_the_process_starts(engine: Engine) -> None:
    for _ in range(3):
        assert await Keyring(engine, "opensesame").caller("opensesame") == Caller("default", admin=True)
    assert len(await read(engine, "SELECT FROM api_key")) == 1


async def test_a_revoked_first_key_stays_revoked_after_a_restart(engine: Engine) -> None:
    await Keyring(engine, "opensesame").caller("opensesame")
    await execute(engine, "UPDATE api_key SET revoked_at = lw_now()")
    assert await Keyring(engine, "opensesame").caller("opensesame") is None


async def test_a_known_key_is_not_asked_again_within_five_seconds(engine: Engine, clock: Hand) -> None:
    keyring = Keyring(engine, "opensesame", clock)
    await keyring.caller("opensesame")
    clock.at[0] = 4.9
    with statements(engine) as sent:
        assert await keyring.caller("opensesame") == Caller("default", admin=True)
    assert sent == []


async def test_a_key_that_was_revoked_stops_working_after_five_seconds(engine: Engine, clock: Hand) -> None:
    keyring = Keyring(engine, "opensesame", clock)
    await keyring.caller("opensesame")
    await execute(engine, "UPDATE api_key SET revoked_at = lw_now()")
    clock.at[0] = 5.0
    assert await keyring.caller("opensesame") is None


async def test_a_wrong_key_costs_one_indexed_query_and_is_not_remembered(engine: Engine) -> None:
    keyring = Keyring(engine, None)
    assert await keyring.caller("later") is None
    async with engine.begin() as tx:
        await keys.ensure(tx, "later", project="other", name="later")
    with statements(engine) as sent:
        assert await keyring.caller("later") == Caller("other", admin=False)
    assert len(sent) == 1


@pytest.mark.parametrize("key", ["\x00", "\ud800", "ключ", "x" * 100_000])
async def test_any_text_at_all_may_be_tried_as_a_key(engine: Engine, key: str) -> None:
    assert await Keyring(engine, None).caller(key) is None
