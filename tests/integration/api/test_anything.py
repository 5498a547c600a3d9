"""Is there any request that gets more than a clear answer? Bodies and queries drawn at random, by seed."""

import asyncio
import json
import random
from typing import Any

import pytest

from api.problems import Problem
from tests.support.api import REQUEST, Api

pytestmark = pytest.mark.anyio

WORDS = ["", "a", "\x00", "\ud800", "研究 🎓", "x" * 300, "2026-12-01T00:00:00Z", "job.completed", "hold", "poll"]
VALUES: list[Any] = [None, True, 0, -1, 5, 10**30, 1.5, -0.0, *WORDS]
FIELDS = [
    "request", "webhook_url", "webhook_events", "metadata", "tags", "priority", "run_at", "deadline_seconds",
    "queued_deadline_seconds", "start_deadline_seconds", "on_unknown_submit", "upstream_key", "watch", "nonsense",
]  # fmt: skip
REQUEST_FIELDS = ["agent", "model", "input", "background", "store", "tools", "labels", "agent_config", "odd"]
QUERIES = ["status", "tag", "agent", "model", "attention", "created_after", "created_before", "cursor", "limit"]


def anything(chance: random.Random, depth: int = 3) -> Any:
    kind = chance.random()
    if depth and kind < 0.2:
        return [anything(chance, depth - 1) for _ in range(chance.randrange(4))]
    if depth and kind < 0.4:
        return {chance.choice(WORDS): anything(chance, depth - 1) for _ in range(chance.randrange(4))}
    return chance.choice(VALUES)


def a_body(chance: random.Random) -> Any:
    if chance.random() < 0.1:
        return anything(chance)
    body = {name: anything(chance) for name in chance.sample(FIELDS, chance.randrange(4))}
    request = {**REQUEST, **{name: anything(chance) for name in chance.sample(REQUEST_FIELDS, chance.randrange(3))}}
    return {"request": request, **body}


@pytest.mark.parametrize("seed", range(4))
async def test_any_body_is_accepted_or_refused_with_its_reasons(api: Api, seed: int) -> None:
    chance = random.Random(seed)
    bodies = [a_body(chance) for _ in range(100)]
    headers = {"Content-Type": "application/json"}
    answers = await asyncio.gather(
        *(api.client.post("/v1/jobs", content=json.dumps(body), headers=headers) for body in bodies)
    )
    for body, answer in zip(bodies, answers, strict=True):
        assert answer.status_code in {202, 422}, (body, answer.text)
        if answer.status_code == 422:
            problem = Problem.model_validate_json(answer.content)
            assert problem.problems
            assert all(told.remedy.strip(". ") for told in problem.problems), body


def plain(chance: random.Random, depth: int = 3) -> Any:
    """Return a JSON value that PostgreSQL can hold."""
    if depth and chance.random() < 0.5:
        return {chance.choice("abcé研"): plain(chance, depth - 1) for _ in range(chance.randrange(4))}
    return chance.choice([None, True, False, 0, -7, 2**70, 0.1, 1e22, "", "\u2028 \\ \" '", "研究 🎓", [], [[1], {}]])


async def test_metadata_comes_back_as_it_was_given(api: Api) -> None:
    chance = random.Random(7)
    given = [{"value": plain(chance)} for _ in range(200)]
    items = [{"request": REQUEST, "metadata": metadata} for metadata in given]
    answered = (await api.client.post("/v1/jobs/batch", json={"items": items})).json()["items"]
    assert [item["job"]["metadata"] for item in answered] == given


@pytest.mark.parametrize("seed", range(2))
async def test_any_edit_is_made_or_refused_and_never_half_made(api: Api, seed: int) -> None:
    chance = random.Random(seed)
    job = await api.post()
    for _ in range(60):
        changes = {name: anything(chance) for name in chance.sample(FIELDS[1:], chance.randrange(1, 4))}
        content = json.dumps(changes)
        answer = await api.client.patch(
            f"/v1/jobs/{job['id']}", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in {200, 422}, (changes, answer.text)
        before, job = job, await api.read(f"/v1/jobs/{job['id']}")
        assert answer.status_code == 200 or job == before


@pytest.mark.parametrize("seed", range(2))
async def test_any_query_is_answered_or_refused_with_its_reasons(api: Api, seed: int) -> None:
    chance = random.Random(seed)
    await api.post(tags=["a"])
    for _ in range(100):
        query = {
            name: chance.choice([word for word in WORDS if word != "\ud800"]) for name in chance.sample(QUERIES, 2)
        }
        answer = await api.client.get("/v1/jobs", params=query)
        assert answer.status_code in {200, 422}, (query, answer.text)
