"""Is every text that JSON may carry stored, whatever PostgreSQL thinks of it?"""

import asyncio
import json
import math
import os
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longwatch.store.engine import Engine, jsonb, storable
from tests.support.store import a_job, execute, read

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=40)
ROUND = st.integers(-(10**6), 10**6).map(lambda whole: whole / 8)
SCALARS = st.none() | st.booleans() | st.integers() | ROUND | ANY_TEXT
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4), max_leaves=12
)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def database(database_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@given(ANY_TEXT)
def test_storable_text_is_valid_utf8_without_nul(text: str) -> None:
    stored = storable(text)
    assert "\x00" not in stored
    assert stored.encode().decode() == stored
    assert len(stored) == len(text)


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert storable(text) == text


@MANY
@given(text=ANY_TEXT)
def test_postgresql_takes_what_is_storable_and_gives_it_back(database: sa.Connection, text: str) -> None:
    assert database.scalar(sa.text("SELECT CAST(:text AS text)"), {"text": storable(text)}) == storable(text)


@MANY
@given(value=JSON)
def test_postgresql_takes_any_json_that_jsonb_writes(database: sa.Connection, value: Any) -> None:
    written = jsonb(value)
    kept = database.scalar(sa.text("SELECT CAST(:value AS jsonb)"), {"value": written})
    assert kept == json.loads(written)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\x00b", "a�b"),
        ("\ud83d", "�"),
        ("😀", "😀"),
        ({"\x00": ["\udfff"]}, {"�": ["�"]}),
        (math.nan, None),
        ([math.inf, -math.inf, 1.5], [None, None, 1.5]),
        ((1, "两"), [1, "两"]),
        ({1: "number"}, {"1": "number"}),
        (10**40, 10**40),
    ],
)
def test_each_hard_value_is_kept_as_near_as_json_in_postgresql_allows(value: Any, kept: Any) -> None:
    assert json.loads(jsonb(value)) == kept


@pytest.mark.anyio
async def test_chinese_emoji_and_right_to_left_text_come_back_byte_for_byte(engine: Engine) -> None:
    metadata = {"客户": "张伟 👩\u200d🔬", "ملاحظة": "\u200fنص\u200e", "combining": "e\u0301"}
    job_id = await a_job(engine, prompt="研究谷歌TPU的历史", metadata=metadata, tags=["研究", "👍"])
    [job] = await read(engine, "SELECT metadata, tags FROM job WHERE id = :id", id=job_id)
    [request] = await read(engine, "SELECT body FROM job_request WHERE job_id = :id", id=job_id)
    assert (job["metadata"], job["tags"]) == (metadata, ["研究", "👍"])
    assert json.loads(bytes(request["body"]))["input"] == "研究谷歌TPU的历史"


@pytest.mark.anyio
async def test_a_process_takes_no_more_connections_than_it_was_given(engine: Engine) -> None:
    await asyncio.gather(*(execute(engine, "SELECT 1") for _ in range(60)))
    count = "SELECT count(*) AS held FROM pg_stat_activity WHERE application_name = :name"
    assert 0 < (await read(engine, count, name=f"longwatch {os.getpid()}"))[0]["held"] <= 25
    for setting, value in (("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "1min")):
        assert (await read(engine, f"SHOW {setting}"))[0][setting] == value
