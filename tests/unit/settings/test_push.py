"""When is push on, and where to?"""

from typing import Any

import pytest
from pydantic import ValidationError

from longwatch.settings import Settings

URL = "https://jobs.example"
TOKEN = "0123456789abcdef"


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, "off"),
        ({"public_url": ""}, "off"),
        ({"public_url": URL}, "dynamic"),
        ({"public_url": URL, "push": ""}, "dynamic"),
        ({"public_url": URL, "push": "off"}, "off"),
        ({"public_url": URL, "push": "static"}, "static"),
        ({"push": "static"}, "static"),
    ],
)
def test_push_is_dynamic_once_there_is_a_public_url_and_else_as_set(given: dict[str, Any], mode: str) -> None:
    assert Settings(**given).push_mode == mode


@pytest.mark.parametrize("url", [URL, f"{URL}/"])
def test_the_address_is_the_public_url_our_path_and_the_token(url: str) -> None:
    assert Settings(public_url=url, push_token=TOKEN).push_url == f"{URL}/hooks/gemini/{TOKEN}"
    assert Settings(public_url=url).push_url is None
    assert Settings(push="static", push_token=TOKEN).push_url is None


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"push": "dynamic"}, "needs LONGWATCH_PUBLIC_URL"),
        ({"public_url": "jobs.example"}, "begins with https://"),
        ({"public_url": "https://"}, "names the host"),
        ({"push_token": "short"}, "openssl rand -hex 24"),
        ({"push_token": "a token/with?strange characters"}, "openssl rand -hex 24"),
        ({"push_secrets": "whsec_ok0123456789abcdef hunter2"}, "longwatch hooks register"),
    ],
)
def test_what_cannot_work_is_refused_with_a_remedy_and_without_the_secret(given: dict[str, Any], remedy: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(**given)
    [problem] = caught.value.errors(include_input=False)
    assert remedy in problem["msg"]
    assert "hunter2" not in problem["msg"]


def test_push_without_a_token_is_a_problem_for_whoever_takes_or_asks_for_webhooks() -> None:
    assert "LONGWATCH_PUSH_TOKEN" in str(Settings(public_url=URL).push_problem)
    assert Settings(public_url=URL, push_token=TOKEN).push_problem is None
    assert Settings(public_url=URL, push="off").push_problem is None
