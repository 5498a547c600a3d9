"""Which upstream key goes by which name?"""

from typing import Any

import pytest

from longwatch.settings import Settings


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({}, {}),
        ({"gemini_api_key": "own"}, {"default": "own"}),
        ({"upstream_keys": {"lab": "theirs"}}, {"lab": "theirs"}),
        ({"upstream_keys": {"default": "named"}}, {"default": "named"}),
        (
            {"upstream_keys": {"lab": "theirs", "default": "named"}, "gemini_api_key": "own"},
            {"lab": "theirs", "default": "own"},
        ),
        ({"upstream_keys": {"default": "named"}, "gemini_api_key": ""}, {"default": "named"}),
    ],
)
def test_a_key_is_found_by_its_name_and_the_environments_own_is_the_default(
    given: dict[str, Any], keys: dict[str, str]
) -> None:
    settings = Settings(**given)
    assert settings.keys == keys
    assert {name: settings.key(name) for name in ("lab", "default", "other")} == {
        name: keys.get(name) for name in ("lab", "default", "other")
    }
