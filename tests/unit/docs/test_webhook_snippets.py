from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from longwatch.domain.clock import Clock
from longwatch.webhooks.signing import generate_secret, sign
from tests.support.pages import snippets

BODY = '{"type":"job.completed","data":{"preview":"液冷的历史"}}'.encode()


def documented(name: str) -> Callable[..., Any]:
    [text] = [snippet.text for snippet in snippets("python") if f"def {name}(" in snippet.text]
    names: dict[str, Any] = {}
    exec(compile(text, "docs/how-to/webhooks.md", "exec"), names)  # noqa: S102 - our own page
    found: Callable[..., Any] = names[name]
    return found


def signed(*secrets: str, age: timedelta = timedelta()) -> dict[str, str]:
    return sign(BODY, webhook_id="msg_1", sent_at=Clock().now() - age, secrets=secrets)


def accepts(name: str, body: bytes, headers: dict[str, str], secret: str) -> bool:
    try:
        return documented(name)(body, headers, secret) is not False
    except WebhookVerificationError:
        return False


@pytest.fixture(params=["verify", "verify_by_hand"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_webhook_of_ours_is_accepted(name: str) -> None:
    secret = generate_secret()
    assert accepts(name, BODY, signed(secret), secret)


def test_during_a_rotation_either_secret_is_accepted(name: str) -> None:
    new, old = generate_secret(), generate_secret()
    assert accepts(name, BODY, signed(new, old), new)
    assert accepts(name, BODY, signed(new, old), old)


def test_another_body_secret_or_time_is_refused(name: str) -> None:
    secret = generate_secret()
    assert not accepts(name, BODY + b" ", signed(secret), secret)
    assert not accepts(name, BODY, signed(generate_secret()), secret)
    assert not accepts(name, BODY, signed(secret, age=timedelta(minutes=6)), secret)
