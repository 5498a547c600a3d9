"""What is stored for a submission? The same for the same meaning, defaults from the settings, secrets apart."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.preparing import Desk, prepare
from api.submission import Submission
from longwatch.domain.errors import InvalidRequestError
from longwatch.store.inserting import NewJob
from longwatch.store.vault import Vault
from tests.support.api import FERNET, REQUEST, api_settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="abc"), inner, max_size=3),
    max_leaves=8,
)


def desk(**changed: Any) -> Desk:
    return Desk("default", api_settings("postgresql://nowhere/longwatch", **changed), Vault([FERNET]))


def prepared(body: dict[str, Any], **changed: Any) -> NewJob:
    return prepare(Submission.model_validate(body), desk(**changed), idempotency_key=None)


@given(st.dictionaries(st.text(alphabet="abcdef", min_size=1), JSON, max_size=5))
def test_the_order_in_which_a_body_is_written_does_not_matter(metadata: dict[str, Any]) -> None:
    turned = dict(reversed(metadata.items()))
    first = prepared({"request": REQUEST, "metadata": metadata})
    second = prepared({"metadata": turned, "request": dict(reversed(REQUEST.items()))})
    assert first.request_hash == second.request_hash


@given(one=JSON, other=JSON)
def test_bodies_that_differ_in_json_differ_in_their_hash(one: Any, other: Any) -> None:
    hashes = {prepared({"request": REQUEST, "metadata": {"x": value}}).request_hash for value in (one, other)}
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert len(hashes) == (1 if same else 2)


def test_what_the_submission_leaves_open_comes_from_the_settings() -> None:
    job = prepared({"request": REQUEST}, deadline="60", on_unknown_submit="fail", action_deadline="PT2M")
    assert (job.deadline_seconds, job.on_unknown_submit, job.action_deadline_seconds) == (60, "fail", 120)
    assert job.queued_deadline_seconds == 86_400


def test_settings_that_change_do_not_change_what_was_said() -> None:
    assert prepared({"request": REQUEST}).request_hash == prepared({"request": REQUEST}, deadline="60").request_hash


def test_a_secret_that_differs_is_another_body_though_its_stored_body_is_the_same() -> None:
    tool = {"type": "mcp_server", "name": "wiki", "url": "https://mcp.example"}
    one, other = (
        prepared({"request": {**REQUEST, "tools": [{**tool, "headers": {"X-Token": token}}]}}) for token in "ab"
    )
    assert one.body == other.body
    assert one.request_hash != other.request_hash


def test_an_upstream_key_is_one_that_is_configured() -> None:
    body = {"request": REQUEST, "upstream_key": "second"}
    assert prepared(body, upstream_keys={"second": "k"}).upstream_key == "second"
    with pytest.raises(InvalidRequestError) as refused:
        prepared(body)
    assert refused.value.problems[0].remedy == "Choose from: default."


def test_repeated_tags_and_events_are_kept_once() -> None:
    job = prepared({"request": REQUEST, "tags": ["b", "a", "b"], "webhook_events": ["job.failed", "job.failed"]})
    assert (job.tags, job.webhook_events) == (["b", "a"], ["job.failed"])
