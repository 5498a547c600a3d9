"""Are the secrets of a request taken out before it is stored, and put back unchanged?"""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.secrets import PLACEHOLDER, join_secrets, split_secrets

BODY = {
    "agent": "deep-research-preview-04-2026",
    "input": "s3cret is a word of the prompt",
    "tools": [
        {"type": "google_search"},
        {"type": "mcp_server", "url": "https://x", "headers": {"Authorization": "Bearer t0p", "X-A/B~": "hush"}},
        {"type": "retrieval", "exa_ai_search_config": {"api_key": "exa-k3y", "custom_config": {}}},
    ],
    "environment": {"type": "remote", "env": {"PLAIN": "w0rd", "TYPED": {"value": "v4lue", "credential": "c/1"}}},
}
SECRETS = ["Bearer t0p", "hush", "exa-k3y", "w0rd", "v4lue"]


def test_no_secret_is_left_in_the_public_body() -> None:
    public, secrets = split_secrets(BODY)
    assert not [secret for secret in SECRETS if secret in json.dumps(public)]
    assert sorted(secrets.values()) == sorted(SECRETS)
    assert public["tools"][1]["headers"] == {"Authorization": PLACEHOLDER, "X-A/B~": PLACEHOLDER}
    assert public["input"] == BODY["input"]


def test_secrets_are_named_by_json_pointers() -> None:
    _, secrets = split_secrets(BODY)
    assert secrets["/tools/1/headers/Authorization"] == "Bearer t0p"
    assert secrets["/tools/1/headers/X-A~1B~0"] == "hush"


def test_joined_secrets_give_the_body_back() -> None:
    assert join_secrets(*split_secrets(BODY)) == BODY


def test_the_callers_body_is_not_touched() -> None:
    before = json.dumps(BODY)
    split_secrets(BODY)
    assert json.dumps(BODY) == before


def test_a_value_that_looks_like_the_placeholder_survives() -> None:
    body = {"tools": [{"type": "mcp_server", "headers": {"a": PLACEHOLDER}}]}
    assert join_secrets(*split_secrets(body)) == body


NAMES = st.sampled_from(["tools", "headers", "environment", "env", "value", "api_key", "exa_ai_search_config", "a/b"])
TREES = st.recursive(
    st.none() | st.text(max_size=3) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(NAMES, TREES))
def test_any_body_comes_back_as_it_was(body: dict[str, Any]) -> None:
    assert join_secrets(*split_secrets(body)) == body
