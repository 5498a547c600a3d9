"""Which revision is an asker answered in?"""

import pytest
from fastapi import Request

from api.door.revision import revision_of
from longwatch.settings import Settings

PLAIN, OLD_SCRIPTS = Settings(), Settings(default_revision="legacy")
PY_1 = {"user-agent": "google-genai-sdk/1.55.0 gl-python/3.11.7"}
PY_3 = {"user-agent": "google-genai-sdk/3.4.0 gl-python/3.11.7"}
JS_1 = {"user-agent": "GeminiNextGenAPIClient/JS 0.0.1", "x-stainless-lang": "js"}
PY_2 = {"user-agent": "google-genai-sdk/2.3.0", "x-stainless-lang": "python", "api-revision": "2026-05-20"}


def asked(headers: dict[str, str], path: str = "/v1beta/interactions") -> Request:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": path, "headers": raw, "query_string": b""})


@pytest.mark.parametrize(
    ("headers", "revision"),
    [
        ({}, "steps"),
        ({"api-revision": "2026-05-07"}, "legacy"),
        ({"api-revision": "2026-05-20"}, "steps"),
        ({"api-revision": "2031-01-01"}, "steps"),
        (PY_1, "early_legacy"),
        ({"user-agent": "google-genai-sdk/1.57.0 gl-python/3.11.7"}, "legacy"),
        ({"user-agent": "google-genai-sdk/1.34.0 gl-node/v24"}, "early_legacy"),
        ({"user-agent": "google-genai-sdk/1.35.0 gl-node/v24"}, "legacy"),
        ({"x-goog-api-client": "google-genai-sdk/1.75.0 gl-python/3.12"}, "legacy"),
        (JS_1, "early_legacy"),
        (PY_2, "steps"),
        (PY_3, "steps"),
        (PY_3 | {"api-revision": "2026-05-07"}, "legacy"),
        (PY_1 | {"api-revision": "2026-05-20"}, "steps"),
    ],
)
def test_it_is_said_by_header_or_known_from_the_sdk(headers: dict[str, str], revision: str) -> None:
    assert revision_of(asked(headers), PLAIN) == revision


def test_old_scripts_that_say_nothing_can_be_answered_as_of_old() -> None:
    assert revision_of(asked({}), OLD_SCRIPTS) == "early_legacy"
    assert revision_of(asked({}, "/v1/interactions"), OLD_SCRIPTS) == "steps"
    assert revision_of(asked(PY_3), OLD_SCRIPTS) == "steps"
